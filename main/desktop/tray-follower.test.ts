import { describe, expect, it } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import type { AccountView } from '../api/accounts.ts';
import { followTray } from './tray-follower.ts';
import type { TrayFollower } from './tray-follower.ts';

interface Bench {
  readonly shown: string[];
  readonly clock: VirtualClock;
  readonly follower: TrayFollower;
  put(over: Partial<AccountView>): void;
  changed(): Promise<void>;
  listening(): number;
}

function bench(others: readonly AccountView[] = []): Bench {
  const clock = new VirtualClock();
  const shown: string[] = [];
  const listeners = new Set<() => void>();
  const end = clock.unixMs() / 1000 + 660.5;
  let account = accountView('hq', { selected: true, expires_at: end, next_refresh_at: null });
  const follower = followTray({
    face: {
      setIcon: (icon) => void shown.push(`icon ${icon}`),
      setTooltip: (text) => void shown.push(`tip ${text}`),
      setMenu: (entries) => void shown.push(`menu ${entries[0]?.label ?? ''}`),
    },
    clock,
    facts: () => ({
      accounts: [account, ...others],
      locked: false,
      online: true,
      approvals: 0,
      language: 'en',
      keys: { copy: null, panel: null },
    }),
    sources: [
      (changed) => {
        listeners.add(changed);
        return () => listeners.delete(changed);
      },
    ],
  });
  return {
    shown,
    clock,
    follower,
    put: (over) => (account = { ...account, ...over }),
    async changed() {
      for (const listener of listeners) listener();
      await Promise.resolve();
    },
    listening: () => listeners.size,
  };
}

describe('the tray', () => {
  it('shows the state of the accounts at once', () => {
    expect(bench().shown).toEqual([
      'icon fine',
      'tip Keyfob · hq · 10 min left',
      'menu Copy token of hq · 10 min left',
    ]);
  });

  it('sets the menu anew once a minute and not more often, with one timer', async () => {
    const { shown, clock } = bench();
    shown.length = 0;
    await clock.pass(400);
    expect(shown).toEqual([]);
    await clock.pass(60_000);
    expect(shown.filter((line) => line.startsWith('menu'))).toEqual(['menu Copy token of hq · 9 min left']);
    await clock.pass(120_000);
    expect(shown.filter((line) => line.startsWith('menu'))).toHaveLength(3);
    expect(clock.waiting()).toBe(1);
  });

  it('was rebuilt 41 times a minute under the hand that used it, with 40 tokens that end at different seconds', async () => {
    const others = Array.from({ length: 40 }, (_, at) =>
      accountView(`a${at}`, {
        expires_at: Date.UTC(2026, 0, 1) / 1000 + 61 + at * 31.7,
        next_refresh_at: null,
      }),
    );
    const { shown, clock } = bench(others);
    for (let minute = 0; minute < 8; minute += 1) {
      shown.length = 0;
      await clock.pass(60_000);
      expect(shown.filter((line) => line.startsWith('menu')).length).toBeLessThanOrEqual(2);
    }
  });

  it('leaves the menu alone when nothing shown has changed', async () => {
    const { shown, put, changed, clock } = bench();
    shown.length = 0;
    put({ scope: 'other', next_refresh_at: 1_900_000_000 });
    await changed();
    await changed();
    expect(shown).toEqual([]);
    expect(clock.waiting()).toBe(1);
  });

  it('changes the icon without the menu while a refresh runs', async () => {
    const { shown, put, changed, clock } = bench();
    shown.length = 0;
    put({ state: 'refreshing' });
    await changed();
    expect(shown).toEqual(['icon refreshing']);
    put({ state: 'live' });
    await clock.pass(1_000);
    expect(shown).toContain('icon fine');
  });

  it('sets the same menu again when a click has moved a mark', () => {
    const { shown, follower } = bench();
    shown.length = 0;
    follower.look();
    expect(shown).toEqual([]);
    follower.look('anew');
    expect(shown).toEqual(['menu Copy token of hq · 10 min left']);
  });

  it('ends with its timer and all that it listened to', async () => {
    const { shown, follower, clock, listening, changed } = bench();
    const late = changed();
    follower.close();
    shown.length = 0;
    await late;
    await clock.pass(600_000);
    expect([shown, clock.waiting(), listening()]).toEqual([[], 0, 0]);
  });
});
