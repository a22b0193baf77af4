import { describe, expect, it } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import type { AccountView } from '../api/accounts.ts';
import { menuLabel, trayModel } from './tray-menu.ts';
import type { TrayEntry, TrayFacts } from './tray-menu.ts';

/** A second before a full minute. */
const now = 1_700_000_039_000;
const inMinutes = (minutes: number): number => now / 1000 + minutes * 60;
const hq = accountView('hq', { selected: true, expires_at: inMinutes(43.5), next_refresh_at: null });
const berlin = accountView('berlin_sandbox', { expires_at: inMinutes(3.5), next_refresh_at: null });

function model(over: Partial<TrayFacts> = {}): ReturnType<typeof trayModel> {
  return trayModel({
    accounts: [hq, berlin],
    locked: false,
    online: true,
    approvals: 0,
    language: 'en',
    keys: { copy: 'Control+Alt+C', panel: 'Control+Alt+K' },
    now,
    ...over,
  });
}
const first = (over?: Partial<TrayFacts>): TrayEntry | undefined => model(over).entries[0];
const withState = (state: AccountView['state'], over: Partial<AccountView> = {}): Partial<TrayFacts> => ({
  accounts: [{ ...hq, state, ...over }],
});
const flat = (entries: readonly TrayEntry[]): TrayEntry[] =>
  entries.flatMap((entry) => [entry, ...flat(entry.submenu)]);
const labels = (over?: Partial<TrayFacts>): string[] => model(over).entries.map(({ label }) => label);

it('an account that the person had named was told by the name for scripts alone, its environment by nothing', () => {
  const own = { display_name: 'Büro & Berlin', environment: 'production' };
  const accounts = [{ ...hq, labels: { ...hq.labels, ...own } }, berlin];
  const { entries, tooltip } = model({ accounts });
  const called = 'hq (Büro & Berlin) · production · 43 min left';
  expect(entries[0]?.label).toBe(`Copy token of ${called}`);
  expect(flat(entries).find(({ id }) => id === 'use-hq')?.label).toBe(called);
  expect(tooltip).toBe(`Keyfob · ${called}`);
  const long = { ...hq, labels: { ...hq.labels, display_name: 'x'.repeat(80) } };
  expect(labels({ accounts: [long] })[0]?.length).toBeLessThan(80);
});

it('entries of an account bear the colour that it was given, and hold its place where others have one', () => {
  const dots = (accounts: readonly AccountView[]) =>
    flat(model({ accounts }).entries).flatMap(({ id, dot }) => (dot === null ? [] : [`${id} ${dot}`]));
  const red = { ...hq, labels: { ...hq.labels, color: 'red' as const } };
  expect(dots([red, berlin])).toEqual([
    'copy-of-berlin_sandbox clear',
    'use-hq red',
    'use-berlin_sandbox clear',
  ]);
  expect(dots([hq, berlin])).toEqual([]);
});

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
    ['none selected', { accounts: [berlin] }, 'Copy token · no default account', false],
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
    [
      'a rejected client secret, and life left',
      withState('live', { needs: 'client_secret' }),
      'Copy token of hq · 43 min left · client secret rejected',
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

  it('has what waits for the person right after copying, and offers a sign-in only where it is needed', () => {
    const kiosk = accountView('kiosk', { state: 'sign_in_needed', needs: 'sign_in', expires_at: null });
    const rooms = accountView('rooms', { state: 'retrying', needs: 'client_secret', expires_at: null });
    const left = accountView('left', { state: 'signed_out', needs: 'sign_in', expires_at: null });
    const { entries } = model({ accounts: [hq, kiosk, rooms, left], approvals: 2 });
    const at = entries.findIndex(({ type }) => type === 'separator');
    expect(entries.slice(0, at).every(({ label }) => label.startsWith('Copy'))).toBe(true);
    expect(entries.slice(at + 1, at + 4).map(({ label, action }) => [label, action?.do])).toEqual([
      ['2 pending requests…', 'approvals'],
      ['Sign in to kiosk…', 'sign_in'],
      ['Update client secret of rooms…', 'update_secret'],
    ]);
    expect(entries[at + 4]?.type).toBe('separator');
    expect(labels().filter((label) => /^(Sign in|Update)/.test(label))).toEqual([]);
    expect(labels(withState('signed_out', { needs: 'sign_in', expires_at: null }))).toContain(
      'Sign in to hq…',
    );
  });

  it('leaves more than three accounts that need the person to the window', () => {
    const needy = [1, 2, 3, 4, 5].map((n) =>
      accountView(`n${n}`, { state: 'sign_in_needed', needs: 'sign_in' }),
    );
    expect(labels({ accounts: needy }).filter((label) => /^Sign in/.test(label))).toHaveLength(3);
    expect(labels({ accounts: needy })).toContain('2 more need attention…');
    expect(labels({ accounts: needy.slice(1) })).toContain('1 more needs attention…');
  });

  it('copies the token of another account in one opening, the one used last first', () => {
    const vienna = accountView('vienna', { last_used_at: 1_699_999_000, expires_at: inMinutes(9.5) });
    const out = accountView('out', { state: 'signed_out', needs: 'sign_in', expires_at: null });
    const copies = model({ accounts: [hq, berlin, vienna, out] }).entries.find(({ id }) => id === 'copy-of');
    expect(copies?.submenu.map(({ label, action }) => [label, action])).toEqual([
      ['Token of vienna · 9 min left', { do: 'copy', account: 'vienna', form: 'token' }],
      ['Token of berlin_sandbox · 3 min left', { do: 'copy', account: 'berlin_sandbox', form: 'token' }],
    ]);
  });

  it('listed every other account in one submenu for copying: of many, those used last stand first, the rest behind', () => {
    const many = Array.from({ length: 14 }, (_, at) =>
      accountView(`a${at}`, { selected: at === 3, last_used_at: at }),
    );
    const copies = model({ accounts: many }).entries.find(({ id }) => id === 'copy-of')?.submenu ?? [];
    expect(copies.map(({ id }) => id)).toEqual([
      ...[13, 12, 11, 10, 9].map((at) => `copy-of-a${at}`),
      'copy-of-more',
    ]);
    expect([copies.at(-1)?.label, copies.at(-1)?.submenu.length]).toEqual(['8 more accounts', 8]);
  });

  it('never tells more time than there is, and none of a token in its last moments', () => {
    const told = (seconds: number, selected: boolean, at = now): string =>
      model({
        accounts: [{ ...hq, selected, expires_at: now / 1000 + seconds }],
        now: at,
      }).entries.find(({ type }) => type === 'radio')?.label ?? '';
    expect(told(3 * 60, false, now - 58_000)).toBe('hq · 2 min left');
    expect(told(3 * 60, false)).toBe('hq · 2 min left');
    expect(told(3 * 60, false, now + 1_000)).toBe('hq · 1 min left');
    expect(told(60, false)).toBe('hq · expires soon');
    expect(told(60, true)).toBe('hq · 1 min left');
    expect(told(30, true)).toBe('hq · 30 s left');
    expect(told(-1, false)).toBe('hq · renewed when copied');
  });

  it('is made in a moment of a thousand accounts', () => {
    const many = Array.from({ length: 1_000 }, (_, at) =>
      accountView(`a${at}`, { selected: at === 3, last_used_at: at, expires_at: inMinutes(at / 7) }),
    );
    const took = Array.from({ length: 29 }, () => {
      const before = performance.now();
      model({ accounts: many });
      return performance.now() - before;
    }).toSorted((a, b) => a - b);
    // The median of 29; 8 ms were seen on a busy machine of two cores.
    expect(took[14]).toBeLessThan(50);
  });

  it('copies as header, curl command and environment variable', () => {
    const forms = model().entries.find(({ id }) => id === 'copy-as')?.submenu;
    expect(forms?.map(({ action }) => action?.do === 'copy' && action.form)).toEqual([
      'header',
      'curl',
      'environment',
    ]);
  });

  it('speaks German where the person does', () => {
    const german = model({ language: 'de', approvals: 1 });
    expect(german.entries[0]?.label).toBe('Token von hq kopieren · noch 43 min');
    expect(german.entries.at(-1)?.label).toBe('Beenden');
    const english = new Set(flat(model({ approvals: 1 }).entries).map(({ label }) => label));
    expect(flat(german.entries).filter(({ label }) => label !== '' && english.has(label))).toEqual([]);
  });

  it('offers to add an account where there is none', () => {
    expect(model({ accounts: [] }).entries.find(({ id }) => id === 'add')?.action).toEqual({ do: 'add' });
  });

  it('offers to lock, or to unlock', () => {
    expect(labels()).toContain('Lock');
    expect(labels({ locked: true })).toContain('Unlock…');
    expect(labels({ locked: true })).not.toContain('Lock');
  });

  it('tells of requests only while some wait', () => {
    expect(labels().filter((label) => /request/.test(label))).toEqual([]);
    expect(labels({ approvals: 1 })).toContain('1 pending request…');
  });

  it.each([3, 10, 11, 40])(
    'marks one of %i accounts in the whole menu, and has an entry for each',
    (count) => {
      const many = Array.from({ length: count }, (_, at) =>
        accountView(`a${at}`, { selected: at === 2, last_used_at: at % 2 === 0 ? null : at }),
      );
      for (const accounts of [many, many.map((one) => ({ ...one, selected: false }))]) {
        const all = flat(model({ accounts }).entries);
        expect(all.filter(({ action }) => action?.do === 'use')).toHaveLength(count);
        expect(new Set(all.filter(({ label }) => /^a\d/.test(label)).map(({ label }) => label)).size).toBe(
          count,
        );
        expect(all.filter(({ checked }) => checked)).toHaveLength(accounts[2]?.selected ? 1 : 0);
        const inSubmenus = model({ accounts }).entries.flatMap(({ submenu }) => flat(submenu));
        expect(inSubmenus.filter(({ type }) => type !== 'normal' && type !== 'submenu')).toEqual([]);
      }
    },
  );

  it('keeps the default and the five used last in the menu of more than ten, the rest in a submenu', () => {
    const many = Array.from({ length: 14 }, (_, at) =>
      accountView(`a${at}`, { selected: at === 3, last_used_at: at }),
    );
    const { entries } = model({ accounts: many });
    const radios = entries.filter(({ type }) => type === 'radio');
    expect(radios.map(({ id }) => id)).toEqual([
      'use-a3',
      'use-a13',
      'use-a12',
      'use-a11',
      'use-a10',
      'use-a9',
    ]);
    const more = entries.find(({ id }) => id === 'more-accounts');
    expect([more?.label, more?.submenu.length]).toEqual(['8 more accounts', 8]);
  });

  it('has ids that are all different', () => {
    const ids = flat(model({ approvals: 1 }).entries).map(({ id }) => id);
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
  it('is the next full minute of the clock for all accounts, and the next 10 s where the default soon ends', () => {
    expect(model().changesIn).toBe(1_000);
    const ending = [{ ...hq, expires_at: inMinutes(0.25) }];
    const earlier = { now: now - 30_000 };
    expect(model({ accounts: ending, ...earlier }).changesIn).toBe(5_001);
    expect(model({ accounts: [{ ...ending[0]!, selected: false }], ...earlier }).changesIn).toBe(31_000);
  });

  it('is a moment behind a refresh that is due, and soon while one is under way', () => {
    const endless = { ...hq, expires_at: null };
    expect(model({ accounts: [{ ...endless, next_refresh_at: now / 1000 + 2 }] }).changesIn).toBe(2_300);
    expect(model(withState('refreshing', { expires_at: null })).changesIn).toBe(1_000);
  });

  it('is none while nothing counts down', () => {
    expect(model({ locked: true }).changesIn).toBeNull();
    expect(model({ accounts: [{ ...hq, expires_at: null }] }).changesIn).toBeNull();
  });
});
