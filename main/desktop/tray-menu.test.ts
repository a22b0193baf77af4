import { describe, expect, it } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import type { AccountView } from '../api/accounts.ts';
import { menuLabel, trayModel } from './tray-menu.ts';
import type { TrayEntry, TrayFacts } from './tray-menu.ts';

const now = 1_700_000_000_000;
const inMinutes = (minutes: number): number => now / 1000 + minutes * 60;
const hq = accountView('hq', { selected: true, expires_at: inMinutes(43.5), next_refresh_at: null });
const berlin = accountView('berlin_sandbox', { expires_at: inMinutes(3.5), next_refresh_at: null });

function model(over: Partial<TrayFacts> = {}): ReturnType<typeof trayModel> {
  return trayModel({
    accounts: [hq, berlin],
    providers: [],
    locked: false,
    online: true,
    approvals: 0,
    now,
    ...over,
  });
}
const first = (over?: Partial<TrayFacts>): TrayEntry | undefined => model(over).entries[0];
const withState = (state: AccountView['state'], over: Partial<AccountView> = {}): Partial<TrayFacts> => ({
  accounts: [{ ...hq, state, ...over }],
});
const labels = (over?: Partial<TrayFacts>): string[] => model(over).entries.map(({ label }) => label);

describe('the first entry of the tray', () => {
  it("copies the selected account's token and says how long it lives", () => {
    expect(first()).toMatchObject({
      label: 'Copy token of hq · 43 min left',
      enabled: true,
      action: { do: 'copy', account: 'hq', form: 'token' },
    });
  });

  it.each<[string, Partial<TrayFacts>, string, boolean]>([
    ['no account', { accounts: [] }, 'Copy token · no account yet', false],
    ['none selected', { accounts: [berlin] }, 'Copy token · no account is selected', false],
    ['a locked vault', { locked: true }, 'Copy token of hq · locked', false],
    ['signed out', withState('signed_out', { expires_at: null }), 'Copy token of hq · signed out', false],
    [
      'a needed sign-in',
      withState('sign_in_needed', { expires_at: null }),
      'Copy token of hq · sign-in needed',
      false,
    ],
    [
      'a needed sign-in, and life left',
      withState('sign_in_needed'),
      'Copy token of hq · 43 min left · sign-in needed',
      true,
    ],
    ['a vendor that fails, and life left', withState('retrying'), 'Copy token of hq · 43 min left', true],
    [
      'an ended token that is renewed',
      withState('live', { expires_at: inMinutes(-1) }),
      'Copy token of hq · renewed when copied',
      true,
    ],
    ['no known end', withState('live', { expires_at: null }), 'Copy token of hq', true],
  ])('begins with Copy: %s', (_what, facts, label, enabled) => {
    expect(first(facts)).toMatchObject({ label, enabled });
  });
});

describe('the menu of the tray', () => {
  it('has each account as a radio entry that begins with its name, the selected one marked', () => {
    const radios = model().entries.filter(({ type }) => type === 'radio');
    expect(radios.map(({ label, checked, action }) => ({ label, checked, action }))).toEqual([
      { label: 'hq · 43 min left', checked: true, action: { do: 'use', account: 'hq' } },
      {
        label: 'berlin_sandbox · 3 min left',
        checked: false,
        action: { do: 'use', account: 'berlin_sandbox' },
      },
    ]);
  });

  it('ends with Quit, whatever stands', () => {
    for (const facts of [{}, { accounts: [] }, { locked: true }, { approvals: 3 }]) {
      expect(labels(facts).at(-1)).toBe('Quit');
    }
  });

  it('offers to sign in to the selected account, and to others that need it', () => {
    const needy = accountView('kiosk', { state: 'sign_in_needed', expires_at: null });
    expect(labels({ accounts: [hq, berlin, needy] })).toEqual(
      expect.arrayContaining(['Sign in to hq…', 'Sign in to kiosk…']),
    );
    expect(labels({ accounts: [hq, berlin, needy] })).not.toContain('Sign in to berlin_sandbox…');
  });

  it('offers to add an account where there is none', () => {
    expect(model({ accounts: [] }).entries.find(({ id }) => id === 'add')?.action).toEqual({ do: 'add' });
  });

  it('offers to lock, or to unlock', () => {
    expect(labels()).toContain('Lock');
    expect(labels({ locked: true })).toContain('Unlock…');
    expect(labels({ locked: true })).not.toContain('Lock');
  });

  it('tells of approvals only while some wait', () => {
    expect(labels().filter((label) => /wait/.test(label))).toEqual([]);
    expect(labels({ approvals: 1 })).toContain('1 request waits for you…');
    expect(labels({ approvals: 2 })).toContain('2 requests wait for you…');
  });

  it('puts more than ten accounts into submenus by provider', () => {
    const many = Array.from({ length: 11 }, (_, at) =>
      accountView(`a${at}`, { provider: at % 2 === 0 ? 'even' : 'odd', selected: at === 3 }),
    );
    const providers = [
      {
        id: 'even',
        name: 'Even & Sons',
        built_in: false,
        category: null,
        summary: null,
      },
    ];
    const menus = model({ accounts: many, providers }).entries.filter(({ type }) => type === 'submenu');
    expect(menus.map(({ label }) => label)).toEqual(['Even & Sons', 'odd · a3']);
    expect(menus.flatMap(({ submenu }) => submenu).every(({ type }) => type === 'radio')).toBe(true);
    expect(menus.flatMap(({ submenu }) => submenu)).toHaveLength(11);
    expect(model({ accounts: many.slice(1) }).entries.some(({ type }) => type === 'submenu')).toBe(false);
  });

  it('has ids that are all different', () => {
    const ids = model({ approvals: 1 }).entries.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lets an ampersand be one in Electron', () => {
    expect(menuLabel('Even & Sons')).toBe('Even && Sons');
  });
});

describe('the icon of the tray', () => {
  it('tells the state that matters most', () => {
    const needy = { ...hq, state: 'sign_in_needed' } as const;
    const busy = { ...berlin, state: 'refreshing' } as const;
    expect(model().icon).toBe('fine');
    expect(model({ accounts: [hq, busy] }).icon).toBe('refreshing');
    expect(model({ accounts: [needy, busy] }).icon).toBe('sign-in-needed');
    expect(model({ accounts: [needy, busy], online: false }).icon).toBe('offline');
    expect(model({ accounts: [needy, busy], online: false, locked: true }).icon).toBe('locked');
  });

  it('has the selected account beside it in words', () => {
    expect(model().tooltip).toBe('Keyfob · hq · 43 min left');
    expect(model({ accounts: [] }).tooltip).toBe('Keyfob · no account yet');
  });
});

describe('the next moment that something shown changes', () => {
  it('is the soonest minute of any account', () => {
    expect(model().changesIn).toBe(30_001);
    expect(model({ accounts: [{ ...hq, expires_at: inMinutes(0.25) }] }).changesIn).toBe(15_000);
  });

  it('is a moment behind a refresh that is due, and soon while one is under way', () => {
    expect(model({ accounts: [{ ...hq, next_refresh_at: now / 1000 + 2 }] }).changesIn).toBe(2_300);
    expect(model(withState('refreshing')).changesIn).toBe(1_000);
  });

  it('is none while nothing counts down', () => {
    expect(model({ locked: true }).changesIn).toBeNull();
    expect(model({ accounts: [{ ...hq, expires_at: null }] }).changesIn).toBeNull();
  });
});
