// Many accounts of one vendor whose tokens end together.
import { describe, expect, it } from 'vitest';
import { eptura, hour, minute } from '../../testing/core-accounts.ts';
import { emptyHome, json, openKit, type Answer, type Kit } from '../../testing/core-kit.ts';
import { simulateDay } from '../../testing/simulated-day.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';

const sixty = Array.from({ length: 60 }, (_, index) => `hq-${String(index)}`);

/** A vendor that counts what is unanswered, and answers when it is told to. */
function heldVendor(lifetime: number) {
  let count = 0;
  const open = new Set<() => void>();
  const vendor = {
    /** The most that were unanswered at a time. */
    max: 0,
    refreshes: 0,
    /** Answers at once, while false. */
    holds: false,
    get open() {
      return open.size;
    },
    /** Answers all that wait. */
    release() {
      for (const one of open) one();
      open.clear();
    },
    answer: (async ({ url, parameters }) => {
      if (url.endsWith('/auth')) return json({ code: 'code-1' });
      const isRefresh = parameters['x-grant-type'] === 'refresh_token';
      if (isRefresh) vendor.refreshes += 1;
      if (vendor.holds && isRefresh) {
        const { promise, resolve } = Promise.withResolvers<void>();
        open.add(resolve);
        vendor.max = Math.max(vendor.max, open.size);
        await promise;
      }
      count += 1;
      return json({
        token_type: 'bearer',
        access_token: `access-${String(count)}`,
        refresh_token: `refresh-${String(count)}`,
        expires_in: lifetime,
      });
    }) satisfies Answer as Answer,
  };
  return vendor;
}

async function sixtyAccounts(lifetime: number): Promise<{ kit: Kit; vendor: ReturnType<typeof heldVendor> }> {
  const vendor = heldVendor(lifetime);
  const home = emptyHome();
  const kit = await openKit(vendor.answer, home);
  // What differs between real accounts, and is drawn when each signs in.
  let drawn = 0;
  Object.defineProperty(home.clock, 'chance', { get: () => (drawn += 0.37) % 1 });
  for (const name of sixty) await eptura(kit, name);
  return { kit, vendor };
}

describe('sixty tokens of one vendor that end together', () => {
  it('are renewed four at a time by themselves, and all of them', async () => {
    const { kit, vendor } = await sixtyAccounts(hour);
    vendor.holds = true;
    kit.clock.sleep(hour);
    kit.keyfob.wake();
    await settle();
    expect(vendor.open).toBe(4);
    expect(kit.keyfob.accounts().filter(({ state }) => state === 'refreshing')).toHaveLength(4);
    for (let turn = 0; turn < 15; turn += 1) {
      vendor.release();
      await settle();
      await kit.clock.pass(10);
    }
    expect(vendor.max).toBe(4);
    expect(vendor.refreshes).toBe(60);
    expect(kit.keyfob.accounts().filter(({ state }) => state === 'live')).toHaveLength(60);
  });

  it('are renewed sixteen at a time where callers wait, who are served in the order in which they came', async () => {
    const { kit, vendor } = await sixtyAccounts(hour);
    vendor.holds = true;
    kit.clock.sleep(hour);
    kit.keyfob.wake();
    await settle();
    const served: string[] = [];
    const callers = sixty.toReversed().map(async (account) => {
      await kit.keyfob.token({ account });
      served.push(account);
    });
    await settle();
    expect(vendor.open).toBe(16);
    for (let turn = 0; turn < 5; turn += 1) {
      vendor.release();
      await settle();
    }
    await Promise.all(callers);
    expect(vendor.max).toBe(16);
    expect(vendor.refreshes).toBe(60);
    // The first four were on their way when the callers came.
    const rest = served.filter((name) => !sixty.slice(0, 4).includes(name));
    expect(rest).toEqual(sixty.slice(4).toReversed());
  });

  it('of a vendor that does not answer for ten seconds leave their places to others, and their answers are kept', async () => {
    const { kit, vendor } = await sixtyAccounts(hour);
    vendor.holds = true;
    kit.clock.sleep(hour);
    kit.keyfob.wake();
    await settle();
    expect(vendor.open).toBe(4);
    await kit.clock.pass(10_000);
    expect(vendor.open).toBe(8);
    vendor.release();
    await settle();
    expect(kit.keyfob.account('hq-0').state).toBe('live');
    expect(kit.vault.entries.get('hq-0')).not.toContain('"refresh-1"');
    const late = kit.keyfob.token({ account: 'hq-59' });
    await settle();
    vendor.release();
    await settle();
    expect((await late).expires_in).toBeGreaterThan(3500);
  });

  it('let no caller wait beyond 30 s when the vendor is silent, nor sign anybody out', async () => {
    const { kit, vendor } = await sixtyAccounts(hour);
    vendor.holds = true;
    kit.clock.sleep(hour + minute);
    const callers = sixty.map((account) => failure(kit.keyfob.token({ account })));
    await kit.clock.pass(30_000);
    const codes = new Set((await Promise.all(callers)).map(({ code }) => code));
    expect(codes).toEqual(new Set(['vendor_unreachable']));
    expect(kit.keyfob.accounts().filter(({ state }) => state === 'sign_in_needed')).toHaveLength(0);
  });

  it('and live a minute are not all renewed in the same second', async () => {
    const { kit, vendor } = await sixtyAccounts(minute);
    const before = kit.asked.length;
    for (let second = 0; second < 60; second += 1) {
      await kit.clock.pass(1000);
      for (const account of ['hq-0', 'hq-59']) {
        const { expires_in: left } = await kit.keyfob.token({ account, minValid: 20 });
        expect(left).toBeGreaterThanOrEqual(20);
      }
    }
    const bySecond = new Map<number, number>();
    for (const { at } of kit.asked.slice(before)) {
      const second = Math.floor(at / 1000);
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
    }
    expect(vendor.refreshes).toBeGreaterThanOrEqual(60);
    expect(Math.max(...bySecond.values())).toBeLessThan(30);
  });

  it('and wait for their places when Keyfob ends are not told as failed', async () => {
    const { kit, vendor } = await sixtyAccounts(hour);
    vendor.holds = true;
    kit.clock.sleep(hour);
    kit.keyfob.wake();
    await settle();
    const stopping = kit.keyfob.stop();
    vendor.release();
    await stopping;
    expect(vendor.refreshes).toBe(4);
    expect(kit.events.filter(({ type }) => type === 'token.refreshed')).toHaveLength(4);
    expect(kit.events.filter(({ type }) => type === 'token.refresh_failed')).toEqual([]);
  });

  it('wait for their places in vain when the vault is locked or an account is removed: nothing is sent any more', async () => {
    const { kit, vendor } = await sixtyAccounts(hour);
    vendor.holds = true;
    kit.clock.sleep(hour);
    kit.keyfob.wake();
    await settle();
    await kit.keyfob.remove('hq-59');
    const locking = kit.keyfob.lock();
    await settle();
    vendor.release();
    await locking;
    await kit.clock.pass(60_000);
    expect(vendor.refreshes).toBe(4);
  });
});

describe('ten thousand tokens that live a day', () => {
  it('are renewed in a day with a sleep in it by one timer, four at a time, and none is served past its end', async () => {
    const day = await simulateDay(10_000);
    expect(day).toMatchObject({ timers: 1, maxOpen: 4, servedPastEnd: [] });
    expect(day.requests).toBeGreaterThanOrEqual(10_000);
    // One renewal each, and those of the last hours again: a look at an account costs no request.
    expect(day.requests).toBeLessThan(12_000);
  }, 180_000);
});
