// How an account comes to a new token without a person: when, once, and kept before anyone is served.
import { describe, expect, it } from 'vitest';
import { eptura, hour, minute, officernd, rotating, sha } from '../../testing/core-accounts.ts';
import { json, openKit, type Answer, type Kit } from '../../testing/core-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';

describe('a refresh', () => {
  it('happens ahead of the end by itself, all day, with no refresh token used twice', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    for (let step = 0; step < 24 * 4; step++) {
      await kit.clock.pass(15 * minute);
      expect((await kit.keyfob.token({ account: 'hq', minValid: 60 })).expires_in).toBeGreaterThan(60);
    }
    expect(vendor.reused).toBe(0);
    expect(vendor.refreshes).toBeGreaterThanOrEqual(25);
    expect(vendor.refreshes).toBeLessThanOrEqual(28);
  });

  it('is one, however many ask at once', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    const tokens = await Promise.all(Array.from({ length: 200 }, () => kit.keyfob.token({ account: 'hq' })));
    expect(new Set(tokens.map((one) => one.access_token))).toEqual(new Set(['access-2']));
    expect(vendor.refreshes).toBe(1);
  });

  it('has its new refresh token in the vault before anyone is served', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    let release = (): void => undefined;
    kit.vault.beforeWrite = () => new Promise((resolve) => (release = resolve));
    let served = false;
    const asking = kit.keyfob.token({ account: 'hq' }).then(() => (served = true));
    await settle();
    expect(vendor.refreshes).toBe(1);
    expect(served).toBe(false);
    release();
    await asking;
    expect(kit.vault.entries.get('hq')).toContain('refresh-2');
  });

  it('whose token the vault does not take is kept later, and the vendor is not asked again', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    kit.vault.beforeWrite = async () => {
      throw new Error('disk full');
    };
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vault_unavailable');
    kit.vault.beforeWrite = async () => {};
    await kit.clock.pass(2_000);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
    expect(vendor.refreshes).toBe(1);
    expect(kit.vault.entries.get('hq')).toContain('refresh-2');
  });

  it('is the first thing after sleep', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(8 * hour);
    await kit.clock.pass(15_000);
    expect(vendor.refreshes).toBe(1);
  });

  it('is tried again with growing waits, honours Retry-After, and serves the old token while it lasts', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    await kit.clock.pass(55 * minute);
    const tries = kit.asked.slice(2).map((one) => one.at);
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(waits.length).toBeGreaterThan(3);
    for (const [index, wait] of waits.slice(1).entries()) {
      expect(wait).toBeGreaterThanOrEqual(waits[index] ?? 0);
    }
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-1');
    expect(kit.keyfob.account('hq').state).toBe('retrying');
    kit.answer = () => json({}, 429, { 'retry-after': '1200' });
    await kit.clock.pass(6 * minute);
    const count = kit.asked.length;
    const error = await failure(kit.keyfob.token({ account: 'hq' }));
    expect(error.code).toBe('vendor_unreachable');
    expect(error.problem.retry_after).toBeGreaterThan(60);
    expect(kit.asked).toHaveLength(count);
  });

  it('is tried at once for a caller whose token has ended, but not twice within a second', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    await kit.clock.pass(61 * minute);
    const count = kit.asked.length;
    await failure(kit.keyfob.token({ account: 'hq' }));
    expect(kit.asked).toHaveLength(count + 1);
    await failure(kit.keyfob.token({ account: 'hq' }));
    expect(kit.asked).toHaveLength(count + 1);
    await kit.clock.pass(1_000);
    await failure(kit.keyfob.token({ account: 'hq' }));
    expect(kit.asked.length).toBeGreaterThan(count + 1);
  });

  it('that never answers fails within the time a caller waits', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    kit.answer = ({ init }) =>
      new Promise((_resolve, reject) => {
        init.signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    const asking = failure(kit.keyfob.token({ account: 'hq' }));
    await kit.clock.pass(29_000);
    expect((await asking).code).toBe('vendor_unreachable');
  });

  it('sends the redirect URI and scope of the sign-in, whatever the settings say later', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    const { notes } = await kit.keyfob.set('hq', {
      settings: { scope: 'other', redirect_uri: 'https://new.example.com/cb' },
      secrets: {},
    });
    expect(notes).toHaveLength(1);
    await kit.keyfob.refresh('hq');
    expect(kit.asked.at(-1)?.parameters).toMatchObject({
      'x-scope': 'email',
      'x-redirect-uri': 'https://app.example.com/cb',
    });
  });

  it('for a rejected token happens once, and not when a newer one is there', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    await kit.keyfob.refresh('hq', { rejected: sha('access-1') });
    await kit.keyfob.refresh('hq', { rejected: sha('access-1') });
    expect(vendor.refreshes).toBe(1);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
  });
});

describe('a token that an API rejected before its end', () => {
  it('is replaced once; the one that came for it, rejected at once too, only after a while that grows', async () => {
    const vendor = rotating(24 * hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    let token = 'access-1';
    const results: Record<string, number> = {};
    // An API that rejects whatever it gets, and a program that tells of it each second, for an hour.
    for (let second = 0; second < 3600; second++) {
      const { result } = await kit.keyfob.refresh('hq', { rejected: sha(token) });
      results[result] = (results[result] ?? 0) + 1;
      token = (await kit.keyfob.token({ account: 'hq' })).access_token;
      await kit.clock.pass(1_000);
    }
    expect(vendor.refreshes).toBeLessThanOrEqual(6);
    expect(vendor.refreshes).toBeGreaterThanOrEqual(3);
    expect(results).toEqual({ refreshed: vendor.refreshes, rejected_too_soon: 3600 - vendor.refreshes });
    // A day later all is as at first.
    await kit.clock.pass(hour * 10);
    token = (await kit.keyfob.token({ account: 'hq' })).access_token;
    expect((await kit.keyfob.refresh('hq', { rejected: sha(token) })).result).toBe('refreshed');
    expect((await kit.keyfob.refresh('hq', { rejected: sha(token) })).result).toBe('newer_token');
  });

  it('is one rejection, however many tell of it at once: the next is replaced as soon as after one that one told of', async () => {
    const vendor = rotating(24 * hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    const answered = Promise.withResolvers<void>();
    kit.answer = async (request) => {
      await answered.promise;
      return vendor.answer(request);
    };
    const all = Array.from({ length: 10 }, () => kit.keyfob.refresh('hq', { rejected: sha('access-1') }));
    await settle();
    answered.resolve();
    // One whose token is compared late finds the new one there.
    const results = new Set((await Promise.all(all)).map(({ result }) => result));
    expect(results).toContain('refreshed');
    expect(results).not.toContain('rejected_too_soon');
    expect(vendor.refreshes).toBe(1);
    await kit.clock.pass(20_000);
    expect((await kit.keyfob.refresh('hq', { rejected: sha('access-2') })).result).toBe('refreshed');
    expect(vendor.refreshes).toBe(2);
  });

  it('is served no more while the vendor is away, and the next one is once it is back', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    const rejected = { rejected: sha('access-1') };
    expect((await failure(kit.keyfob.refresh('hq', rejected))).code).toBe('vendor_unreachable');
    await kit.clock.pass(1_500);
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vendor_unreachable');
    expect((await failure(kit.keyfob.token({ account: 'hq', minValid: 5 }))).code).toBe('vendor_unreachable');
    kit.answer = vendor.answer;
    await kit.clock.pass(1_500);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
  });
});

describe('a token that is to be newer than the one in hand', () => {
  it('is asked for once by all who want it meanwhile, and each gets it', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    const asking = Array.from({ length: 10 }, () => kit.keyfob.token({ account: 'hq', forceNew: true }));
    expect(new Set((await Promise.all(asking)).map((one) => one.access_token))).toEqual(
      new Set(['access-2']),
    );
    expect((await kit.keyfob.token({ account: 'hq', forceNew: true })).access_token).toBe('access-3');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-3');
  });

  it('is none while the vendor is away; who asks for less is served', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    const asked = failure(kit.keyfob.token({ account: 'hq', forceNew: true }));
    expect((await asked).code).toBe('vendor_unreachable');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-1');
  });

  it('is not there where the vendor repeats its token, and that is said', async () => {
    const kit = await openKit(() => json({ access_token: 't1', token_type: 'Bearer', expires_in: 3600 }));
    await officernd(kit);
    const { code, problem } = await failure(kit.keyfob.token({ account: 'members', forceNew: true }));
    expect([code, problem.reason]).toEqual(['vendor_refused', 'vendor_repeats_token']);
  });
});

describe('an end in the middle of a refresh', () => {
  /** A Keyfob that has sent its refresh token; `answer` lets the vendor's answer come. */
  async function midway() {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    const answered = Promise.withResolvers<void>();
    kit.answer = async (asked) => {
      const answer = vendor.answer(asked);
      await answered.promise;
      return answer;
    };
    const refreshing = kit.keyfob.refresh('hq').catch(() => undefined);
    await settle();
    expect(kit.keyfob.spending).toEqual(['hq']);
    let ended = false;
    const stopped = kit.keyfob.stop().then(() => (ended = true));
    return { kit, vendor, refreshing, stopped, ended: () => ended, answer: answered.resolve };
  }

  it('waits beyond the time that a request has, until the answer is kept', async () => {
    const { kit, vendor, stopped, ended, answer } = await midway();
    await kit.clock.pass(20_000);
    expect(ended()).toBe(false);
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('not_running');
    answer();
    await stopped;
    expect(kit.keyfob.spending).toEqual([]);
    expect(kit.vault.entries.get('hq')).toContain('refresh-2');
    expect(vendor.refreshes).toBe(1);
  });

  it('has a vault that refuses take the answer a little later', async () => {
    const { kit, stopped, ended, answer } = await midway();
    kit.vault.beforeWrite = async () => {
      throw new Error('disk full');
    };
    answer();
    await kit.clock.pass(3_000);
    expect([ended(), kit.keyfob.spending]).toEqual([false, ['hq']]);
    kit.vault.beforeWrite = async () => {};
    await kit.clock.pass(1_000);
    await stopped;
    expect(kit.vault.entries.get('hq')).toContain('refresh-2');
  });

  it('gives up after 25 s', async () => {
    const { kit, ended, answer, refreshing } = await midway();
    await kit.clock.pass(25_000);
    expect(ended()).toBe(true);
    answer();
    await refreshing;
  });

  it('does not wait for what sends no refresh token, and sends nothing more', async () => {
    const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer', expires_in: 60 }));
    await officernd(kit);
    kit.answer = () => new Promise(() => undefined);
    void kit.keyfob.refresh('members').catch(() => undefined);
    await settle();
    let ended = false;
    void kit.keyfob.stop().then(() => (ended = true));
    await kit.clock.pass(1_100);
    expect([ended, kit.keyfob.spending]).toEqual([true, []]);
    const sent = kit.asked.length;
    await kit.clock.pass(hour);
    expect(kit.asked).toHaveLength(sent);
  });
});

describe('many callers whose token the API refused', () => {
  it('wait for one refresh, and go on with what it brought', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(async (asked) => {
      await new Promise((resolve) => setImmediate(resolve));
      return vendor.answer(asked);
    });
    await eptura(kit);
    const tokens = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        for (let turn = 0; turn < index % 7; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        await kit.keyfob.refresh('hq', { rejected: sha('access-1') });
        return (await kit.keyfob.token({ account: 'hq' })).access_token;
      }),
    );
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(vendor.refreshes).toBe(1);
  });
});

describe('a vendor that has nothing new before the end', () => {
  function sameUntilTheEnd() {
    let current = { token: '', until: 0 };
    let minted = 0;
    return (kitOf: () => Kit): Answer =>
      () => {
        const now = kitOf().clock.unixMs();
        if (now >= current.until) {
          minted += 1;
          current = { token: `t${String(minted)}`, until: now + 3_599_000 };
        }
        return json({
          access_token: current.token,
          token_type: 'Bearer',
          expires_in: (current.until - now) / 1000,
        });
      };
  }

  it('is asked once an hour, not in a loop', async () => {
    const answer = sameUntilTheEnd()(() => kit);
    const kit: Kit = await openKit((asked) => answer(asked));
    await officernd(kit);
    for (let step = 0; step < 24 * 60; step++) {
      await kit.clock.pass(minute);
      await kit.keyfob.token({ account: 'members' });
    }
    expect(kit.asked.length).toBeLessThanOrEqual(26);
    expect(kit.asked.length).toBeGreaterThanOrEqual(24);
  });

  it('that repeats its token is not asked again for it, however strict the callers', async () => {
    const answer = sameUntilTheEnd()(() => kit);
    const kit: Kit = await openKit((asked) => answer(asked));
    await officernd(kit);
    await kit.clock.pass(30 * minute);
    for (let call = 0; call < 20; call++) {
      expect((await failure(kit.keyfob.token({ account: 'members', minValid: 3000 }))).code).toBe(
        'lifetime_too_short',
      );
    }
    expect(kit.asked).toHaveLength(2);
    expect(await kit.keyfob.token({ account: 'members' })).toMatchObject({
      access_token: 't1',
      expires_in: 1799,
    });
    await kit.keyfob.refresh('members', { rejected: sha('t1') });
    await kit.keyfob.refresh('members', { rejected: sha('t1') });
    expect(kit.asked).toHaveLength(3);
  });

  it('and rounds lives down serves through every end, without being asked in a loop', async () => {
    let born = 0;
    const kit: Kit = await openKit(() => {
      const now = kit.clock.unixMs();
      born = now - born >= 10_000 ? now : born;
      const told = Math.floor((born + 10_000 - now) / 1000);
      return json({ access_token: `t${String(born)}`, token_type: 'Bearer', expires_in: Math.min(9, told) });
    });
    await officernd(kit);
    for (let step = 0; step < 400; step++) {
      const asking = kit.keyfob.token({ account: 'members' });
      await kit.clock.pass(100);
      await Promise.race([asking, kit.clock.pass(3_000).then(() => asking)]);
    }
    const passed = kit.clock.steady() / 10_000;
    expect(kit.asked.length).toBeLessThan(passed * 3 + 3);
  });

  it('whose tokens live no time at all is not asked in a loop', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'Bearer', expires_in: 0 }));
    await officernd(kit);
    await kit.clock.pass(hour);
    expect(kit.asked.length).toBeLessThan(5);
    expect((await failure(kit.keyfob.token({ account: 'members' }))).code).toBe('lifetime_too_short');
  });
});

describe('a vendor that refuses one way after the other, slowly', () => {
  it('keeps no caller waiting beyond 30 s', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    kit.answer = async () => {
      await new Promise<void>((resolve) => kit.clock.after(11_000, resolve));
      return json({ error: 'invalid_grant' }, 400);
    };
    const asking = failure(kit.keyfob.token({ account: 'hq' }));
    await kit.clock.pass(30_000);
    expect(['vendor_unreachable', 'sign_in_needed']).toContain((await asking).code);
  });
});
