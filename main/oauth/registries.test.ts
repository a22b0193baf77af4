// The registries: a profile can name what stands in them and nothing else, and each entry does what its RFC says.
import type * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../testing/recorded-exchange.ts';
import { clientAuthIds, clientAuthMethods } from './client-auth/index.ts';
import { grantIds, grantType, tokenGrantTypes } from './grants/index.ts';
import type { GrantClient } from './grants/grant.ts';
import { refreshMessage } from './grants/refresh-token.ts';
import { profileShape } from './profile.ts';
import { senderConstraintIds } from './sender-constraint/index.ts';

describe('the schema of a profile', () => {
  const base = structuredClone(
    contextOf(
      'oauth2',
      'password',
      {
        token_url: 'https://v.example/t',
        client_id: 'c',
        username: 'u',
      },
      { password: 'p' },
    ).profile,
  );
  const takes = (change: object): boolean => profileShape.safeParse({ ...base, ...change }).success;
  const rules = { required: [], renewal: [] };
  it.each([
    ['grants', grantIds, (id: string) => ({ grants: { [id]: rules }, default_grant: id })],
    ['client authentications', clientAuthIds, (id: string) => ({ client_auth: id })],
    ['sender constraints', senderConstraintIds, (id: string) => ({ sender_constraint: id })],
    [
      'requests to the token endpoint',
      tokenGrantTypes,
      (id: string) => ({ token: { per_grant: { [id]: {} } } }),
    ],
  ])('takes the registered %s, and no other', (_what, ids, change) => {
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(takes(change(id)), id).toBe(true);
    expect(takes(change('made_up'))).toBe(false);
  });
});

describe('a grant’s message', () => {
  const client: GrantClient = {
    values: { client_id: 'c', username: 'alice', redirect_uri: 'https://a.example/cb', scope: 'openid api' },
    secrets: { password: 'p' },
    profile: { issuer: 'https://id.example' },
  };
  const given = { code: 'x', redirectUri: 'https://a.example/cb', codeVerifier: 'v' };
  const code = {
    redirect_uri: given.redirectUri,
    code: 'x',
    code_verifier: 'v',
    grant_type: 'authorization_code',
  };
  it.each([
    ['authorization_code', code],
    ['direct', code],
    ['password', { username: 'alice', password: 'p', scope: 'openid api', grant_type: 'password' }],
    ['client_credentials', { scope: 'api', grant_type: 'client_credentials' }],
    ['device_code', { device_code: 'x', grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }],
  ])('of %s has these parameters', async (id, parameters) => {
    expect((await grantType(id).token?.(client, given))?.parameters).toEqual(parameters);
  });

  it('of each grant that goes to the token endpoint says which, and implicit has none', () => {
    for (const id of grantIds) {
      const type = grantType(id);
      expect(type.token === undefined, id).toBe(type.tokenGrantType === null);
      expect(type.needs.includes('token'), id).toBe(type.tokenGrantType !== null);
    }
    expect(grantIds.filter((id) => grantType(id).tokenGrantType === null)).toEqual(['implicit']);
  });

  it('of a refresh has a narrower scope in place of the sign-in’s', () => {
    const bound = { redirect_uri: 'https://a.example/cb', scope: 'a b' };
    const session = {
      access_token: 'a',
      token_type: 'bearer',
      obtained_at: 0,
      lifetime: null,
      refresh_token: 'r',
      scope: null,
      bound,
    };
    expect(refreshMessage(session, { scope: 'a' })).toEqual({
      parameters: { scope: 'a', refresh_token: 'r', grant_type: 'refresh_token' },
      whereNamed: { ...bound, access_token: 'a' },
      bound,
    });
  });
});

describe('a client authentication', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  it.each([
    ['basic_rfc7617', {}, basic('my-app:s: +%ü')],
    ['basic_rfc6749', {}, basic('my-app:s%3A+%2B%25%C3%BC')],
    ['params', { client_id: 'my-app', client_secret: 's: +%ü' }, null],
    ['none', { client_id: 'my-app' }, null],
  ] as const)('by %s goes where it is to go', async (id, parameters, authorization) => {
    const client = { values: { client_id: 'my-app' }, secrets: { client_secret: 's: +%ü' } };
    const body = new URLSearchParams();
    const headers = new Headers();
    const server: oauth.AuthorizationServer = { issuer: 'https://id.example' };
    await clientAuthMethods[id].authenticate(client)(server, { client_id: 'my-app' }, body, headers);
    expect(Object.fromEntries(body)).toEqual(parameters);
    expect(headers.get('authorization')).toBe(authorization);
  });

  it.each(clientAuthIds)('%s is possible without a secret only where it shows none', (id) => {
    const values = { client_id: 'c' };
    expect(
      clientAuthMethods[id].possible({ values, secrets: { client_secret: 's', private_key: 'k' } }),
    ).toBe(true);
    expect(clientAuthMethods[id].possible({ values, secrets: {} })).toBe(
      ['none', 'basic_empty_secret'].includes(id),
    );
  });
});
