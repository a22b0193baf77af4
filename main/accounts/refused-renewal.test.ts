// What follows when a vendor refuses a renewal, or it cannot be sent at all.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eptura, hour, json2, minute, officernd, rotating } from '../../testing/core-accounts.ts';
import { json, openKit, type Answer, type Kit } from '../../testing/core-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';
import { smallProfile } from '../../testing/small-profile.ts';
import { message } from '../api/problems/index.ts';

describe('a refusal that judges nothing and asks to wait', () => {
  const wait = { 'retry-after': '30' };
  it.each<[string, () => Response]>([
    ['400 with nothing', () => new Response('', { status: 400, headers: wait })],
    ['401 with nothing', () => new Response('', { status: 401, headers: wait })],
    ['403 with nothing', () => new Response('', { status: 403, headers: wait })],
    ['403 with a message', () => json({ message: 'rate limit exceeded' }, 403, wait)],
    ['400 with an unknown word', () => json({ error: 'unknown_error' }, 400, wait)],
    ['200 with an unknown word', () => json({ error: 'ratelimited' }, 200, wait)],
    ['200 without a token', () => json({}, 200, wait)],
  ])('%s: was tried again after a second, its Retry-After unheard', async (_what, answer) => {
    const kit = await openKit(() => json({ access_token: 'a1', token_type: 'bearer', expires_in: 600 }));
    await officernd(kit);
    kit.clock.sleep(hour);
    kit.answer = answer;
    await failure(kit.keyfob.token({ account: 'members' }));
    const count = kit.asked.length;
    await kit.clock.pass(28_000);
    expect((await failure(kit.keyfob.token({ account: 'members' }))).problem.retry_after).toBeLessThan(4);
    expect(kit.asked).toHaveLength(count);
    await kit.clock.pass(4_000);
    expect(kit.asked.length).toBeGreaterThan(count);
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

  it.each(['invalid_grant', 'invalid_request'])(
    'of a refresh token with %s was not followed by the account’s own JWT',
    async (error) => {
      let minted = 0;
      const kit = await openKit(({ parameters }) => {
        if (parameters['grant_type'] === 'refresh_token') return json({ error }, 400);
        minted += 1;
        return json({
          access_token: `a${String(minted)}`,
          refresh_token: 'r',
          expires_in: 60,
          token_type: 'bearer',
        });
      });
      const secret = (name: string) => ({ [name]: { label: 'x', secret: true } });
      const profile = {
        ...smallProfile,
        client_auth: 'none',
        fields: { client_id: { label: 'x' }, ...secret('client_secret'), ...secret('private_key') },
        signed_jwt: { assertion: { claims: { iss: '{client_id}' } } },
        grants: {
          client_credentials: { required: ['client_id', 'client_secret'], renewal: [] },
          jwt_bearer: { required: ['client_id', 'private_key'], renewal: ['refresh_token', 'jwt_bearer'] },
        },
      };
      await kit.keyfob.addProvider(JSON.stringify(profile));
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      await kit.keyfob.add({
        name: 'robot',
        provider: 'acme',
        grant: 'jwt_bearer',
        settings: { client_id: 'c' },
        secrets: { private_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) },
      });
      await kit.keyfob.login('robot');
      await kit.clock.pass(65_000);
      expect((await kit.keyfob.token({ account: 'robot' })).access_token).toBe('a2');
    },
  );

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

  it('of the client told callers to come back in an hour, who are let through once a minute', async () => {
    const kit = await openKit(() => json({ access_token: 'a1', token_type: 'bearer', expires_in: 600 }));
    await officernd(kit);
    kit.answer = () => json({ error: 'invalid_client' }, 401);
    kit.clock.sleep(hour);
    const ask = async () => (await failure(kit.keyfob.token({ account: 'members' }))).problem.retry_after;
    const askForScope = () => failure(kit.keyfob.token({ account: 'members', scope: 'x' }));
    expect(await ask()).toBe(60);
    const count = kit.asked.length;
    await kit.clock.pass(40_000);
    expect(await ask()).toBe(20);
    expect((await askForScope()).problem.retry_after).toBe(20);
    expect(kit.asked).toHaveLength(count);
    await kit.clock.pass(20_000);
    expect(await ask()).toBe(60);
    expect(kit.asked).toHaveLength(count + 1);
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
