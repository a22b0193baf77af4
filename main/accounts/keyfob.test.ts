// What the core promises, on a virtual clock against a scripted vendor.
import { commandTexts, sentenceOf } from '../messages/index.ts';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { json, openKit, type Answer, type Kit } from '../../testing/core-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { message } from '../api/problems/index.ts';

const site = 'https://hq.example.com';
const minute = 60_000;
const hour = 60 * minute;

/** A vendor with rotating refresh tokens that notices a reused one. */
function rotating(lifetimeMs: number) {
  let count = 0;
  let current = '';
  const vendor = {
    reused: 0,
    refreshes: 0,
    answer: (({ url, parameters }) => {
      if (url.endsWith('/auth')) {
        return json({ code: 'code-1' });
      }
      if (parameters['x-grant-type'] === 'refresh_token') {
        vendor.refreshes += 1;
        if (parameters['x-refresh-token'] !== current) {
          vendor.reused += 1;
          return json({ error: 'invalid_grant' }, 400);
        }
      }
      count += 1;
      current = `refresh-${String(count)}`;
      return json({
        token_type: 'bearer',
        access_token: `access-${String(count)}`,
        refresh_token: current,
        expires_in: lifetimeMs,
      });
    }) satisfies Answer as Answer,
  };
  return vendor;
}

async function eptura(kit: Kit, name = 'hq'): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'eptura-workplace',
    grant: 'direct',
    settings: { site, client_id: 'c1', redirect_uri: 'https://app.example.com/cb', username: 'alice' },
    secrets: { password: 'keys' },
  });
  await kit.keyfob.login(name);
}

async function officernd(kit: Kit, name = 'members'): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'officernd',
    settings: { client_id: 'c1' },
    secrets: { client_secret: 's1' },
  });
  await kit.keyfob.login(name);
}

async function json2(kit: Kit, grant: 'client_credentials' | 'password', name = 'desk'): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'oauth2-json',
    grant,
    settings: {
      token_url: 'https://api.example.com/token',
      client_id: 'c1',
      ...(grant === 'password' ? { username: 'alice' } : {}),
    },
    secrets: { client_secret: 's1', ...(grant === 'password' ? { password: 'keys' } : {}) },
  });
  await kit.keyfob.login(name);
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

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

  it('lives by the clock that does not jump when somebody sets the wall clock back', async () => {
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

describe('the vendor’s refusal', () => {
  it('of a living token’s renewal asks the person, and leaves the token', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({ error: 'invalid_grant', error_description: 'gone' }, 400);
    expect((await failure(kit.keyfob.refresh('hq'))).code).toBe('sign_in_needed');
    expect(kit.keyfob.account('hq').state).toBe('sign_in_needed');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-1');
    await kit.clock.pass(minute);
    expect((await failure(kit.keyfob.token({ account: 'hq', minValid: 3590 }))).vendor?.error).toBe(
      'invalid_grant',
    );
    await kit.clock.pass(61 * minute);
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('sign_in_needed');
  });

  it('sends the stored password once by itself and never again, over a restart too', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({ error: 'invalid_grant' }, 400);
    kit.clock.sleep(2 * hour);
    await kit.clock.pass(minute);
    const passwords = (one: Kit): number => one.asked.filter((asked) => asked.url.endsWith('/auth')).length;
    expect(passwords(kit)).toBe(2);
    await failure(kit.keyfob.token({ account: 'hq' }));
    await failure(kit.keyfob.refresh('hq'));
    const again = await kit.restart();
    await again.clock.pass(10 * minute);
    await failure(again.keyfob.token({ account: 'hq' }));
    expect(passwords(kit) + passwords(again)).toBe(2);
  });

  it('signs in by the stored password when the refresh token alone is refused', async () => {
    const vendor = rotating(hour);
    const kit = await openKit((asked) =>
      asked.parameters['x-grant-type'] === 'refresh_token'
        ? json({ error: 'invalid_grant' }, 400)
        : vendor.answer(asked),
    );
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
    expect(kit.keyfob.account('hq').state).toBe('live');
  });

  it('of a refresh token is followed by client credentials, without a person', async () => {
    let minted = 0;
    const kit = await openKit(({ parameters }) => {
      if (parameters['grant_type'] === 'refresh_token') {
        return json({ error: 'invalid_grant' }, 400);
      }
      minted += 1;
      return json({
        access_token: `a${String(minted)}`,
        refresh_token: 'r',
        expires_in: 60,
        token_type: 'bearer',
      });
    });
    await json2(kit, 'client_credentials');
    await kit.clock.pass(65_000);
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('a2');
  });

  it('without a reason counts when it comes again ten seconds later, and a web page never does', async () => {
    const kit = await openKit(rotating(hour).answer);
    await json2Like(kit);
    kit.answer = () =>
      new Response('<html>login to the network</html>', {
        status: 403,
        headers: { 'content-type': 'text/html' },
      });
    await kit.clock.pass(2 * hour);
    expect(kit.keyfob.account('desk').state).toBe('retrying');
    kit.answer = () => json({ message: 'no' }, 401);
    expect((await failure(kit.keyfob.token({ account: 'desk' }))).code).toBe('vendor_unreachable');
    await kit.clock.pass(8_000);
    expect(kit.keyfob.account('desk').state).toBe('retrying');
    await kit.clock.pass(10 * minute);
    expect(kit.keyfob.account('desk').state).toBe('sign_in_needed');
  });

  it('before the end of a vendor that has nothing then is no failure, and ends nothing', async () => {
    // This vendor counts in seconds.
    const kit = await openKit(rotating(hour / 1000).answer);
    const late = profileOf('oauth2-json');
    const { password } = late.grants;
    const grants = { password: { ...password, renewal: ['refresh_token'] } };
    const text = JSON.stringify({ ...late, id: 'late', grants, default_grant: 'password' });
    await kit.keyfob.addProvider(text);
    await kit.keyfob.add({
      name: 'desk',
      provider: 'late',
      settings: { token_url: 'https://api.example.com/token', client_id: 'c1', username: 'alice' },
      secrets: { client_secret: 's1', password: 'keys' },
    });
    await kit.keyfob.login('desk');
    kit.answer = () => json({ error: 'invalid_grant' }, 400);
    await failure(kit.keyfob.refresh('desk'));
    expect(kit.keyfob.account('desk').state).toBe('live');
    expect(kit.keyfob.account('desk').notice).toEqual(
      message('refused_before_the_end', { error: 'invalid_grant' }),
    );
    await kit.clock.pass(2 * hour);
    expect(kit.keyfob.account('desk').state).toBe('sign_in_needed');
  });

  it('of the client keeps the refresh token, for when the secret was mended', async () => {
    let secretIsRight = true;
    const kit = await openKit(({ parameters }) =>
      secretIsRight
        ? json({
            access_token: `a-${parameters['client_secret'] ?? ''}`,
            refresh_token: 'r',
            expires_in: 60,
            token_type: 'bearer',
          })
        : json({ error: 'invalid_client', error_description: 'bad secret' }, 401),
    );
    await json2Like(kit);
    secretIsRight = false;
    await kit.clock.pass(2 * minute);
    const error = await failure(kit.keyfob.token({ account: 'desk' }));
    expect(error).toMatchObject({
      code: 'vendor_refused',
      vendor: { error: 'invalid_client', error_description: 'bad secret' },
    });
    secretIsRight = true;
    await kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 's2' } });
    expect((await kit.keyfob.token({ account: 'desk' })).access_token).toBe('a-s2');
    expect(kit.asked.at(-1)?.parameters['grant_type']).toBe('refresh_token');
  });

  /** An account with a refresh token and no other way to a new one. */
  async function json2Like(kit: Kit): Promise<void> {
    kit.answer = kit.answer.length === 0 ? kit.answer : wrap(kit.answer);
    await kit.keyfob.add({
      name: 'desk',
      provider: 'oauth2',
      grant: 'password',
      settings: {
        token_url: 'https://api.example.com/token',
        client_id: 'c1',
        username: 'alice',
        client_auth: 'post',
      },
      secrets: { client_secret: 's1', password: 'keys' },
    });
    await kit.keyfob.login('desk');
    await kit.keyfob.set('desk', { settings: {}, secrets: {} });
    const record = JSON.parse(kit.vault.entries.get('desk') ?? '') as { state: { password_tried: boolean } };
    expect(record.state.password_tried).toBe(false);
    const state = { ...record.state, password_tried: true };
    kit.vault.entries.set('desk', JSON.stringify({ ...record, state }));
    await kit.keyfob.lock();
    await kit.keyfob.unlock();
  }

  function wrap(answer: Answer): Answer {
    return (asked) =>
      asked.parameters['grant_type'] === 'password'
        ? json({ access_token: 'a', refresh_token: 'r', expires_in: 60, token_type: 'bearer' })
        : answer(asked);
  }
});

describe('a vendor that has nothing new before the end', () => {
  function sameUntilTheEnd() {
    let current = { token: '', until: 0 };
    let minted = 0;
    return (kitOf: () => Kit): Answer =>
      () => {
        const now = kitOf().clock.wall();
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
      const now = kit.clock.wall();
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

describe('a late answer', () => {
  async function lateRefresh(act: (kit: Kit) => Promise<unknown>): Promise<Kit> {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    let release = (_response: Response): void => undefined;
    kit.answer = () => new Promise((resolve) => (release = resolve));
    const asking = kit.keyfob.token({ account: 'hq' }).catch(() => undefined);
    await settle();
    const late = release;
    kit.answer = vendor.answer;
    await act(kit);
    late(json({ access_token: 'late', refresh_token: 'late', expires_in: hour, token_type: 'bearer' }));
    await asking;
    await settle();
    return kit;
  }

  it('does not undo a logout', async () => {
    const kit = await lateRefresh((one) => one.keyfob.logout('hq'));
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    expect(kit.vault.entries.get('hq')).not.toContain('late');
  });

  it('does not replace a newer sign-in', async () => {
    const kit = await lateRefresh((one) => one.keyfob.login('hq'));
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
    expect(kit.vault.entries.get('hq')).not.toContain('late');
  });

  it('does not come back into an account whose site was changed', async () => {
    const kit = await lateRefresh((one) =>
      one.keyfob.set('hq', { settings: { site: 'https://other.example.com' }, secrets: {} }),
    );
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    expect(kit.vault.entries.get('hq')).not.toContain('late');
  });

  it('keeps a rotated token when only a secret was changed meanwhile', async () => {
    const kit = await lateRefresh((one) =>
      one.keyfob.set('hq', { settings: {}, secrets: { password: 'new' } }),
    );
    expect(kit.vault.entries.get('hq')).toContain('late');
    expect(kit.vault.entries.get('hq')).toContain('"password":"new"');
  });

  it('does not bring a removed account back', async () => {
    const kit = await lateRefresh((one) => one.keyfob.remove('hq'));
    expect(kit.keyfob.accounts()).toEqual([]);
    expect(kit.vault.entries.size).toBe(0);
  });
});

describe('a record that was changed elsewhere', () => {
  /** Another user of the vault changes the record while the vendor is asked. */
  async function changedMeanwhile(change: (record: { epoch: number }) => object): Promise<Kit> {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    kit.answer = async (asked) => {
      const found = await kit.vault.get('hq');
      const record = JSON.parse(found?.entry ?? '') as { epoch: number };
      await kit.vault.put('hq', JSON.stringify({ ...record, ...change(record) }), found?.version ?? 0);
      kit.answer = vendor.answer;
      return vendor.answer(asked);
    };
    await kit.keyfob.token({ account: 'hq' }).catch(() => undefined);
    return kit;
  }

  it('keeps both changes when they touch different members', async () => {
    const kit = await changedMeanwhile(() => ({ secrets: { password: 'new elsewhere' } }));
    expect(kit.vault.entries.get('hq')).toContain('refresh-2');
    expect(kit.vault.entries.get('hq')).toContain('new elsewhere');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
  });

  it('is not undone by a refresh that was under way, and counts here from then on', async () => {
    const kit = await changedMeanwhile(({ epoch }) => ({
      epoch: epoch + 1,
      state: { status: 'signed_out' },
    }));
    expect(kit.vault.entries.get('hq')).not.toContain('refresh-2');
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('sign_in_needed');
  });

  it('gives way to what a person does here', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    const found = await kit.vault.get('hq');
    const text = found?.entry.replace('refresh-1', 'refresh-elsewhere') ?? '';
    await kit.vault.put('hq', text, found?.version ?? 0);
    await kit.keyfob.logout('hq');
    expect(kit.vault.entries.get('hq')).toContain('"status":"signed_out"');
    expect(kit.vault.entries.get('hq')).not.toContain('refresh-elsewhere');
  });
});

describe('signing out', () => {
  it('mints nothing until a sign-in, whatever the grant', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'Bearer', expires_in: 60 }));
    await officernd(kit);
    await kit.keyfob.logout('members');
    const count = kit.asked.length;
    await kit.clock.pass(10 * minute);
    expect((await failure(kit.keyfob.token({ account: 'members' }))).code).toBe('sign_in_needed');
    expect((await failure(kit.keyfob.refresh('members'))).code).toBe('sign_in_needed');
    const again = await kit.restart();
    expect((await failure(again.keyfob.token({ account: 'members' }))).code).toBe('sign_in_needed');
    expect(kit.asked.length + again.asked.length).toBe(count);
    await kit.keyfob.login('members');
    expect((await kit.keyfob.token({ account: 'members' })).access_token).toBe('t');
  });

  it('revokes at the vendor with the access token alone, and forgets', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => new Response(null, { status: 204 });
    const { message } = await kit.keyfob.revoke('hq');
    expect(message).toMatchObject({ reason: 'revoked' });
    expect(kit.asked.at(-1)).toMatchObject({
      url: `${site}/external/api/oauth2/revoke`,
      parameters: { 'x-token': 'access-1' },
    });
    expect(kit.vault.entries.get('hq')).not.toContain('access-1');
  });

  it('that cannot reach the vendor to revoke forgets nothing', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    expect((await failure(kit.keyfob.revoke('hq'))).code).toBe('vendor_unreachable');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-1');
  });

  it('says so where the vendor has no revocation', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'Bearer', expires_in: 60 }));
    await officernd(kit);
    const { message } = await kit.keyfob.revoke('members');
    expect(sentenceOf(commandTexts, message)).toContain('Deleting the application');
    expect(kit.keyfob.account('members').state).toBe('signed_out');
  });
});

describe('after kill -9', () => {
  it('a live token is served again without a new one being asked for', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    await kit.keyfob.use('hq');
    const again = await kit.restart();
    expect((await again.keyfob.token({})).access_token).toBe('access-1');
    expect(again.asked).toEqual([]);
  });
});

describe('the lock', () => {
  it('hides everything until it is opened, and loses no refresh under way', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    let release = (): void => undefined;
    kit.answer = async (asked) => {
      await new Promise<void>((resolve) => (release = resolve));
      return vendor.answer(asked);
    };
    const asking = kit.keyfob.token({ account: 'hq' }).catch((error: unknown) => error);
    await settle();
    const locking = kit.keyfob.lock();
    expect(kit.keyfob.account('hq').state).toBe('locked');
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vault_locked');
    release();
    await locking;
    await asking;
    await kit.keyfob.unlock();
    kit.answer = vendor.answer;
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
    expect(vendor.reused).toBe(0);
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
    const narrow = { account: 'members', scope: 'b a' };
    expect(await kit.keyfob.token(narrow)).toMatchObject({ access_token: 'a-b a-', scope: 'b a' });
    await kit.keyfob.token({ account: 'members', scope: 'a b' });
    expect((await kit.keyfob.token({ account: 'members' })).access_token).toBe('a-officernd.api.read-');
    await kit.keyfob.token({ account: 'members', scope: 'officernd.api.read' });
    expect(kit.asked).toHaveLength(2);
    await kit.keyfob.logout('members');
    expect((await failure(kit.keyfob.token(narrow))).code).toBe('sign_in_needed');
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

  it('is refused in plain words where the vendor gives none', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    expect((await failure(kit.keyfob.token({ account: 'hq', scope: 'other' }))).code).toBe('bad_request');
  });
});

describe('a renewal that cannot be sent', () => {
  it('ends in asking the person, and never in a loop', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    await kit.keyfob.set('hq', { settings: {}, secrets: { password: 'Łódź' } });
    kit.answer = () => json({ error: 'invalid_grant' }, 400);
    const count = kit.asked.length;
    await kit.clock.pass(2 * hour);
    expect(kit.asked).toHaveLength(count + 1);
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('sign_in_needed');
  });
});

describe('a stored password', () => {
  it('that a web page answered is not sent again by itself', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.answer = ({ url }) =>
      url.endsWith('/auth')
        ? new Response('<html>no</html>', { status: 401, headers: { 'content-type': 'text/html' } })
        : json({ error: 'invalid_grant' }, 400);
    await kit.clock.pass(6 * hour);
    expect(kit.asked.filter((one) => one.url.endsWith('/auth'))).toHaveLength(2);
  });

  it('is tried again when the network kept it from the vendor', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    let down = true;
    kit.answer = (asked) => {
      if (asked.parameters['x-grant-type'] === 'refresh_token') {
        return json({ error: 'invalid_grant' }, 400);
      }
      if (down) {
        throw new TypeError('network is down');
      }
      return vendor.answer(asked);
    };
    await kit.clock.pass(61 * minute);
    down = false;
    await kit.clock.pass(10 * minute);
    expect(kit.keyfob.account('hq').state).toBe('live');
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

describe('changes that meet each other', () => {
  it('are all kept, when several are made at once', async () => {
    const kit = await openKit(rotating(hour).answer);
    await json2(kit, 'password');
    await Promise.all([
      kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 'new-1' } }),
      kit.keyfob.set('desk', { settings: {}, secrets: { password: 'new-2' } }),
      kit.keyfob.set('desk', { settings: { scope: 'new-3' }, secrets: {} }),
    ]);
    expect(kit.vault.entries.get('desk')).toContain('"client_secret":"new-1","password":"new-2"');
    expect(kit.keyfob.settings.read().accounts['desk']?.fields['scope']).toBe('new-3');
  });

  it('serve the token of the new settings to a caller who waited for the old ones', async () => {
    let release = (): void => undefined;
    let held = false;
    const kit = await openKit(async ({ parameters }) => {
      if (held) {
        held = false;
        await new Promise<void>((resolve) => (release = resolve));
      }
      return json({ access_token: `a-${parameters['scope'] ?? ''}`, token_type: 'bearer', expires_in: 600 });
    });
    await officernd(kit);
    kit.clock.sleep(hour);
    held = true;
    const asking = kit.keyfob.token({ account: 'members' });
    await settle();
    await kit.keyfob.set('members', { settings: { scope: 'both' }, secrets: {} });
    release();
    expect((await asking).access_token).toBe('a-both');
  });
});

describe('an own profile', () => {
  const profileOf = (grant: 'password' | 'client_credentials'): string =>
    JSON.stringify({
      id: 'acme',
      name: 'Acme',
      credentials_help: 'Ask Acme.',
      fields: { client_id: { label: 'Client' }, client_secret: { label: 'Secret', secret: true } },
      grants: { [grant]: { required: ['client_id', 'client_secret'], renewal: [] } },
      default_grant: grant,
      token: { url: 'https://api.example.com/token' },
      client_auth: 'params',
      lifetime_unit: 'seconds',
      refresh_token: 'reusable',
      refresh_when: 'ahead',
      api: { header: 'Authorization', scheme: 'Bearer' },
    });

  it('that loses the grant of an account is refused, and the account goes on', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'bearer', expires_in: 600 }));
    await kit.keyfob.addProvider(profileOf('client_credentials'));
    await kit.keyfob.add({
      name: 'own',
      provider: 'acme',
      settings: { client_id: 'c' },
      secrets: { client_secret: 's' },
    });
    await kit.keyfob.login('own');
    const error = await failure(kit.keyfob.addProvider(profileOf('password')));
    expect(error.problem).toMatchObject({
      reason: 'profile_lacks_grant',
      params: { account: 'own', grant: 'client_credentials' },
      action: { type: 'drop_account', params: { account: 'own' } },
    });
    expect((await kit.keyfob.token({ account: 'own' })).access_token).toBe('t');
    // The profile's file is gone: the account is left out, and its name is not given away.
    const again = await kit.restart();
    expect(again.keyfob.notices).toHaveLength(1);
    const taken = {
      name: 'own',
      provider: 'officernd',
      settings: { client_id: 'c' },
      secrets: { client_secret: 's' },
    };
    expect((await failure(again.keyfob.add(taken))).code).toBe('already_exists');
    expect(again.vault.entries.get('own')).toContain('"access_token":"t"');
  });
});
