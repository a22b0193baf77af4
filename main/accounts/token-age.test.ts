// How old a token is that an earlier Keyfob asked for, when clocks were set or the machine slept, and what is due first.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eptura, hour, json2, minute, rotating } from '../../testing/core-accounts.ts';
import { emptyHome, json, openKit, type Answer, type Kit } from '../../testing/core-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle, type VirtualClock } from '../../testing/virtual-clock.ts';
import { markOf, remaining } from './schedule.ts';
import type { Session } from '../oauth/token.ts';

const day = 24 * hour;

/** A vendor whose own clock is right, while ours is `ahead` (ms) of it at first. */
function vendorOf(clock: VirtualClock, ahead = 0) {
  const vendor = rotating(hour);
  const answer: Answer = async (asked) => {
    const given = await vendor.answer(asked);
    given.headers.set('date', new Date(clock.unixMs() - ahead).toUTCString());
    return given;
  };
  return { vendor, answer };
}

/** A sign-in on a clock that is `ahead` ms of the vendor's; the vendor does not answer after it. */
async function signedIn({ ahead = 0, bootTime = true, date = true } = {}) {
  const home = emptyHome();
  if (!bootTime) home.clock.withoutBootTime();
  const { vendor, answer } = vendorOf(home.clock, ahead);
  const kit = await openKit(date ? answer : vendor.answer, home);
  await eptura(kit);
  await kit.keyfob.stop();
  return { kit, clock: kit.clock, vendor };
}

/** What callers get of a Keyfob that starts now: the token, or why not. The vendor is asked, and does not answer. */
async function servedAt(kit: Kit): Promise<string> {
  kit.answer = () => json({}, 503);
  const again = await kit.restart();
  await settle();
  const asking = again.keyfob.token({ account: 'hq' });
  const served = await asking.then(
    ({ access_token: token }) => token,
    async () => (await failure(asking)).code,
  );
  await again.keyfob.stop();
  return `${served}, ${again.asked.length > 0 ? 'asked' : 'not asked'}`;
}

const live = 'access-1, not asked';
const notServed = 'vendor_unreachable, asked';

describe('a restart', () => {
  it('serves what is live, and asks nobody, on the same start of the machine and on another', async () => {
    const { kit, clock } = await signedIn();
    await clock.pass(30 * minute);
    expect(await servedAt(kit)).toBe(live);
    clock.reboot(5 * minute);
    expect(await servedAt(kit)).toBe(live);
    clock.reboot(30 * minute);
    expect(await servedAt(kit)).toBe(notServed);
  });

  it('counts the sleep of the machine', async () => {
    const { kit, clock } = await signedIn();
    clock.sleep(2 * hour);
    expect(await servedAt(kit)).toBe(notServed);
  });

  it('served a dead token of a sign-in on a clock five hours ahead that was set right', async () => {
    for (const bootTime of [true, false]) {
      for (const passed of [minute, 30 * minute, 2 * hour]) {
        const { kit, clock } = await signedIn({ ahead: 5 * hour, bootTime });
        await clock.pass(passed);
        clock.jump(-5 * hour);
        expect(await servedAt(kit), `${String(passed)} ms later`).toBe(notServed);
      }
    }
  });

  it('served it when the machine was off so long that the clock is past that time again', async () => {
    for (const [off, served] of [
      [5.5 * hour, notServed],
      [9 * hour, notServed],
    ] as const) {
      const { kit, clock } = await signedIn({ ahead: 5 * hour });
      clock.jump(-5 * hour);
      clock.reboot(off);
      expect(await servedAt(kit)).toBe(served);
    }
  });

  it('served a dead token with the clock a day behind', async () => {
    for (const bootTime of [true, false]) {
      const { kit, clock } = await signedIn({ bootTime });
      await clock.pass(2 * hour);
      clock.jump(-day);
      expect(await servedAt(kit)).toBe(notServed);
    }
    const { kit, clock } = await signedIn();
    await clock.pass(2 * hour);
    clock.reboot(minute);
    clock.jump(-day);
    expect(await servedAt(kit)).toBe(notServed);
  });

  it('with a clock that was always wrong by the same serves what is live on the same start', async () => {
    for (const ahead of [5 * hour, -5 * hour]) {
      const { kit, clock } = await signedIn({ ahead });
      await clock.pass(30 * minute);
      expect(await servedAt(kit)).toBe(live);
      await clock.pass(31 * minute);
      expect(await servedAt(kit)).toBe(notServed);
    }
  });

  it('in doubt asks the vendor before anyone else does, and serves the fresh token', async () => {
    const { kit, clock, vendor } = await signedIn({ ahead: 5 * hour });
    clock.jump(-5 * hour);
    kit.answer = vendor.answer;
    const again = await kit.restart();
    await again.clock.pass(0);
    expect(vendor.refreshes).toBe(1);
    const token = await again.keyfob.token({ account: 'hq', minValid: 3600 });
    expect(token).toMatchObject({ access_token: 'access-2', expires_in: 3600 });
    expect(token.expires_at).toBe(clock.unixMs() / 1000 + 3600);
    expect(await servedAt(again)).toBe('access-2, not asked');
  });

  it('after an older Keyfob, which kept no clocks but the wall’s, reads its token', async () => {
    const { kit, clock } = await signedIn();
    const record = JSON.parse(kit.vault.entries.get('hq') ?? '') as {
      state: { session: { clocks?: object } };
    };
    delete record.state.session.clocks;
    kit.vault.entries.set('hq', JSON.stringify(record));
    await clock.pass(30 * minute);
    expect(await servedAt(kit)).toBe(live);
    clock.jump(-hour);
    expect(await servedAt(kit)).toBe(notServed);
  });
});

describe('the age of a token that another process asked for', () => {
  const born = Date.UTC(2026, 0, 1);
  const ms = fc.integer({ min: -2 * day, max: 2 * day });
  const token = (ahead: number | null, boot: Session['clocks']): Session => ({
    access_token: 'a',
    token_type: 'bearer',
    obtained_at: born,
    clocks: { ahead, boot: boot?.boot ?? null },
    lifetime: hour,
    refresh_token: null,
    scope: null,
    bound: { redirect_uri: null, scope: null },
  });

  it('is never less than it is, whatever somebody set the clocks to, on one start of the machine', () => {
    fc.assert(
      fc.property(fc.nat(3 * hour), ms, fc.option(ms), (age, set, ahead) => {
        const session = token(ahead, { ahead, boot: { id: 'b', ms: 7 } });
        const now = { unixMs: born + age + set, steady: 99, boot: { id: 'b', ms: 7 + age } };
        const left = remaining(session, now, markOf(session, now)) ?? Infinity;
        expect(left).toBeLessThanOrEqual(Math.max(0, hour - age));
      }),
    );
  });

  it('is never less than it is over a start, where the clock is right now and the vendor told its time', () => {
    fc.assert(
      fc.property(fc.nat(3 * hour), ms, (age, ahead) => {
        const session = token(ahead, { ahead, boot: { id: 'b', ms: 7 } });
        const now = { unixMs: born - ahead + age, steady: 99, boot: { id: 'other', ms: 7 } };
        const left = remaining(session, now, markOf(session, now)) ?? Infinity;
        expect(left).toBeLessThanOrEqual(Math.max(0, hour - age));
      }),
    );
  });

  it('is what all clocks say where they agree', () => {
    const session = token(0, { ahead: 0, boot: { id: 'b', ms: 7 } });
    const now = { unixMs: born + 20 * minute, steady: 99, boot: { id: 'b', ms: 7 + 20 * minute } };
    expect(remaining(session, now, markOf(session, now))).toBe(40 * minute);
    const anew = { ...now, boot: { id: 'c', ms: 1 } };
    expect(remaining(session, anew, markOf(session, anew))).toBe(40 * minute);
  });
});

/** Minute 56 of an hour, after a vendor asked to wait for 50 minutes, and would answer now. */
async function askedToWait() {
  const vendor = rotating(hour);
  const kit = await openKit(vendor.answer);
  await eptura(kit);
  kit.answer = () => json({}, 429, { 'retry-after': '3000' });
  await kit.clock.pass(56 * minute);
  kit.answer = vendor.answer;
  return { vendor, kit };
}

describe('a Keyfob that goes on running', () => {
  it('told an end by the wall clock of the sign-in: it is told by the one of now', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    await kit.clock.pass(10 * minute);
    kit.clock.jump(-5 * hour);
    const end = kit.clock.unixMs() / 1000 + 3000;
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({ expires_at: end, expires_in: 3000 });
    expect(kit.keyfob.account('hq').expires_at).toBe(end);
  });

  it('served a dead token when the clock was set back and the machine slept', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    kit.clock.jump(-5 * hour);
    kit.clock.sleep(2 * hour);
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vendor_unreachable');
  });

  it.each([
    [
      'sleep',
      (clock: VirtualClock) => {
        clock.sleep(8 * hour);
      },
    ],
    [
      'sleep that the wall clock alone counts',
      (clock: VirtualClock) => {
        clock.withoutBootTime();
        clock.sleep(8 * hour);
      },
    ],
    [
      'sleep of a machine whose clock was set back',
      (clock: VirtualClock) => {
        clock.jump(-5 * hour);
        clock.sleep(4 * hour);
      },
    ],
    [
      'a clock jump',
      (clock: VirtualClock) => {
        clock.jump(8 * hour);
      },
    ],
  ])(
    'left a refresh that had failed to a steady clock that stands still: after %s it is the first thing',
    async (_what, happens) => {
      const vendor = rotating(hour);
      const kit = await openKit(vendor.answer);
      await eptura(kit);
      kit.answer = () => json({}, 503);
      await kit.clock.pass(59 * minute);
      const tries = kit.asked.map((one) => one.at);
      expect((tries.at(-1) ?? 0) - (tries.at(-2) ?? 0)).toBeGreaterThan(30_000);
      kit.answer = vendor.answer;
      happens(kit.clock);
      await kit.clock.pass(15_000);
      expect(vendor.refreshes).toBe(1);
    },
  );

  it('counted no sleep among the wait that a vendor asked for', async () => {
    const { vendor, kit } = await askedToWait();
    kit.clock.sleep(30 * minute);
    await kit.clock.pass(15_000);
    expect(vendor.refreshes).toBe(0);
    kit.clock.sleep(30 * minute);
    await kit.clock.pass(15_000);
    expect(vendor.refreshes).toBe(1);
  });

  it('by a set clock alone does not ask a vendor before the wait that it asked for', async () => {
    const { vendor, kit } = await askedToWait();
    kit.clock.jump(2 * hour);
    await kit.clock.pass(15_000);
    expect(vendor.refreshes).toBe(0);
  });

  it('tried at once again what had failed after the sleep', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    kit.clock.sleep(2 * hour);
    await failure(kit.keyfob.token({ account: 'hq' }));
    await settle();
    expect([kit.keyfob.account('hq').state, kit.asked.length]).toEqual(['retrying', 3]);
  });

  it('goes on with the mark of its own process over lock and unlock, with a vendor that tells no time', async () => {
    const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer', expires_in: 3600 }));
    await json2(kit, 'client_credentials');
    await kit.clock.pass(10 * minute);
    await kit.keyfob.lock();
    await kit.keyfob.unlock();
    expect((await kit.keyfob.token({ account: 'desk' })).expires_in).toBe(3000);
  });
});
