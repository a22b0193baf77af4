// The providers `oidc` and `oauth2` against servers that others made: oidc-provider, which is certified, and
// oauth2-mock-server. Their pages are filled in by a small browser of fetch and cookies.
import { generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { OAuth2Server } from 'oauth2-mock-server';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { browse, settings } from '../testing/browse.ts';
import { startCertifiedServer, type CertifiedServer } from '../testing/certified-server.ts';
import { ask, cleanUp, makeFolder, startAgent, until } from '../testing/program.ts';
import type { Agent } from '../testing/program.ts';

let agent: Agent;
beforeAll(async () => {
  agent = await startAgent();
});
afterAll(cleanUp);

/** Odd on purpose: RFC 6749 section 2.3.1 wants id and secret form-encoded before Basic. */
const client = { id: 'key fob:1', secret: 's:e/c+r%e t&=~' };

/** Clients that show themselves by a JWT (RFC 7523 section 2.2). */
const application = {
  application_type: 'native',
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
} as const;
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingSecret = 'a secret that is long enough for HS256';

/** Without it the provider registers nobody. */
const initialToken = 'an-initial-access-token';

describe('oidc-provider', () => {
  let provider: Provider;
  let server: Server;
  let issuer: string;
  /** Token requests: grant and status, and the refresh tokens that came. */
  const seen: {
    grant: string;
    status: number;
    authorization: string | undefined;
    form: Record<string, unknown>;
  }[] = [];

  beforeAll(async () => {
    // The issuer has to be known before the server is there: a port is taken first.
    const { createServer } = await import('node:http');
    server = createServer((request, response) => void provider.callback()(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Listening on TCP, so not a pipe's name.
    issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    provider = new Provider(issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/callback'],
          grant_types: [
            'authorization_code',
            'refresh_token',
            'client_credentials',
            'urn:ietf:params:oauth:grant-type:device_code',
          ],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_basic',
        },
        {
          client_id: 'public',
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/callback'],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        },
        {
          ...application,
          client_id: 'signs-with-a-key',
          token_endpoint_auth_method: 'private_key_jwt',
          jwks: { keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] },
        },
        {
          ...application,
          client_id: 'signs-with-its-secret',
          client_secret: signingSecret,
          token_endpoint_auth_method: 'client_secret_jwt',
        },
      ],
      clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt', 'client_secret_jwt'],
      features: {
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        revocation: { enabled: true },
        introspection: { enabled: true },
        registration: { enabled: true, initialAccessToken: initialToken },
        devInteractions: { enabled: true },
      },
      rotateRefreshToken: true,
      issueRefreshToken: async (_, { grantTypeAllowed }, __) => grantTypeAllowed !== undefined,
      cookies: { keys: ['for tests'] },
      ttl: {
        AccessToken: 600,
        ClientCredentials: 600,
        DeviceCode: 60,
        Grant: 3600,
        RefreshToken: 3600,
        Session: 3600,
        Interaction: 600,
        IdToken: 600,
      },
    });
    provider.use(async (ctx, next) => {
      await next();
      if (ctx.path !== '/token') return;
      const { params } = ctx['oidc'] ?? {};
      const form: Record<string, unknown> = { ...params };
      seen.push({
        grant: String(form['grant_type']),
        status: ctx.status,
        authorization: ctx.get('authorization'),
        form,
      });
    });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Whether the provider takes a token for live (RFC 7662). */
  async function active(token: string): Promise<boolean> {
    const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
    const basic = Buffer.from(`${encode(client.id)}:${encode(client.secret)}`).toString('base64');
    const answer = await ask(`${issuer}/token/introspection`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }).toString(),
    });
    return answer.json<{ active: boolean }>().active;
  }

  const pages: [string, () => { provider: string; fields: Record<string, string> }][] = [
    ['oidc', () => ({ provider: 'oidc', fields: { issuer, scope: 'openid' } })],
    [
      'oauth2',
      () => ({
        provider: 'oauth2',
        fields: {
          authorize_url: `${issuer}/auth`,
          token_url: `${issuer}/token`,
          revoke_url: `${issuer}/token/revocation`,
          device_url: `${issuer}/device/auth`,
          scope: 'openid',
        },
      }),
    ],
  ];

  it.each([
    ['signs-with-a-key', 'private_key_jwt', 'oidc'],
    ['signs-with-a-key', 'private_key_jwt', 'oauth2'],
    ['signs-with-its-secret', 'client_secret_jwt', 'oidc'],
    ['signs-with-its-secret', 'client_secret_jwt', 'oauth2'],
  ])('takes the token of a client that %s: %s, as %s', async (clientId, method, base) => {
    const id = `${method.replaceAll('_', '-')}-${base}`;
    const file = path.join(makeFolder(), 'profile.json');
    const secret = method === 'private_key_jwt' ? 'private_key' : 'client_secret';
    const address = base === 'oidc' ? 'issuer' : 'token_url';
    writeFileSync(
      file,
      JSON.stringify({
        id,
        extends: base,
        name: id,
        client_auth: method,
        fields: {
          private_key: { label: 'Private key', secret: true },
          key_id: { label: 'Key ID' },
          ...(base === 'oauth2' ? { client_auth: null } : {}),
        },
        grants: {
          client_credentials: {
            required: [address, 'client_id', secret],
            optional: ['key_id', 'scope'],
            renewal: ['client_credentials'],
          },
          ...Object.fromEntries(
            ['authorization_code', 'password', 'device_code', 'implicit'].map((one) => [one, null]),
          ),
        },
        default_grant: 'client_credentials',
      }),
    );
    await agent.done(['provider', 'add', file]);
    const given = base === 'oidc' ? { issuer } : { token_url: `${issuer}/token` };
    const keyId = method === 'private_key_jwt' ? { key_id: 'k1' } : {};
    await agent.done(
      [
        'add',
        id,
        '--provider',
        id,
        ...settings({ ...given, ...keyId, client_id: clientId }),
        '--secret',
        secret,
      ],
      method === 'private_key_jwt'
        ? `${JSON.stringify(key.privateKey.export({ format: 'jwk' }))}\n`
        : `${signingSecret}\n`,
    );
    await agent.done(['login', id]);
    expect(await active((await agent.token(id)).access_token)).toBe(true);
  });

  it('registers a client for an account that names none, and another one when it is gone', async () => {
    const fields = settings({ issuer, scope: 'openid offline_access' });
    const secret = ['--secret', 'initial_access_token'];
    await agent.done(['add', 'no-client', '--provider', 'oidc', ...fields, ...secret], `${initialToken}\n`);
    const signIn = async (): Promise<string> => {
      const login = agent.start(['login', 'no-client', '--no-open']);
      const { addresses } = await browse(await login.firstLine());
      expect((await login.ended).code).toBe(0);
      const page = addresses.find((one) => one.startsWith(`${issuer}/auth?`)) ?? '';
      return new URL(page).searchParams.get('client_id') ?? '';
    };
    const first = await signIn();
    expect(first).not.toBe('');
    await agent.done(['refresh', 'no-client']);
    await agent.done(['logout', 'no-client']);
    expect(await signIn()).toBe(first);
    const { adapter } = provider.Client as unknown as { adapter: { destroy(id: string): Promise<void> } };
    await adapter.destroy(first);
    expect((await agent.run(['refresh', 'no-client'])).code).toBe(4);
    expect(await signIn()).not.toBe(first);
    expect((await agent.token('no-client')).access_token).not.toBe('');
  });

  describe.each(pages)('as %s', (id, make) => {
    it('signs in: authorization code with PKCE, refresh with rotation, revocation', async () => {
      const { provider: own, fields } = make();
      const name = `code-${id}`;
      await agent.done(
        [
          'add',
          name,
          '--provider',
          own,
          ...settings({ ...fields, client_id: client.id }),
          '--secret',
          'client_secret',
        ],
        `${client.secret}\n`,
      );
      const login = agent.start(['login', name, '--no-open']);
      const { addresses, text } = await browse(await login.firstLine());
      expect(text).toContain('Keyfob');
      const result = await login.ended;
      expect([result.code, result.stderr]).toEqual([0, result.stderr]);
      const authorize = new URL(addresses.find((one) => one.startsWith(`${issuer}/auth?`)) ?? '')
        .searchParams;
      expect(authorize.get('code_challenge_method')).toBe('S256');
      expect(authorize.get('code_challenge')).toMatch(/^[\w-]{43}$/);
      expect(authorize.get('state')).toMatch(/^[\w-]{20,}$/);
      expect(authorize.has('nonce')).toBe(id === 'oidc');

      const first = await agent.token(name);
      expect(first.headers).toEqual({ Authorization: `Bearer ${first.access_token}` });
      expect(await active(first.access_token)).toBe(true);
      await Promise.all([agent.done(['refresh', name]), agent.done(['refresh', name])]);
      await agent.done(['refresh', name]);
      const used = seen.flatMap(({ form }) =>
        typeof form['refresh_token'] === 'string' ? [form['refresh_token']] : [],
      );
      expect(used.length).toBeGreaterThanOrEqual(2);
      expect(new Set(used).size).toBe(used.length);
      const last = await agent.token(name);
      expect(last.access_token).not.toBe(first.access_token);
      expect(await active(last.access_token)).toBe(true);

      await agent.done(['revoke', name]);
      expect(await active(last.access_token)).toBe(false);
      expect((await agent.run(['token', name])).code).toBe(4);
    });

    it('signs in: client credentials, by Basic as RFC 6749 encodes it', async () => {
      const { provider: own, fields } = make();
      const name = `application-${id}`;
      const { scope: _, ...rest } = fields;
      await agent.done(
        [
          'add',
          name,
          '--provider',
          own,
          '--grant',
          'client_credentials',
          ...settings({ ...rest, ...(id === 'oidc' ? { scope: 'openid' } : {}), client_id: client.id }),
          '--secret',
          'client_secret',
        ],
        `${client.secret}\n`,
      );
      await agent.done(['login', name]);
      const token = await agent.token(name);
      expect(token.expires_in).toBeGreaterThan(590);
      expect(await active(token.access_token)).toBe(true);
      expect(seen.at(-1)?.authorization).toMatch(/^Basic /);
      await agent.done(['revoke', name]);
      expect(await active(token.access_token)).toBe(false);
    });

    it('signs in: device code', async () => {
      const { provider: own, fields } = make();
      const name = `device-${id}`;
      await agent.done(
        [
          'add',
          name,
          '--provider',
          own,
          '--grant',
          'device_code',
          ...settings({ ...fields, client_id: client.id }),
          '--secret',
          'client_secret',
        ],
        `${client.secret}\n`,
      );
      const login = agent.start(['login', name, '--no-open']);
      const url = await login.firstLine();
      expect(url.startsWith(`${issuer}/device`)).toBe(true);
      await until('the code to be told', () => /code/i.test(login.stderr()));
      const code = /: ([A-Z0-9-]{6,})/.exec(login.stderr())?.[1] ?? '';
      const target = new URL(url);
      target.searchParams.set('user_code', code);
      expect((await browse(target.href)).text).toMatch(/success/i);
      const result = await login.ended;
      expect([result.code, result.stderr]).toEqual([0, result.stderr]);
      expect(await active((await agent.token(name)).access_token)).toBe(true);
      await agent.done(['refresh', name]);
    });
  });

  it('signs in a public client, without a secret', async () => {
    await agent.done([
      'add',
      'public',
      '--provider',
      'oidc',
      ...settings({ issuer, client_id: 'public', client_auth: 'none' }),
    ]);
    const login = agent.start(['login', 'public', '--no-open']);
    await browse(await login.firstLine());
    expect((await login.ended).code).toBe(0);
    expect((await agent.token('public')).access_token).not.toBe('');
    await agent.done(['refresh', 'public']);
  });

  it("a wrong secret ends with 6 and the server's words", async () => {
    const base = ['--provider', 'oidc', '--grant', 'client_credentials', '--secret', 'client_secret'];
    await agent.done(
      ['add', 'wrong', ...base, ...settings({ issuer, client_id: client.id })],
      'not the secret\n',
    );
    const wrong = await agent.run(['login', 'wrong']);
    expect(wrong.code).toBe(6);
    expect(wrong.stderr).toContain('invalid_client');
  });

  it('an issuer that is not one is said', async () => {
    const base = ['--provider', 'oidc', '--grant', 'client_credentials', '--secret', 'client_secret'];
    await agent.done(
      ['add', 'elsewhere', ...base, ...settings({ issuer: `${issuer}/nothing`, client_id: 'c' })],
      's\n',
    );
    const { code, stderr } = await agent.run(['login', 'elsewhere']);
    expect([6, 7]).toContain(code);
    expect(stderr.trim().split('\n').length).toBeGreaterThanOrEqual(2);
  });
});

describe('oidc-provider that requires pushed authorization requests', () => {
  let server: CertifiedServer;
  beforeAll(async () => {
    server = await startCertifiedServer(
      [
        { client_id: 'open' },
        {
          client_id: 'with-secret',
          client_secret: 'secret 1',
          token_endpoint_auth_method: 'client_secret_basic',
        },
        { client_id: 'bound', dpop_bound_access_tokens: true },
      ],
      {
        pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
      },
    );
  });
  afterAll(() => {
    server.close();
  });

  it.each([
    ['open', { client_auth: 'none' }],
    ['with-secret', {}],
    ['bound', { client_auth: 'none', sender_constraint: 'dpop' }],
  ])('signs in, and refreshes: the client %s', async (id, more) => {
    const name = `pushed-${id}`;
    const before = server.seen.length;
    const secret = id === 'with-secret' ? ['--secret', 'client_secret'] : [];
    const fields = settings({ issuer: server.issuer, client_id: id, ...more });
    await agent.done(['add', name, '--provider', 'oidc', ...fields, ...secret], 'secret 1\n');
    const login = agent.start(['login', name, '--no-open']);
    const { addresses } = await browse(await login.firstLine());
    const result = await login.ended;
    expect([result.code, result.stderr]).toEqual([0, result.stderr]);
    const authorize = new URL(addresses.find((one) => one.startsWith(`${server.issuer}/auth?`)) ?? '');
    expect([...authorize.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    const pushed = server.seen.slice(before).filter((one) => one.path === '/request');
    expect(pushed.map(({ status }) => status)).toEqual(id === 'bound' ? [400, 201] : [201]);
    expect(pushed.every(({ dpop }) => (dpop !== '') === (id === 'bound'))).toBe(true);
    await agent.done(['refresh', name]);
    expect((await agent.token(name)).access_token).not.toBe('');
  });
});

describe('oauth2-mock-server', () => {
  const server = new OAuth2Server();
  let issuer: string;
  beforeAll(async () => {
    await server.issuer.keys.generate('RS256');
    await server.start(0, '127.0.0.1');
    issuer = `http://127.0.0.1:${String(server.address().port)}`;
    server.issuer.url = issuer;
  });
  afterAll(() => server.stop());

  it.each(['client_credentials', 'password', 'authorization_code'])('signs in: %s', async (grant) => {
    const password = grant === 'password';
    for (const [id, fields] of Object.entries({
      oidc: { issuer },
      oauth2: { authorize_url: `${issuer}/authorize`, token_url: `${issuer}/token` },
    })) {
      const name = `mock-${grant}-${id}`;
      await agent.done(
        [
          'add',
          name,
          '--provider',
          id,
          '--grant',
          grant,
          ...settings({
            ...fields,
            client_id: 'mock',
            client_auth: 'post',
            ...(password ? { username: 'alice' } : {}),
          }),
          '--secret',
          'client_secret',
          ...(password ? ['--secret', 'password'] : []),
        ],
        'mock secret\nmock password\n',
      );
      const login = agent.start(['login', name, '--no-open']);
      if (grant === 'authorization_code') await browse(await login.firstLine());
      const result = await login.ended;
      expect([name, result.code, result.stderr]).toEqual([name, 0, result.stderr]);
      const token = await agent.token(name);
      expect(token.access_token.split('.')).toHaveLength(3);
      expect(token.expires_in).toBeGreaterThan(0);
      await agent.done(['refresh', name]);
    }
  });
});
