// What an answer to a refresh says of the sign-in: ended, the client's settings, or nothing yet.
import { describe, expect, it } from 'vitest';
import { device, hour, json2, minute, sha, strict } from '../../testing/core-accounts.ts';
import { json, openKit, type Kit } from '../../testing/core-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';

const page = (status: number): Response =>
  new Response('<html>sign in to the network</html>', { status, headers: { 'content-type': 'text/html' } });
const text = (body: string, status: number): Response => new Response(body, { status });

/** An account whose token is about to be renewed by itself, at a vendor that a test scripts. */
async function opened(lifetimeSeconds = 3600) {
  const vendor = strict(lifetimeSeconds);
  const kit = await openKit(vendor.answer);
  await device(kit);
  const tries = (): number => vendor.asked['refresh_token'] ?? 0;
  return { vendor, kit, tries, state: () => kit.keyfob.account('desk').state };
}

/** Waits in ms between the tries of an account, as the vendor saw them. */
function waits(kit: Kit): number[] {
  const at = kit.asked.filter((one) => one.parameters['grant_type'] === 'refresh_token').map((one) => one.at);
  return at.slice(1).map((one, index) => one - (at[index] ?? 0));
}

describe('a refresh that is answered with a word that judges the grant', () => {
  it.each([
    'invalid_grant',
    'bad_refresh_token',
    'refresh_token_expired',
    'invalid_refresh_token',
    'refresh_token_reused',
    'token_expired',
  ])('%s asks the person, with 400 and with 200', async (error) => {
    for (const status of [400, 200]) {
      const { vendor, kit, tries, state } = await opened();
      vendor.onRefresh = () => json({ error }, status);
      kit.clock.sleep(2 * hour);
      const told = await failure(kit.keyfob.token({ account: 'desk' }));
      expect([told.code, told.vendor?.error]).toEqual(['sign_in_needed', error]);
      expect(state()).toBe('sign_in_needed');
      await kit.clock.pass(3 * hour);
      await failure(kit.keyfob.token({ account: 'desk' }));
      expect(tries()).toBe(1);
    }
  });

  it('of the vendor’s own, which its profile names, asks the person too', async () => {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    const profile = { ...profileOf('oauth2-json'), id: 'own', ends_sign_in: ['GRANT_GONE'] };
    profile.grants = {
      ...profile.grants,
      password: { ...profile.grants.password!, renewal: ['refresh_token'] },
    };
    await kit.keyfob.addProvider(JSON.stringify({ ...profile, default_grant: 'password' }));
    const settings = { token_url: 'https://api.example.com/token', client_id: 'c1', username: 'alice' };
    const secrets = { client_secret: 's1', password: 'keys' };
    await kit.keyfob.add({ name: 'desk', provider: 'own', settings, secrets });
    await kit.keyfob.login('desk');
    vendor.onRefresh = () => json({ error: 'GRANT_GONE' }, 400);
    expect((await failure(kit.keyfob.refresh('desk'))).code).toBe('sign_in_needed');
  });
});

describe('a refresh that is answered without a judgement', () => {
  const unjudging: [name: string, answer: () => Response, code: string][] = [
    ['400 unknown_error', () => json({ error: 'unknown_error' }, 400), 'vendor_refused'],
    ['400 Access Denied', () => json({ error: 'Access Denied' }, 400), 'vendor_refused'],
    ['200 ratelimited', () => json({ ok: false, error: 'ratelimited' }), 'vendor_refused'],
    ['200 internal_error', () => json({ ok: false, error: 'internal_error' }), 'vendor_refused'],
    ['400 with an object', () => json({ error: { message: 'Try later' } }, 400), 'vendor_refused'],
    ['400 without a word', () => json({}, 400), 'vendor_unreachable'],
    ['400 with torn JSON', () => text('{"error":"invalid_gr', 400), 'vendor_unreachable'],
    ['401 without a word', () => json({ message: 'no' }, 401), 'vendor_unreachable'],
    ['401 with a page', () => page(401), 'vendor_unreachable'],
    ['403 of a gateway', () => json({ message: 'Forbidden' }, 403), 'vendor_unreachable'],
    ['403 with nothing', () => text('', 403), 'vendor_unreachable'],
    ['404', () => json({}, 404), 'vendor_unreachable'],
    ['200 with a page', () => page(200), 'vendor_unreachable'],
    ['200 with torn JSON', () => text('{"access_tok', 200), 'unusable_answer'],
    ['200 without a token', () => json({ token_type: 'bearer' }), 'unusable_answer'],
    ['200 with a token of null', () => json({ access_token: null }), 'unusable_answer'],
    ['503', () => json({}, 503), 'vendor_unreachable'],
    [
      'no answer',
      () => {
        throw new TypeError('network is down');
      },
      'vendor_unreachable',
    ],
  ];

  it.each(unjudging)(
    '%s: the sign-in stands, is told, and heals within minutes',
    async (_name, answer, code) => {
      const { vendor, kit, state } = await opened();
      vendor.onRefresh = answer;
      await kit.clock.pass(59 * minute);
      // The old token is served while it lives.
      expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-1');
      await kit.clock.pass(3 * minute);
      expect((await failure(kit.keyfob.token({ account: 'desk' }))).code).toBe(code);
      const { notice, next_refresh_at } = kit.keyfob.account('desk');
      expect([state(), notice === null, next_refresh_at === null]).toEqual(['retrying', false, false]);
      vendor.onRefresh = null;
      await kit.clock.pass(15 * minute);
      expect([state(), vendor.reused]).toEqual(['live', 0]);
    },
  );

  it.each(unjudging)(
    '%s: is tried with growing waits for days, an hour apart at most',
    async (_name, answer) => {
      const { vendor, kit, tries, state } = await opened();
      vendor.onRefresh = answer;
      kit.clock.chance = 0.999;
      await kit.clock.pass(3 * 24 * hour);
      expect(state()).toBe('retrying');
      expect(tries()).toBeGreaterThan(70);
      expect(tries()).toBeLessThan(3 * 24 * 13);
      expect(Math.max(...waits(kit))).toBeLessThanOrEqual(hour + 1_000);
      expect(waits(kit).slice(0, 5)).toEqual([...waits(kit).slice(0, 5)].toSorted((a, b) => a - b));
    },
  );

  it('that only a person mends is not asked about 22 times an hour', async () => {
    const { vendor, kit, tries } = await opened();
    vendor.onRefresh = () => json({ token_type: 'bearer' });
    await kit.clock.pass(hour + 50 * minute);
    const before = tries();
    await kit.clock.pass(4 * hour);
    expect(tries() - before).toBeLessThanOrEqual(8);
  });

  it.each([
    [
      'a change of network',
      async (kit: Kit) => {
        kit.keyfob.wake();
      },
    ],
    [
      'a person’s refresh',
      async (kit: Kit) => {
        await kit.keyfob.refresh('desk');
      },
    ],
  ])('is tried at once on %s, whatever Retry-After said', async (_name, act) => {
    const { vendor, kit, state } = await opened();
    vendor.onRefresh = () => json({}, 503, { 'retry-after': '86400' });
    await kit.clock.pass(65 * minute);
    expect(state()).toBe('retrying');
    vendor.onRefresh = null;
    await act(kit);
    await kit.clock.pass(10);
    expect(state()).toBe('live');
  });

  it('with Retry-After: 86400 by mistake is tried by itself within an hour, and by callers not before', async () => {
    const { vendor, kit, tries } = await opened();
    vendor.onRefresh = () => json({}, 503, { 'retry-after': '86400' });
    await kit.clock.pass(62 * minute);
    const before = tries();
    expect((await failure(kit.keyfob.token({ account: 'desk' }))).problem.retry_after).toBeLessThanOrEqual(
      3600,
    );
    await failure(kit.keyfob.refresh('desk', { rejected: sha('access-1') }));
    expect(tries()).toBe(before);
    vendor.onRefresh = null;
    await kit.clock.pass(hour);
    expect(kit.keyfob.account('desk').state).toBe('live');
  });

  it('once, after a night without a network, is tried again within seconds', async () => {
    const { vendor, kit, state } = await opened();
    vendor.onRefresh = () => {
      throw new TypeError('network is down');
    };
    await kit.clock.pass(10 * hour);
    vendor.onRefresh = () => {
      vendor.onRefresh = null;
      return json({ message: 'Forbidden' }, 403);
    };
    kit.keyfob.wake();
    await kit.clock.pass(5_000);
    expect(state()).toBe('live');
  });

  it('goes on over a restart', async () => {
    const { vendor, kit } = await opened();
    vendor.onRefresh = () => json({ error: 'unknown_error' }, 400);
    await kit.clock.pass(5 * hour);
    const again = await kit.restart();
    await again.clock.pass(minute);
    expect(again.keyfob.account('desk').state).toBe('retrying');
    vendor.onRefresh = null;
    await again.clock.pass(5 * minute);
    expect((await again.keyfob.token({ account: 'desk' })).access_token).toBe('access-2');
  });
});

describe('a refresh whose client is refused', () => {
  const errors = ['invalid_client', 'unauthorized_client', 'invalid_scope', 'unsupported_grant_type'];

  it.each(errors)('with %s stands, and is asked for hourly by itself', async (error) => {
    const { vendor, kit, tries, state } = await opened();
    vendor.onRefresh = () =>
      json({ error, error_description: 'look at it' }, error === 'invalid_client' ? 401 : 400);
    await kit.clock.pass(61 * minute);
    const { notice, next_refresh_at } = kit.keyfob.account('desk');
    expect([state(), notice?.params['error']]).toEqual(['retrying', error]);
    const wait = (next_refresh_at ?? 0) * 1000 - kit.clock.unixMs();
    expect(wait).toBeGreaterThan(40 * minute);
    expect(wait).toBeLessThanOrEqual(hour + 1_000);
    const before = tries();
    await kit.clock.pass(24 * hour);
    expect(tries() - before).toBeGreaterThanOrEqual(23);
    expect(tries() - before).toBeLessThanOrEqual(27);
    expect(state()).toBe('retrying');
  });

  it.each(errors)('with %s tells callers what to change, and asks once a minute for them', async (error) => {
    const { vendor, kit, tries } = await opened();
    vendor.onRefresh = () => json({ error }, 400);
    await kit.clock.pass(61 * minute);
    await failure(kit.keyfob.token({ account: 'desk' }));
    const before = tries();
    for (let second = 0; second < 300; second++) {
      const told = await failure(kit.keyfob.token({ account: 'desk' }));
      expect([told.code, told.vendor?.error]).toEqual(['vendor_refused', error]);
      if (error === 'invalid_client') {
        expect(told.problem.action).toMatchObject({
          type: 'give_secret',
          params: { field: 'client_secret' },
        });
      }
      await failure(kit.keyfob.refresh('desk', { rejected: sha('access-1') }));
      await kit.clock.pass(1_000);
    }
    expect(tries() - before).toBeGreaterThanOrEqual(4);
    expect(tries() - before).toBeLessThanOrEqual(6);
  });

  it('goes on at once after `set`, with the refresh token that was kept', async () => {
    const { vendor, kit, state } = await opened();
    vendor.onRefresh = () =>
      kit.asked.at(-1)?.parameters['client_secret'] === 's2'
        ? vendor.grant()
        : json({ error: 'invalid_client' }, 401);
    await kit.clock.pass(2 * hour);
    await failure(kit.keyfob.token({ account: 'desk' }));
    await kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 's2' } });
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-2');
    expect([state(), vendor.reused]).toEqual(['live', 0]);
  });

  it('while the new secret is being set is not waited for an hour', async () => {
    const { vendor, kit, state } = await opened();
    const answered = Promise.withResolvers<void>();
    vendor.onRefresh = async () => {
      if (kit.asked.at(-1)?.parameters['client_secret'] === 's2') return vendor.grant();
      await answered.promise;
      return json({ error: 'invalid_client' }, 401);
    };
    kit.clock.sleep(2 * hour);
    const refreshing = failure(kit.keyfob.refresh('desk'));
    await kit.clock.pass(1_000);
    await kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 's2' } });
    answered.resolve();
    await refreshing;
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-2');
    expect(state()).toBe('live');
  });

  it('is tried at once by a person’s refresh and by a sign-in', async () => {
    const { vendor, kit, tries, state } = await opened();
    vendor.onRefresh = () => json({ error: 'invalid_client' }, 401);
    await kit.clock.pass(61 * minute);
    const before = tries();
    expect((await failure(kit.keyfob.refresh('desk'))).code).toBe('vendor_refused');
    expect((await failure(kit.keyfob.refresh('desk'))).code).toBe('vendor_refused');
    expect(tries()).toBe(before + 2);
    await kit.keyfob.login('desk');
    await kit.clock.pass(2_000);
    expect(state()).toBe('live');
  });

  it('leaves the token in hand served while it lives', async () => {
    const { vendor, kit } = await opened();
    vendor.onRefresh = () => json({ error: 'invalid_client' }, 401);
    await kit.clock.pass(59 * minute);
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-1');
  });
});

describe('a refresh refused with invalid_grant, and then what needs no person', () => {
  it.each([
    ['no answer', () => Promise.reject(new TypeError('network is down'))],
    ['a page', () => page(401)],
    ['a page with 200', () => page(200)],
    ['torn JSON', () => text('{"access_tok', 200)],
    ['torn JSON with 401', () => text('{"err', 401)],
    ['404', () => json({}, 404)],
    ['500', () => json({}, 500)],
    ['503', () => json({}, 503)],
  ] as [string, () => Response | Promise<Response>][])(
    'not judged (%s): tried again within 3 s, then with growing waits',
    async (_name, answer) => {
      for (const grant of ['password', 'client_credentials'] as const) {
        const vendor = strict();
        const kit = await openKit(vendor.answer);
        await json2(kit, grant);
        const others = (): number => vendor.asked[grant] ?? 0;
        vendor.onRefresh = () => json({ error: 'invalid_grant' }, 400);
        vendor.onOther = answer;
        kit.clock.sleep(2 * hour);
        await failure(kit.keyfob.token({ account: 'desk' }));
        expect([others(), kit.keyfob.account('desk').state]).toEqual([2, 'retrying']);
        expect(kit.keyfob.account('desk').next_refresh_at).not.toBeNull();
        await kit.clock.pass(3_000);
        expect(others()).toBeGreaterThanOrEqual(3);
        await kit.clock.pass(6 * hour);
        expect(kit.keyfob.account('desk').state).toBe('retrying');
        expect(others()).toBeLessThan(110);
        vendor.onOther = null;
        await kit.clock.pass(hour);
        expect([kit.keyfob.account('desk').state, vendor.asked['refresh_token'] ?? 0]).toEqual(['live', 1]);
      }
    },
  );
});

describe('a stored password', () => {
  async function refused(answer: () => Response) {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    await json2(kit, 'password');
    vendor.onRefresh = () => json({ error: 'invalid_grant' }, 400);
    vendor.onOther = answer;
    kit.clock.sleep(2 * hour);
    // The first one was the sign-in's.
    return { kit, vendor, sent: () => (vendor.asked['password'] ?? 0) - 1 };
  }

  it.each([
    ['invalid_grant', () => json({ error: 'invalid_grant' }, 400)],
    ['access_denied', () => json({ error: 'access_denied' }, 403)],
    ['a 401 with a word', () => json({ error: 'wrong_password' }, 401)],
    ['a 401 in JSON without a word', () => json({ message: 'no' }, 401)],
  ])('is not sent again by itself after %s, over a restart neither', async (_name, answer) => {
    const { kit, sent } = await refused(answer);
    expect((await failure(kit.keyfob.token({ account: 'desk' }))).code).toBe('sign_in_needed');
    const again = await kit.restart();
    await again.clock.pass(24 * hour);
    expect((await failure(again.keyfob.token({ account: 'desk' }))).code).toBe('sign_in_needed');
    expect(sent()).toBe(1);
  });

  it.each([
    ['400 unknown_error', () => json({ error: 'unknown_error' }, 400)],
    ['400 without a word', () => json({}, 400)],
    ['403 without a word', () => json({ message: 'Forbidden' }, 403)],
    ['401 invalid_client', () => json({ error: 'invalid_client' }, 401)],
    ['200 with a word', () => json({ ok: false, error: 'ratelimited' })],
  ])('is sent three times a day at most after %s, whoever asks, over restarts too', async (_name, answer) => {
    const { kit, vendor, sent } = await refused(answer);
    let one = kit;
    for (let hours = 0; hours < 23; hours++) {
      await failure(one.keyfob.token({ account: 'desk' }));
      await failure(one.keyfob.refresh('desk'));
      one.keyfob.wake();
      await one.clock.pass(hour);
      if (hours % 5 === 4) {
        await one.keyfob.stop();
        one = await one.restart();
      }
    }
    expect(sent()).toBe(3);
    const { state, next_refresh_at, notice } = one.keyfob.account('desk');
    expect([state, next_refresh_at === null, notice === null]).toEqual(['retrying', false, false]);
    await one.clock.pass(2 * hour);
    expect(sent()).toBeGreaterThan(3);
    expect(sent()).toBeLessThanOrEqual(6);
    vendor.onOther = null;
    await one.clock.pass(24 * hour);
    expect(one.keyfob.account('desk').state).toBe('live');
  });

  it('that was sent three times was not sent by a person’s own refresh either', async () => {
    const { kit, vendor, sent } = await refused(() => json({ error: 'unknown_error' }, 400));
    await kit.clock.pass(20 * hour);
    expect(sent()).toBe(3);
    await failure(kit.keyfob.refresh('desk'));
    await failure(kit.keyfob.refresh('desk', { rejected: sha('access-1'), isPersons: true }));
    expect(sent()).toBe(3);
    await failure(kit.keyfob.refresh('desk', { isPersons: true }));
    expect(sent()).toBe(4);
    await failure(kit.keyfob.refresh('desk'));
    await kit.clock.pass(5 * minute);
    expect(sent()).toBe(4);
    vendor.onOther = null;
    await kit.keyfob.refresh('desk', { isPersons: true });
    expect(kit.keyfob.account('desk').state).toBe('live');
  });

  it('heals within minutes after one refusal that judged nothing', async () => {
    const { kit, vendor } = await refused(() => {
      vendor.onOther = null;
      return json({ message: 'Forbidden' }, 403);
    });
    await kit.clock.pass(2 * minute);
    expect(kit.keyfob.account('desk').state).toBe('live');
  });

  it('that may have counted is tried at once with what a person set', async () => {
    const { kit, vendor } = await refused(() => json({ error: 'invalid_client' }, 401));
    await kit.clock.pass(20 * hour);
    vendor.onOther = null;
    await kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 's2' } });
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('access-2');
  });

  it('helps where the vendor has no words for a refresh token that is gone, and leaves that one kept', async () => {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    await json2(kit, 'password');
    vendor.onRefresh = () => json({ message: 'no' }, 401);
    vendor.onOther = () => json({ message: 'no' }, 401);
    await kit.clock.pass(60 * minute);
    expect(vendor.asked['password']).toBe(1);
    await kit.clock.pass(30 * minute);
    expect([vendor.asked['password'], kit.keyfob.account('desk').state]).toEqual([2, 'retrying']);
    vendor.onRefresh = null;
    await kit.clock.pass(hour);
    expect([kit.keyfob.account('desk').state, vendor.reused]).toEqual(['live', 0]);
  });
});
