// What callers get: tokens that will do, by the account that is meant, with a scope of their own where it is asked for.
import { describe, expect, it } from 'vitest';
import { eptura, hour, minute, officernd, rotating, sha } from '../../testing/core-accounts.ts';
import { json, openKit, type Answer, type Kit } from '../../testing/core-kit.ts';
import { account } from '../../testing/home-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';

describe('a token that is handed out', () => {
  it('is the one of the sign-in while it lives, without asking again', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    const token = await kit.keyfob.token({ account: 'hq' });
    expect(token).toMatchObject({
      access_token: 'access-1',
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'email',
      headers: { Authorization: 'Bearer access-1' },
      query: {},
    });
    expect(kit.asked).toHaveLength(2);
  });

  it('is fresh when less than what was asked for is left', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    await kit.clock.pass(10 * minute);
    const token = await kit.keyfob.token({ account: 'hq', minValid: 3300 });
    expect(token.access_token).toBe('access-2');
    expect(token.expires_in).toBe(3600);
  });

  it('is refused when the vendor’s tokens live shorter than that, after no question at all', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    const error = await failure(kit.keyfob.token({ account: 'hq', minValid: 7200 }));
    expect(error.code).toBe('lifetime_too_short');
    expect(kit.asked).toHaveLength(2);
  });

  it('lives by the clock that does not jump when somebody sets the clock back', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    await kit.clock.pass(59 * minute);
    kit.clock.jump(-3 * hour);
    await kit.clock.pass(2 * minute);
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vendor_unreachable');
  });

  it('is what is left when nothing fresher can be had and nothing was said', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    await kit.clock.pass(hour - 5_000);
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({
      access_token: 'access-1',
      expires_in: 5,
    });
    expect((await failure(kit.keyfob.token({ account: 'hq', minValid: 30 }))).code).toBe(
      'vendor_unreachable',
    );
  });

  it.each([
    ['text that is no JSON', () => new Response('granted!', { headers: { 'content-type': 'text/plain' } })],
    ['an answer without an access token', () => json({ expires_in: 3600, token_type: 'Bearer' })],
    ['an access token that no header can carry', () => json({ access_token: 'a\nb', token_type: 'Bearer' })],
  ])('does not come of %s: that is told as it is, and tried again', async (_what, answer) => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.answer = answer;
    await kit.clock.pass(hour + minute);
    const error = await failure(kit.keyfob.token({ account: 'hq' }));
    expect(error).toMatchObject({
      code: 'unusable_answer',
      problem: { reason: 'answer_unusable_retried', params: { why: { reason: 'cannot_be_used' } } },
    });
    kit.answer = vendor.answer;
    await kit.clock.pass(hour);
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({ account: 'hq' });
  });

  it('may have no known end, and then promises nothing', async () => {
    const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer' }));
    await officernd(kit);
    expect(await kit.keyfob.token({ account: 'members' })).toMatchObject({
      expires_at: null,
      expires_in: null,
    });
    expect((await failure(kit.keyfob.token({ account: 'members', minValid: 1 }))).code).toBe(
      'lifetime_too_short',
    );
  });
});

describe('the selected account', () => {
  it('is what a request without a name gets, over all and for a provider', async () => {
    const kit = await openKit((asked) =>
      json({ access_token: asked.parameters['client_id'] ?? '', token_type: 'Bearer', expires_in: 60 }),
    );
    expect((await failure(kit.keyfob.token({}))).code).toBe('no_account_selected');
    await officernd(kit, 'one');
    await officernd(kit, 'two');
    await kit.keyfob.use('two');
    expect((await kit.keyfob.token({})).account).toBe('two');
    await kit.keyfob.use('one');
    expect((await kit.keyfob.token({ provider: 'officernd' })).account).toBe('one');
    expect((await failure(kit.keyfob.token({ provider: 'ioffice' }))).code).toBe('no_account_selected');
    await kit.keyfob.remove('one');
    expect((await failure(kit.keyfob.token({}))).code).toBe('no_account_selected');
  });
});

describe('a token with a scope of its own', () => {
  const granted: Answer = ({ parameters }) =>
    json({
      access_token: `a-${parameters['scope'] ?? ''}-${parameters['resource'] ?? ''}`,
      token_type: 'bearer',
      expires_in: 600,
      scope: parameters['scope'],
    });

  it('is asked for once, kept by what was asked, and leaves the account’s own alone', async () => {
    const kit = await openKit(granted);
    await officernd(kit);
    const downscoped = { account: 'members', scope: 'b a' };
    expect(await kit.keyfob.token(downscoped)).toMatchObject({ access_token: 'a-b a-', scope: 'b a' });
    await kit.keyfob.token({ account: 'members', scope: 'a b' });
    expect((await kit.keyfob.token({ account: 'members' })).access_token).toBe('a-officernd.api.read-');
    await kit.keyfob.token({ account: 'members', scope: 'officernd.api.read' });
    expect(kit.asked).toHaveLength(2);
    await kit.keyfob.logout('members');
    expect((await failure(kit.keyfob.token(downscoped))).code).toBe('sign_in_needed');
    expect(
      (await failure(kit.keyfob.token({ account: 'members', audience: 'https://x.example' }))).code,
    ).toBe('sign_in_needed');
  });

  it('by refresh keeps the new refresh token before it is served, and never sends one twice', async () => {
    let current = 'r0';
    let count = 0;
    let reused = 0;
    const kit = await openKit(({ parameters }) => {
      if (parameters['grant_type'] === 'refresh_token') {
        reused += parameters['refresh_token'] === current ? 0 : 1;
      }
      count += 1;
      current = `r${String(count)}`;
      return json({
        access_token: `a${String(count)}-${parameters['scope'] ?? ''}-${parameters['resource'] ?? ''}`,
        refresh_token: current,
        token_type: 'bearer',
        expires_in: 600,
      });
    });
    await kit.keyfob.add({
      name: 'std',
      provider: 'oauth2',
      grant: 'password',
      settings: {
        token_url: 'https://api.example.com/token',
        client_id: 'c1',
        username: 'alice',
        scope: 'a b',
      },
      secrets: { password: 'keys' },
    });
    await kit.keyfob.login('std');
    const both = await Promise.all([
      kit.keyfob.token({ account: 'std', scope: 'a' }),
      kit.keyfob.token({ account: 'std', scope: 'a' }),
      kit.keyfob.token({ account: 'std', scope: 'b', audience: 'https://api.example.com' }),
      kit.keyfob.refresh('std'),
    ]);
    expect(both[0].access_token).toBe(both[1].access_token);
    expect(both[2].access_token).toContain('-b-https://api.example.com');
    expect(reused).toBe(0);
    expect(kit.vault.entries.get('std')).toContain(`"refresh_token":"${current}"`);
    expect((await kit.keyfob.token({ account: 'std' })).access_token).not.toContain('-b-');
  });

  it.each([0, -100, '0'])('was served dead where the vendor says it lives for %j', async (expires_in) => {
    const kit = await openKit(granted);
    await officernd(kit);
    kit.answer = () => json({ access_token: 'dead', token_type: 'bearer', expires_in });
    for (const own of [{ scope: 'x' }, { scope: 'y' }, { scope: 'x' }, { scope: 'x', minValid: 0 }]) {
      const error = await failure(kit.keyfob.token({ account: 'members', ...own }));
      expect([error.code, error.problem.reason]).toEqual(['lifetime_too_short', 'lifetime_none']);
    }
    await kit.clock.pass(minute);
    kit.answer = granted;
    expect((await kit.keyfob.token({ account: 'members', scope: 'x' })).expires_in).toBe(600);
  });

  describe('that the vendor does not give now', () => {
    const wanted = { account: 'members', scope: 'x' };
    async function refusedWith(answer: Answer): Promise<Kit> {
      const kit = await openKit(granted);
      await officernd(kit);
      kit.answer = answer;
      return kit;
    }

    it('was asked for at once by every caller, whatever Retry-After said', async () => {
      const kit = await refusedWith(() => json({}, 429, { 'retry-after': '20' }));
      for (const scope of ['x', 'x', 'y', 'x']) {
        const { code, problem } = await failure(kit.keyfob.token({ account: 'members', scope }));
        expect([code, problem.retry_after]).toEqual(['vendor_unreachable', 20]);
      }
      expect(kit.asked).toHaveLength(2);
      await kit.clock.pass(20_000);
      kit.answer = granted;
      expect((await kit.keyfob.token(wanted)).scope).toBe('x');
    });

    it('was asked for again within the second; another scope is asked for at once', async () => {
      const kit = await refusedWith(() => json({}, 503));
      for (const _call of [1, 2, 3]) {
        expect((await failure(kit.keyfob.token(wanted))).problem.retry_after).toBe(1);
      }
      expect(kit.asked).toHaveLength(2);
      await failure(kit.keyfob.token({ account: 'members', scope: 'y' }));
      expect(kit.asked).toHaveLength(3);
      await kit.clock.pass(1_000);
      await failure(kit.keyfob.token(wanted));
      expect(kit.asked).toHaveLength(4);
    });

    it('is asked for once a minute where the vendor refuses the client, and at once after a change', async () => {
      const kit = await refusedWith(() => json({ error: 'invalid_client' }, 401));
      for (const scope of ['x', 'y', 'x']) {
        const { code, problem } = await failure(kit.keyfob.token({ account: 'members', scope }));
        expect([code, problem.retry_after]).toEqual(['vendor_refused', 60]);
      }
      expect(kit.asked).toHaveLength(2);
      kit.answer = granted;
      await kit.keyfob.set('members', { settings: {}, secrets: { client_secret: 's2' } });
      expect((await kit.keyfob.token(wanted)).scope).toBe('x');
    });

    it('that the client may not have is asked for again after a second: the vendor may have changed its mind', async () => {
      const kit = await refusedWith(() => json({ error: 'invalid_scope' }, 400));
      for (const _call of [1, 2]) {
        const { code, problem } = await failure(kit.keyfob.token(wanted));
        expect([code, problem.retry_after]).toEqual(['vendor_refused', 1]);
      }
      expect(kit.asked).toHaveLength(2);
      kit.answer = granted;
      await kit.clock.pass(1_000);
      expect((await kit.keyfob.token(wanted)).scope).toBe('x');
    });

    it('is asked for at once after a change of the network, and when the wait was slept through', async () => {
      const kit = await refusedWith(() => json({}, 429, { 'retry-after': '300' }));
      await failure(kit.keyfob.token(wanted));
      kit.keyfob.wake();
      await failure(kit.keyfob.token(wanted));
      expect(kit.asked).toHaveLength(3);
      kit.clock.sleep(6 * minute);
      await kit.clock.pass(15_000);
      const count = kit.asked.length;
      await failure(kit.keyfob.token(wanted));
      expect(kit.asked).toHaveLength(count + 1);
    });
  });

  it('is refused in plain words where the vendor gives none', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    expect((await failure(kit.keyfob.token({ account: 'hq', scope: 'other' }))).code).toBe('bad_request');
  });
});

describe('a token that the API refused', () => {
  it('of an account that cannot be refreshed is not told to work until it expires', async () => {
    const kit = await openKit(() => json({ access_token: 'a1', token_type: 'bearer', expires_in: 3600 }));
    const profile = { ...profileOf('oauth2'), id: 'own' };
    profile.grants = {
      ...profile.grants,
      password: { ...profile.grants.password!, renewal: ['refresh_token'] },
    };
    await kit.keyfob.addProvider(JSON.stringify(profile));
    await kit.keyfob.add({ ...account, provider: 'own' });
    await kit.keyfob.login('hq');
    expect((await failure(kit.keyfob.refresh('hq'))).problem.reason).toBe('no_refresh_token');
    const rejected = sha('a1');
    for (const _time of [1, 2]) {
      const { code, problem } = await failure(kit.keyfob.refresh('hq', { rejected }));
      expect([code, problem.reason]).toEqual(['sign_in_needed', 'rejected_not_refreshed']);
      expect(problem.action).toEqual({ type: 'sign_in', params: { account: 'hq' } });
    }
    await kit.keyfob.refresh('hq', { rejected: sha('an older one') });
  });
});
