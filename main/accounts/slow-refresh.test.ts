// A refresh whose answer takes its time: it is kept whenever it comes, and the refresh token is sent once.
import { describe, expect, it } from 'vitest';
import { device, hour, json2, minute, sha, strict } from '../../testing/core-accounts.ts';
import { openKit, type Kit } from '../../testing/core-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { sha256 } from './digest.ts';

/** Lets time pass until `work` has ended, for `ms` at most in which it has to. */
async function inTime<T>(kit: Kit, work: Promise<T>, ms = 30_000): Promise<T> {
  let ended = false;
  const over = (): void => void (ended = true);
  work.then(over, over);
  for (let left = ms; left > 0 && !ended; left -= 1_000) {
    // What the runtime does beside our clock (digests) is done first, on a busy machine too.
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (let turn = 0; turn < 4; turn += 1) await sha256('');
    await kit.clock.pass(1_000);
  }
  expect(ended).toBe(true);
  return work;
}

/** An account whose vendor rotates at once and answers when `answer` is called. */
async function slow(lifetimeSeconds?: number) {
  const vendor = strict(lifetimeSeconds);
  const kit = await openKit(vendor.answer);
  await device(kit);
  const answered = Promise.withResolvers<void>();
  vendor.onRefresh = async () => {
    const granted = vendor.grant();
    await answered.promise;
    return granted;
  };
  return {
    vendor,
    kit,
    tries: () => vendor.asked['refresh_token'] ?? 0,
    kept: () => kit.vault.entries.get('desk') ?? '',
    async answer() {
      vendor.onRefresh = null;
      answered.resolve();
      await kit.clock.pass(10);
    },
  };
}

describe('the answer to a refresh token', () => {
  it('that takes 13 s is kept, and the token is sent once', async () => {
    const { vendor, kit, answer } = await slow();
    kit.clock.sleep(2 * hour);
    const asking = kit.keyfob.token({ account: 'desk' });
    await kit.clock.pass(13_000);
    await answer();
    expect((await asking).access_token).toBe('access-2');
    expect([vendor.asked['refresh_token'], vendor.reused]).toEqual([1, 0]);
  });

  it('that takes minutes is kept; callers hear within 30 s, join it and never send the token again', async () => {
    const { vendor, kit, tries, kept, answer } = await slow();
    kit.clock.sleep(2 * hour);
    for (let call = 0; call < 8; call++) {
      const asking = [
        failure(kit.keyfob.token({ account: 'desk' })),
        failure(kit.keyfob.refresh('desk')),
        failure(kit.keyfob.refresh('desk', { rejected: sha('access-1') })),
      ];
      const told = await inTime(kit, Promise.all(asking), 33_000);
      expect(told.map(({ code }) => code)).toEqual(Array(3).fill('vendor_unreachable'));
      expect(kit.keyfob.account('desk').state).toBe('refreshing');
    }
    expect(tries()).toBe(1);
    await answer();
    expect(kept()).toContain('refresh-2');
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-2');
    expect([tries(), vendor.reused]).toEqual([1, 0]);
  });

  it('is waited for in vain for five minutes, and then asked for again', async () => {
    const { kit, tries } = await slow();
    kit.answer = ({ init }) =>
      new Promise((_resolve, reject) => {
        init.signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    kit.clock.sleep(2 * hour);
    const sent = kit.asked.length;
    await kit.clock.pass(15_000);
    await kit.clock.pass(280_000);
    expect([kit.asked.length, tries()]).toEqual([sent + 1, 0]);
    await kit.clock.pass(25_000);
    expect(kit.asked.length).toBe(sent + 2);
  });

  it('is kept when the machine slept between', async () => {
    const { vendor, kit, answer } = await slow();
    kit.clock.sleep(2 * hour);
    await kit.clock.pass(15_000);
    kit.clock.sleep(8 * hour);
    kit.keyfob.wake();
    await kit.clock.pass(20_000);
    await answer();
    expect([kit.keyfob.account('desk').state, vendor.asked['refresh_token'], vendor.reused]).toEqual([
      'live',
      1,
      0,
    ]);
  });

  it('leaves the token in hand served while it lives, after 10 s at most', async () => {
    const { kit } = await slow();
    await kit.clock.pass(59 * minute + 30_000);
    const asking = kit.keyfob.token({ account: 'desk' });
    await kit.clock.pass(10_000);
    expect((await asking).access_token).toBe('access-1');
    const strictly = failure(kit.keyfob.token({ account: 'desk', minValid: 60 }));
    await kit.clock.pass(28_000);
    expect((await strictly).code).toBe('vendor_unreachable');
  });

  it('comes late for a request with a scope of its own, which joins and hears in time', async () => {
    const { vendor, kit, answer, kept } = await slow();
    vendor.onRefresh = null;
    const ask = { account: 'desk', scope: 'other' };
    const answered = Promise.withResolvers<void>();
    vendor.onRefresh = async () => {
      const granted = vendor.grant({ scope: 'other' });
      await answered.promise;
      return granted;
    };
    for (let call = 0; call < 3; call++) {
      const asking = failure(kit.keyfob.token(ask));
      await kit.clock.pass(29_000);
      expect((await asking).code).toBe('vendor_unreachable');
    }
    answered.resolve();
    await answer();
    expect(kept()).toContain('refresh-2');
    expect((await kit.keyfob.token(ask)).access_token).toBe('access-2');
    expect([vendor.asked['refresh_token'], vendor.reused]).toEqual([1, 0]);
  });
});

describe('a caller with a min_valid that fresh tokens meet', () => {
  it('heard lifetime_too_short of a token that had aged on its way: another is asked for', async () => {
    const { vendor, kit, answer } = await slow(30);
    kit.clock.sleep(minute);
    const asking = kit.keyfob.token({ account: 'desk', minValid: 20 });
    await kit.clock.pass(15_000);
    await answer();
    expect(await asking).toMatchObject({ access_token: 'access-3', expires_in: 30 });
    expect(vendor.reused).toBe(0);
  });

  it('hears vendor_unreachable while each is that slow, and lifetime_too_short of what no fresh one meets', async () => {
    const { vendor, kit } = await slow(30);
    vendor.onRefresh = async () => {
      await new Promise<void>((resolve) => kit.clock.after(13_000, resolve));
      return vendor.grant();
    };
    kit.clock.sleep(minute);
    const strictly = failure(kit.keyfob.token({ account: 'desk', minValid: 20 }));
    expect((await inTime(kit, strictly)).code).toBe('vendor_unreachable');
    const tooMuch = failure(kit.keyfob.token({ account: 'desk', minValid: 31 }));
    expect((await inTime(kit, tooMuch)).code).toBe('lifetime_too_short');
  });

  it('hears the same of a token with a scope of its own', async () => {
    const { vendor, kit, answer } = await slow(30);
    vendor.onRefresh = async () => {
      await new Promise<void>((resolve) => kit.clock.after(15_000, resolve));
      return vendor.grant({ scope: 'other' });
    };
    const asking = failure(kit.keyfob.token({ account: 'desk', scope: 'other', minValid: 20 }));
    expect((await inTime(kit, asking)).code).toBe('vendor_unreachable');
    await answer();
    const tooMuch = failure(kit.keyfob.token({ account: 'desk', scope: 'other', minValid: 31 }));
    expect((await inTime(kit, tooMuch)).code).toBe('lifetime_too_short');
  });
});

describe('beside a refresh under way', () => {
  async function underWay() {
    const slowly = await slow();
    slowly.kit.clock.sleep(2 * hour);
    await slowly.kit.clock.pass(15_000);
    expect(slowly.tries()).toBe(1);
    return slowly;
  }

  it('a change of a secret loses nothing', async () => {
    const { vendor, kit, answer, kept } = await underWay();
    await kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 's2' } });
    await answer();
    expect(kept()).toContain('refresh-2');
    expect(kept()).toContain('s2');
    await kit.keyfob.refresh('desk');
    expect([kit.asked.at(-1)?.parameters['refresh_token'], vendor.reused]).toEqual(['refresh-2', 0]);
  });

  it('a lock waits 25 s at most, and what comes later is kept at the unlock', async () => {
    const { vendor, kit, answer, kept } = await underWay();
    let locked = false;
    const locking = kit.keyfob.lock().then(() => (locked = true));
    expect((await failure(kit.keyfob.token({ account: 'desk' }))).code).toBe('vault_locked');
    await kit.clock.pass(26_000);
    expect(locked).toBe(true);
    await locking;
    await answer();
    expect(kept()).not.toContain('refresh-2');
    await kit.keyfob.unlock();
    await kit.clock.pass(5_000);
    expect(kept()).toContain('refresh-2');
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-2');
    expect([vendor.asked['refresh_token'], vendor.reused]).toEqual([1, 0]);
  });

  it('a lock and an unlock do not send the token again', async () => {
    const { vendor, kit, answer, kept } = await underWay();
    const locking = kit.keyfob.lock();
    await kit.clock.pass(26_000);
    await locking;
    await kit.keyfob.unlock();
    await kit.clock.pass(20_000);
    expect(vendor.asked['refresh_token']).toBe(1);
    await answer();
    expect([kept().includes('refresh-2'), vendor.reused]).toEqual([true, 0]);
  });

  it('a new sign-in waits for nothing, is renewed, and is not overwritten by the late answer', async () => {
    const { vendor, kit, answer, kept } = await underWay();
    await kit.keyfob.logout('desk');
    vendor.onRefresh = null;
    await kit.keyfob.login('desk');
    await kit.clock.pass(2_000);
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-3');
    await kit.keyfob.refresh('desk');
    await answer();
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-4');
    expect(kept()).toContain('refresh-4');
    expect(vendor.reused).toBe(0);
  });

  it('a revocation waits 25 s at most', async () => {
    const { kit } = await underWay();
    let revoked = false;
    void kit.keyfob.revoke('desk').then(() => (revoked = true));
    await kit.clock.pass(26_000);
    expect([revoked, kit.keyfob.account('desk').state]).toEqual([true, 'signed_out']);
  });
});

describe('an answer that cannot be used, with a new refresh token in it', () => {
  it.each([
    ['no access token', { access_token: undefined }, 'unusable_answer'],
    ['an access token of null', { access_token: null }, 'unusable_answer'],
    ['an access token that cannot be sent', { access_token: 'ä\n' }, 'unusable_answer'],
    ['an error beside it', { access_token: '', error: 'internal_error' }, 'vendor_refused'],
  ])('(%s) loses none, over a restart neither', async (_name, more, code) => {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    await device(kit);
    vendor.onRefresh = () => vendor.grant(more);
    await kit.clock.pass(56 * minute);
    expect(kit.keyfob.account('desk').state).toBe('retrying');
    expect(vendor.asked['refresh_token']).toBeGreaterThan(2);
    await kit.clock.pass(6 * minute);
    expect((await failure(kit.keyfob.token({ account: 'desk' }))).code).toBe(code);
    expect(vendor.reused).toBe(0);
    await kit.keyfob.stop();
    const again = await kit.restart();
    vendor.onRefresh = null;
    await again.clock.pass(minute);
    expect([again.keyfob.account('desk').state, vendor.reused]).toEqual(['live', 0]);
  });

  it('without a token type is a good one', async () => {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    await device(kit);
    vendor.onRefresh = () => vendor.grant({ token_type: undefined });
    await kit.keyfob.refresh('desk');
    expect(await kit.keyfob.token({ account: 'desk' })).toMatchObject({
      access_token: 'access-2',
      token_type: 'Bearer',
    });
  });

  it('loses none where a scope of its own was asked for', async () => {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    await device(kit);
    vendor.onRefresh = () => vendor.grant({ access_token: null });
    const told = await failure(kit.keyfob.token({ account: 'desk', scope: 'other' }));
    expect(told.code).toBe('unusable_answer');
    vendor.onRefresh = null;
    await kit.keyfob.refresh('desk');
    expect(vendor.reused).toBe(0);
  });
});

describe('a storm of refreshes, sign-ins, changes of a secret and logouts', () => {
  it('at a vendor that takes each refresh token once sends none twice, and ends with one record', async () => {
    const vendor = strict(30);
    const kit = await openKit(async (asked) => {
      // The vendor acts when it is asked, and its answer takes a while; others come between.
      const answer = await vendor.answer(asked);
      await new Promise<void>((resolve) => kit.clock.after(1 + ((kit.asked.length * 7) % 40), resolve));
      return answer;
    });
    let writes = 0;
    kit.vault.beforeWrite = async () => {
      writes += 1;
      await new Promise<void>((resolve) => kit.clock.after(writes % 9, resolve));
    };
    await inTime(kit, json2(kit, 'password'), 5 * minute);
    let secret = '';
    const acts = [
      () => kit.keyfob.refresh('desk'),
      () => kit.keyfob.token({ account: 'desk', minValid: 25 }),
      () => kit.keyfob.login('desk'),
      () => kit.keyfob.refresh('desk', { rejected: sha('access-1') }),
      (turn: number) => {
        secret = `s${String(turn)}`;
        return kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: secret } });
      },
      () => kit.keyfob.token({ account: 'desk' }),
      async () => {
        await kit.keyfob.logout('desk');
        await kit.keyfob.login('desk');
      },
    ];
    const under: Promise<unknown>[] = [];
    for (let turn = 0; turn < 700; turn++) {
      const act = acts[(turn * 5 + Math.floor(turn / 11)) % acts.length];
      under.push(Promise.resolve(act?.(turn)).catch(() => undefined));
      if (turn % 3 === 0) await kit.clock.pass((turn * 13) % 50);
    }
    await inTime(kit, Promise.all(under), 5 * minute);
    expect(vendor.reused).toBe(0);
    expect(vendor.asked['refresh_token']).toBeGreaterThan(20);
    await inTime(kit, kit.keyfob.login('desk'));
    await inTime(kit, kit.keyfob.refresh('desk'));
    const record = JSON.parse(kit.vault.entries.get('desk') ?? '') as {
      secrets: Record<string, string>;
      state: { session: { access_token: string } };
    };
    expect(record.secrets['client_secret']).toBe(secret);
    const { access_token } = await inTime(kit, kit.keyfob.token({ account: 'desk' }));
    expect(access_token).toBe(record.state.session.access_token);
    expect(vendor.reused).toBe(0);
  });
});
