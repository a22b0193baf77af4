// Tokens that are bound to a key (DPoP, RFC 9449): signed in, refreshed and used against the certified `oidc-provider`,
// which asks for a nonce at its token endpoint and at its API.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyfobClient } from '../packages/client/src/index.ts';
import { browse, settings } from '../testing/browse.ts';
import { startCertifiedServer, type CertifiedServer } from '../testing/certified-server.ts';
import { runPython } from '../testing/client-kit.ts';
import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import type { Agent } from '../testing/program.ts';

let agent: Agent;
let server: CertifiedServer;
let me: string;
const passphrase = path.join(makeFolder(), 'passphrase');
const vault = ['--vault', 'file', '--passphrase-file', passphrase];
beforeAll(async () => {
  writeFileSync(passphrase, 'a long passphrase for a test\n', { mode: 0o600 });
  agent = await startAgent({ args: vault });
  server = await startCertifiedServer([{ client_id: 'bound', dpop_bound_access_tokens: true }], {
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
  });
  me = `${server.issuer}/me`;
  const base = settings({
    issuer: server.issuer,
    client_id: 'bound',
    client_auth: 'none',
    sender_constraint: 'dpop',
  });
  await agent.done(['add', 'bound', '--provider', 'oidc', ...base]);
  const login = agent.start(['login', 'bound', '--no-open']);
  await browse(await login.firstLine());
  const { code, stderr } = await login.ended;
  expect([code, stderr]).toEqual([0, stderr]);
}, 60_000);
afterAll(async () => {
  server.close();
  await cleanUp();
});

const read = (piece = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(piece, 'base64url').toString()) as Record<string, unknown>;
const claims = (proof: string | undefined): Record<string, unknown> => read(proof?.split('.')[1]);
/** The public key in a proof. */
const keyOf = (proof: string | undefined): unknown => read(proof?.split('.')[0])['jwk'];

/** Has Keyfob prove the next request with a nonce that the API takes no more. */
async function forgetNonce(): Promise<void> {
  await agent.ask(`/v1/token?account=bound&method=GET&url=${encodeURIComponent(me)}&nonce=old`);
}

/** How the API answered the last two requests. */
function lastAtApi(): number[] {
  return server.seen
    .filter((one) => one.path === '/me')
    .map(({ status }) => status)
    .slice(-2);
}

/** All that a folder holds, as text. */
function contents(folder: string): string {
  return readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isDirectory() || statSync(name).isFile())
    .map((name) => (statSync(name).isDirectory() ? contents(name) : readFileSync(name, 'latin1')))
    .join('\n');
}

describe('an account whose tokens are bound to a key', () => {
  it('is signed in with the nonce that the token endpoint asked for', () => {
    const tokens = server.seen.filter((one) => one.path === '/token');
    expect(tokens.map(({ status }) => status)).toEqual([400, 200]);
    expect(keyOf(tokens[0]?.dpop)).toEqual(keyOf(tokens[1]?.dpop));
    expect(claims(tokens[0]?.dpop)['nonce']).toBeUndefined();
  });

  it('is given with a proof for the request that is named, and with the nonce that the API asked for', async () => {
    const { headers, ...token } = await agent.token('bound');
    expect(token.token_type).toBe('DPoP');
    expect(headers).toEqual({ Authorization: `DPoP ${token.access_token}` });
    const named = (nonce = ''): string =>
      `/v1/token?account=bound&method=GET&url=${encodeURIComponent(`${me}?a=1`)}${nonce}`;
    const first = (await agent.ask(named())).json<typeof token & { headers: Record<string, string> }>();
    expect(claims(first.headers['DPoP'])).toMatchObject({ htm: 'GET', htu: me });
    const refused = await fetch(me, { headers: first.headers });
    expect(refused.status).toBe(401);
    const nonce = refused.headers.get('dpop-nonce') ?? '';
    const second = (await agent.ask(named(`&nonce=${encodeURIComponent(nonce)}`))).json<typeof first>();
    expect(claims(second.headers['DPoP'])['nonce']).toBe(nonce);
    expect((await fetch(me, { headers: second.headers })).status).toBe(200);
    // Once: the server takes no proof twice.
    expect((await fetch(me, { headers: second.headers })).status).toBe(401);
  });

  it.each([
    ['method=GET', 'url'],
    [`url=${encodeURIComponent('https://api.example/')}`, 'url'],
    ['nonce=n', 'url'],
    ['method=GET&url=ftp%3A%2F%2Fapi.example%2F', 'url'],
    ['method=GET&url=%2Fme', 'url'],
    ['method=G%20T&url=https%3A%2F%2Fapi.example%2F', 'method'],
    ['method=GET&url=https%3A%2F%2Fapi.example%2F&nonce=a%20b', 'nonce'],
  ])('is not given for a request that is none: %s', async (query, field) => {
    const answer = await agent.ask(`/v1/token?account=bound&${query}`);
    expect([answer.status, answer.json<{ code: string; field: string }>()]).toMatchObject([
      400,
      { code: 'bad_request', field },
    ]);
  });

  it('is refreshed with the same key', async () => {
    const before = await agent.token('bound');
    await agent.done(['refresh', 'bound']);
    expect((await agent.token('bound')).access_token).not.toBe(before.access_token);
    const used = server.seen.filter((one) => one.path === '/token');
    expect(used.at(-1)).toMatchObject({ status: 200, form: { grant_type: 'refresh_token' } });
    expect(keyOf(used.at(-1)?.dpop)).toEqual(keyOf(used[0]?.dpop));
  });

  it.each([
    [['-sS']],
    [['-sS', '-X', 'POST']],
    [['-sSd', '']],
    [['-sS', '--data', 'a=1', '--get', '-o', '-']],
    [['-sSI']],
    [['-sSf']],
  ])('is used by curl, which answers the API’s nonce by itself: %j', async (args) => {
    await forgetNonce();
    const { code, stdout, stderr } = await agent.run(['curl', 'bound', '--', ...args, me]);
    // With `--fail` curl itself tells of the first answer.
    expect([code, stderr.replace(/^curl: \(22\).* 401\n$/, '')]).toEqual([0, '']);
    if (args[0] === '-sSI') expect(stdout).toMatch(/^HTTP\/1.1 200/);
    else expect(JSON.parse(stdout)).toEqual({ sub: 'alice' });
    expect(lastAtApi()).toEqual([401, 200]);
  });

  it('is used through the proxy, which answers the API’s nonce by itself', async () => {
    await agent.done(['set', 'bound', '--set', `api_base=${server.issuer}`]);
    const key = (await agent.done(['client', 'add', 'excel', '--accounts', 'bound'])).trim();
    const proxy = agent.start(['proxy', 'bound']);
    const local = await proxy.firstLine();
    await forgetNonce();
    const answered = await fetch(`${local}/me?a=1`, { headers: { authorization: `Bearer ${key}` } });
    expect([answered.status, await answered.json()]).toEqual([200, { sub: 'alice' }]);
    expect(lastAtApi()).toEqual([401, 200]);
    proxy.signal('SIGTERM');
    expect((await proxy.ended).code).toBe(0);
  });

  it('is used by curl with what it reads from standard input once: the nonce is known the next time', async () => {
    await forgetNonce();
    const post = ['curl', 'bound', '--', '-s', '-d', '@-', '-o', '-', me];
    const first = await agent.run(post, 'a=1');
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('again') as string]);
    expect(JSON.parse(first.stdout)).toMatchObject({ error: 'use_dpop_nonce' });
    expect(JSON.parse((await agent.run(post, 'a=1')).stdout)).toEqual({ sub: 'alice' });
  });

  it('is proved by curl for one address at a time', async () => {
    const { code, stderr } = await agent.run(['curl', 'bound', '--', '-s', me, me]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('a proof is needed for each address') as string,
    ]);
  });

  it('is printed as headers for a named request alone', async () => {
    const plain = await agent.run(['token', 'bound', '--format', 'header']);
    expect([plain.code, plain.stdout]).toEqual([2, '']);
    expect(plain.stderr).toContain('--method');
    const named = ['token', 'bound', '--format', 'header', '--method', 'GET', '--url', me];
    expect(await agent.done(named)).toMatch(/^Authorization: DPoP \S+\nDPoP: \S+\n$/);
  });

  it('is used by the client package', async () => {
    await forgetNonce();
    const client = createKeyfobClient({ socket: agent.ready.socket });
    const answer = await client.fetch(`${me}?x=1`, {}, { account: 'bound' });
    expect([answer.status, await answer.json()]).toEqual([200, { sub: 'alice' }]);
    expect(lastAtApi()).toEqual([401, 200]);
  });

  it('has its key in the vault: after a restart the refresh token, which is bound to it, is good', async () => {
    const before = await agent.token('bound');
    await agent.stop();
    agent = await startAgent({ args: vault, home: agent.home });
    expect((await agent.token('bound')).access_token).toBe(before.access_token);
    await agent.done(['refresh', 'bound']);
    const used = server.seen.filter((one) => one.path === '/token');
    expect(keyOf(used.at(-1)?.dpop)).toEqual(keyOf(used[0]?.dpop));
  });

  it('tells its key nowhere else', async () => {
    const home = contents(agent.home);
    expect(home).not.toMatch(/"d":|proof_key/);
    expect(JSON.stringify((await agent.ask('/v1/token?account=bound')).json())).not.toMatch(/"d"|proof_key/);
  });

  it('is refused by the module for Python, which makes no proofs', async () => {
    const before = server.seen.length;
    const script = `from keyfob_client import Keyfob\nKeyfob().urlopen('${me}', account='bound')`;
    await expect(runPython(script, { KEYFOB_HOME: agent.home })).rejects.toMatchObject({
      stderr: expect.stringContaining('bound to a key (DPoP)') as string,
    });
    expect(server.seen).toHaveLength(before);
  });
});
