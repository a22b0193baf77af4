// ID tokens for who asks for them (`--id-token`, `id_token=1`, kubectl), against the certified `oidc-provider`.
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ClientMetadata } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browse, settings } from '../testing/browse.ts';
import { startCertifiedServer, type CertifiedServer } from '../testing/certified-server.ts';
import { cleanUp, startAgent } from '../testing/program.ts';
import type { Agent } from '../testing/program.ts';

/** Seconds. */
let idTokenLife = 600;
let agent: Agent;
let server: CertifiedServer;
beforeAll(async () => {
  agent = await startAgent();
  const ttl = { IdToken: () => idTokenLife, AccessToken: 600, RefreshToken: 3600, Grant: 3600 };
  const machine: ClientMetadata = {
    ...{ client_id: 'machine', client_secret: 'a secret', grant_types: ['client_credentials'] },
    ...{ redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_basic' },
  };
  server = await startCertifiedServer(
    [{ client_id: 'people' }, machine],
    { clientCredentials: { enabled: true } },
    { ttl },
  );
  await add('hq', 'openid');
}, 60_000);
afterAll(async () => {
  server.close();
  await cleanUp();
});

async function add(name: string, scope: string, provider = 'oidc'): Promise<void> {
  const { issuer } = server;
  const at =
    provider === 'oidc' ? { issuer } : { authorize_url: `${issuer}/auth`, token_url: `${issuer}/token` };
  const fields = settings({ ...at, client_id: 'people', client_auth: 'none', scope });
  await agent.done(['add', name, '--provider', provider, ...fields]);
  const login = agent.start(['login', name, '--no-open']);
  await browse(await login.firstLine());
  const { code, stderr } = await login.ended;
  expect([code, stderr]).toEqual([0, stderr]);
}

const refreshes = (): number =>
  server.seen.filter(({ form }) => form['grant_type'] === 'refresh_token').length;

interface Answer {
  readonly code: string;
  readonly detail: string;
  readonly access_token: string;
  readonly id_token: string;
  readonly id_token_expires_at: number;
}

/** The claims of a token that the issuer has signed. */
async function verified(token: string): Promise<Record<string, unknown>> {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const read = (piece: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(piece, 'base64url').toString()) as Record<string, unknown>;
  const { keys } = (await (await fetch(`${server.issuer}/jwks`)).json()) as { keys: JsonWebKey[] };
  const jwk = keys.find((one) => one['kid'] === read(head)['kid']);
  const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
  expect(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(
    true,
  );
  return read(claims);
}

describe('the ID token of an account', () => {
  it('is printed, and is one that the issuer signed for this client', async () => {
    const idToken = (await agent.done(['token', 'hq', '--id-token'])).trim();
    const payload = await verified(idToken);
    expect(payload).toMatchObject({ iss: server.issuer, aud: 'people', sub: 'alice' });
    const answer = (await agent.ask('/v1/token?account=hq&id_token=1')).json<Answer>();
    expect(answer).toMatchObject({ id_token: idToken, id_token_expires_at: payload['exp'] });
    const text = await agent.ask('/v1/token?account=hq&id_token=1', { headers: { Accept: 'text/plain' } });
    expect(text.text).toBe(`${idToken}\n`);
    expect((await agent.ask('/v1/token?account=hq')).json<Answer>().id_token).toBeUndefined();
    const lines = JSON.parse(await agent.done(['audit', '--json'])) as { route: string; id_token?: true }[];
    const told = lines.filter(({ route }) => route === 'GET /v1/token').map((line) => line.id_token);
    expect(told.toSorted()).toEqual([true, true, true, undefined]);
  });

  it('is decoded', async () => {
    const claims = JSON.parse(await agent.done(['token', 'hq', '--id-token', '--decode'])) as object;
    expect(claims).toMatchObject({ iss: server.issuer, aud: 'people', sub: 'alice' });
    const opaque = await agent.run(['token', 'hq', '--decode']);
    expect([opaque.code, opaque.stdout]).toEqual([2, '']);
    expect(opaque.stderr).toContain('not a JWT');
  });

  it.each([['header'], ['curl'], ['env']])('is not printed as %s', async (format) => {
    expect((await agent.run(['token', 'hq', '--id-token', '--format', format])).code).toBe(2);
  });

  it('is another one once it has ended, by one refresh, whose signature is checked too', async () => {
    const before = refreshes();
    idTokenLife = 1;
    await agent.done(['refresh', 'hq']);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    idTokenLife = 600;
    const asked = agent.ask('/v1/token?account=hq&id_token=1');
    const [one, two] = await Promise.all(
      [1, 2].map(async () => (await agent.done(['token', 'hq', '--id-token'])).trim()),
    );
    const answer = (await asked).json<Answer>();
    expect(answer.id_token).toBe(one);
    // And the access token beside it is none that the same refresh replaced.
    expect(answer.access_token).toBe((await agent.token('hq')).access_token);
    expect(one).toBe(two);
    expect((await verified(one ?? ''))['sub']).toBe('alice');
    expect(refreshes() - before).toBe(2);
  });

  it('is valid for as long as was asked for, or refused', async () => {
    const long = (await agent.ask('/v1/token?account=hq&id_token=1&min_valid=590')).json<Answer>();
    expect(long.id_token_expires_at).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000) + 589);
    idTokenLife = 30;
    await agent.done(['refresh', 'hq']);
    const refused = await agent.ask('/v1/token?account=hq&id_token=1&min_valid=60');
    expect([refused.status, refused.json<Answer>().code]).toEqual([409, 'lifetime_too_short']);
    // The vendor is not asked for each call.
    const before = refreshes();
    await agent.ask('/v1/token?account=hq&id_token=1&min_valid=60');
    expect(refreshes()).toBe(before);
    idTokenLife = 600;
    await agent.done(['refresh', 'hq']);
  });

  it('is what kubectl gets, with its own end; of an account without one the access token', async () => {
    const { id_token: idToken, id_token_expires_at: end } = (
      await agent.ask('/v1/token?account=hq&id_token=1')
    ).json<Answer>();
    const { status } = JSON.parse(await agent.done(['kubectl-credential', 'hq'])) as {
      status: { token: string; expirationTimestamp: string };
    };
    expect(status.token).toBe(idToken);
    expect(Date.parse(status.expirationTimestamp) / 1000).toBe(end);
    const fields = settings({ issuer: server.issuer, client_id: 'machine' });
    const own = [
      '--provider',
      'oidc',
      '--grant',
      'client_credentials',
      ...fields,
      '--secret',
      'client_secret',
    ];
    await agent.done(['add', 'plain', ...own], 'a secret\n');
    await agent.done(['login', 'plain']);
    const plain = JSON.parse(await agent.done(['kubectl-credential', 'plain'])) as typeof status & {
      status: { token: string };
    };
    expect(plain.status.token).toBe((await agent.token('plain')).access_token);
  });

  it('is refused where there is none, or none that can be checked', async () => {
    const none = await agent.run(['token', 'plain', '--id-token']);
    expect([none.code, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toContain('no ID token');
    await add('by-hand', 'openid', 'oauth2');
    const unchecked = await agent.run(['token', 'by-hand', '--id-token']);
    expect([unchecked.code, unchecked.stdout]).toEqual([2, '']);
    expect(unchecked.stderr).toContain('issuer');
  });

  it('is not given to a key that is limited to other scopes', async () => {
    const add = { name: 'robot', accounts: ['hq'], scopes: ['profile'] };
    const made = await agent.ask('/v1/clients', {
      method: 'POST',
      body: JSON.stringify(add),
      headers: { 'Content-Type': 'application/json' },
    });
    const { key } = made.json<{ key: string }>();
    const headers = { Authorization: `Bearer ${key}` };
    const refused = await agent.ask('/v1/token?account=hq&id_token=1', { headers });
    expect([refused.status, refused.json<Answer>().code]).toEqual([403, 'not_permitted']);
  });

  it('stands in a file for programs that can only read one, and a new one before it ends', async () => {
    const file = path.join(agent.home, 'id-token');
    idTokenLife = 6;
    await agent.done(['refresh', 'hq']);
    const said = await agent.done(['token-file', 'add', 'hq', file, '--id-token']);
    expect(said).toBe(`The ID token of hq is in ${file}.\n`);
    const list = JSON.parse(await agent.done(['token-file', 'list', '--json'])) as unknown;
    expect(list).toEqual([{ account: 'hq', path: file, id_token: true, written: true }]);
    const first = await readFile(file, 'utf8');
    expect(await verified(first)).toMatchObject({ aud: 'people', sub: 'alice' });
    await expect.poll(() => readFile(file, 'utf8'), { timeout: 15_000 }).not.toBe(first);
    const { exp } = await verified(await readFile(file, 'utf8'));
    expect(Number(exp)).toBeGreaterThan(Date.now() / 1000);
    idTokenLife = 600;
    await agent.done(['token-file', 'remove', file]);
    expect(existsSync(file)).toBe(false);
  }, 30_000);

  it('is gone with the sign-in', async () => {
    await agent.done(['logout', 'hq']);
    expect((await agent.run(['token', 'hq', '--id-token'])).code).toBe(4);
  });
});
