import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectMode, hasUnixSockets } from '../../testing/system.ts';

import { endpointKit, kitIssuer, kitLifetime } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import { keyPair, seal, unseal } from './secretbox.ts';

interface OidcKit extends EndpointKit {
  readonly socket: string;
}

async function kit(): Promise<OidcKit> {
  const made = await endpointKit([
    { name: 'hq', selected: true },
    { name: 'id', provider: 'oidc' },
    { name: 'new', provider: 'oidc', signedOut: true },
  ]);
  const socket = join(made.folder, 'run', 'oidc-agent.sock');
  await made.endpoint.listenForOidcAgent(socket, (name) => (name === 'id' ? kitIssuer : null));
  return Object.assign(made, { socket });
}

/** Writes what `say` gives and collects what comes back, until the other side closes or `ms` are over. */
function talk(path: string, send: (socket: Socket) => void, ms = 3_000): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(path, () => send(socket));
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, ms);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', end);
    socket.on('close', end);
  });
}

const plain = async (path: string, request: unknown): Promise<Record<string, unknown>> =>
  JSON.parse(await talk(path, (socket) => socket.write(JSON.stringify(request)))) as Record<string, unknown>;

describe.runIf(hasUnixSockets)("oidc-agent's protocol", () => {
  it('stands on a socket of 0600 in a folder of 0700', async () => {
    await using k = await kit();
    expectMode(k.socket, 0o600);
    expectMode(join(k.folder, 'run'), 0o700);
  });

  it('gave the selected account’s token for an account that is no text', async () => {
    await using k = await kit();
    for (const wrong of [
      { account: { a: 1 } },
      { account: ['id'] },
      { account: null },
      { issuer: 7 },
      { scope: {} },
    ])
      expect(await plain(k.socket, { request: 'access_token', ...wrong })).toMatchObject({
        status: 'failure',
      });
    expect(await plain(k.socket, { request: 'access_token', min_valid_period: [5] })).toMatchObject({
      status: 'failure',
    });
    const deep = `{"request":"access_token","account":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(await talk(k.socket, (socket) => socket.write(deep))).toContain('"failure"');
  });

  it('gives a token by account and by issuer, and says whose', async () => {
    await using k = await kit();
    const asked = {
      request: 'access_token',
      account: 'hq',
      min_valid_period: 60,
      application_hint: 'backup',
    };
    expect(await plain(k.socket, asked)).toEqual({
      status: 'success',
      access_token: 'token-of-hq',
      issuer: 'oauth2',
      expires_at: k.keyfob.account('hq').expires_at,
    });
    expect(await plain(k.socket, { request: 'access_token', issuer: `${kitIssuer}/` })).toMatchObject({
      access_token: 'token-of-id',
      issuer: kitIssuer,
      expires_at: k.keyfob.account('id').expires_at,
    });
    expect(k.asked).toEqual([]);
    const ask = (more: object): Promise<Record<string, unknown>> =>
      plain(k.socket, { request: 'access_token', account: 'hq', ...more });
    // More than the vendor's tokens live.
    expect(await ask({ min_valid_period: kitLifetime + 1 })).toMatchObject({ status: 'failure' });
    expect(await ask({ scope: 'a b', audience: 'x' })).toMatchObject({ access_token: 'token-of-hq-2' });
    expect(k.asked.at(-1)?.parameters).toMatchObject({ scope: 'a b', resource: 'x' });
    // Below 0: a new one.
    expect(await ask({ min_valid_period: -1 })).toMatchObject({ access_token: 'token-of-hq-3' });
    const [line] = await k.access.audit.tail(10);
    expect(line).toMatchObject({
      client: 'local',
      via: 'oidc-agent',
      account: 'hq',
      outcome: 'ok',
      application: 'backup',
    });
    expect(JSON.stringify(await k.access.audit.tail(10))).not.toContain('token-of');
  });

  it('says what is wrong in its own format', async () => {
    await using k = await kit();
    expect(await plain(k.socket, { request: 'access_token', account: 'none' })).toEqual({
      status: 'failure',
      error: 'There is no account "none".',
      info: '`keyfob accounts` lists your accounts.',
    });
    const issuer = 'https://other.example.com';
    expect(await plain(k.socket, { request: 'access_token', issuer })).toMatchObject({
      status: 'failure',
      error: 'No account has this issuer.',
    });
    for (const request of ['id_token', 'add', 'gen', 'lock', 'mytoken', 'file_read', 7, undefined])
      expect(await plain(k.socket, { request })).toMatchObject({ status: 'failure' });
    expect(await plain(k.socket, { request: 'loaded_accounts' })).toEqual({
      status: 'success',
      info: ['hq', 'id'],
    });
    expect(await plain(k.socket, { request: 'check' })).toEqual({ status: 'success' });
  });

  it('takes a request in pieces, and one whose writer has closed its side', async () => {
    await using k = await kit();
    const text = JSON.stringify({ request: 'access_token', account: 'hq' });
    const pieces = await talk(k.socket, (socket) => {
      socket.write(text.slice(0, 9));
      setTimeout(() => socket.write(text.slice(9)), 30);
    });
    expect(JSON.parse(pieces)).toMatchObject({ status: 'success' });
    expect(JSON.parse(await talk(k.socket, (socket) => socket.end(text)))).toMatchObject({
      status: 'success',
    });
  });

  it('talks in boxes with who begins with a key', async () => {
    await using k = await kit();
    const own = keyPair();
    const nonce = new Uint8Array(24).fill(7);
    const request = Buffer.from(JSON.stringify({ request: 'access_token', account: 'hq' }));
    let shared = new Uint8Array();
    let sent = false;
    const output = await talk(k.socket, (socket) => {
      socket.write(Buffer.from(own.publicKey).toString('base64'));
      socket.on('data', (chunk: Buffer) => {
        if (sent) return;
        sent = true;
        shared = Uint8Array.from(own.sharedWith(Buffer.from(chunk.toString(), 'base64')));
        const box = Buffer.from(seal(request, nonce, shared)).toString('base64');
        socket.write(`${request.length}:${Buffer.from(nonce).toString('base64')}:${box}`);
      });
    });
    const [length, boxNonce, box] = output
      .slice(44)
      .split(':')
      .map((piece) => Buffer.from(piece, 'base64'));
    expect(output.slice(44)).not.toContain('token-of');
    const opened = Buffer.from(unseal(box!, boxNonce!, shared) ?? []);
    expect(JSON.parse(opened.toString())).toMatchObject({ access_token: 'token-of-hq' });
    expect(length).toBeDefined();
  });

  it("asks the person by the local caller's rule, and names the program", async () => {
    const k = await endpointKit([{ name: 'hq', selected: true }]);
    await using _ = k;
    const socket = join(k.folder, 'run', 'oidc-agent.sock');
    await k.endpoint.listenForOidcAgent(socket, () => null);
    k.localApproval = 'ask';
    const asked = plain(socket, { request: 'access_token', account: 'hq', application_hint: 'backup' });
    for (let i = 0; i < 200 && (k.access.approvals.list()[0]?.askers.length ?? 0) === 0; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const [question] = k.access.approvals.list();
    expect(question).toMatchObject({ client: 'local', account: 'hq' });
    expect(question?.askers[0]?.application).toBe('backup');
    k.access.approvals.answer(question!.id, false);
    expect(await asked).toMatchObject({ status: 'failure', error: 'The request of local was denied.' });
  });

  it('is not hurt by what is not a request', async () => {
    await using k = await kit();
    const bad = [
      '\0\0\0\0',
      'GET /v1/token HTTP/1.1\r\nHost: localhost\r\n\r\n',
      '[]',
      '{"request":"access_token"}}',
      'null',
      `${'A'.repeat(43)}=${'B'.repeat(500)}`,
      // A public key that shares nothing (RFC 7748 section 6.1).
      Buffer.alloc(32).toString('base64'),
      `{"request":"access_token","account":${'['.repeat(20_000)}`,
    ];
    await Promise.all(bad.map((text) => talk(k.socket, (socket) => socket.end(text), 1_000)));
    const huge = Buffer.alloc(1024 * 1024, '{"a":"');
    expect(await talk(k.socket, (socket) => socket.write(huge), 2_000)).toContain('failure');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const output = await talk(k.socket, (socket) => socket.end(bytes), 1_000);
        expect(output).not.toContain('token-of');
      }),
      { numRuns: 60 },
    );
    // After the keys: boxes that are none, with huge and with small lengths.
    const own = Buffer.from(keyPair().publicKey).toString('base64');
    for (const box of ['999999:AAAA:AAAA', '0::', '5:AAAA:AAAA', '18446744073709551616:a:b', ':::', '-1:a:b'])
      await talk(
        k.socket,
        (socket) => {
          socket.write(own);
          socket.once('data', () => socket.end(box));
        },
        1_000,
      );
    expect(await plain(k.socket, { request: 'access_token', account: 'hq' })).toMatchObject({
      status: 'success',
    });
    expect([k.asked, k.core.events]).toEqual([[], []]);
  });

  it('serves beside a crowd that says nothing, and slow ones', async () => {
    await using k = await kit();
    const idle = Array.from({ length: 150 }, () => connect(k.socket));
    for (const socket of idle) socket.on('error', () => undefined);
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    for (const socket of idle.slice(100)) socket.write('{');
    expect(await plain(k.socket, { request: 'access_token', account: 'hq' })).toMatchObject({
      status: 'success',
    });
    for (const socket of idle) socket.destroy();
  });
});

const OIDC_TOKEN = '/usr/bin/oidc-token';

describe.runIf(existsSync(OIDC_TOKEN))("Debian's oidc-token", () => {
  const run = (socket: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(
        OIDC_TOKEN,
        args,
        { env: { OIDC_SOCK: socket, PATH: '/usr/bin:/bin' }, timeout: 8_000 },
        (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  it('gets a token by account, and says why it gets none', async () => {
    await using k = await kit();
    expect(await run(k.socket, 'hq')).toEqual({ code: 0, out: 'token-of-hq\n', err: '' });
    const none = await run(k.socket, 'none');
    expect(none.code).toBe(1);
    expect(none.err).toContain('There is no account "none".');
    expect(none.err).toContain('keyfob accounts');
    expect((await k.access.audit.tail(1))[0]).toMatchObject({
      via: 'oidc-agent',
      outcome: 'no_such_account',
    });
    expect((await k.access.audit.tail(9)).some(({ application }) => application === 'oidc-token')).toBe(true);
  });

  it('takes an issuer, a time, a scope, an audience, a name, and a new token', async () => {
    await using k = await kit();
    expect((await run(k.socket, kitIssuer)).out).toBe('token-of-id\n');
    const long = ['--time', '120', '--scope', 'a', '--scope', 'b', '--aud', 'x', '--name', 'my script'];
    expect((await run(k.socket, ...long, 'hq')).out).toBe('token-of-hq-2\n');
    expect(k.asked.map(({ parameters }) => parameters)).toMatchObject([{ scope: 'a b', resource: 'x' }]);
    expect((await run(k.socket, '--force-new', 'hq')).out).toBe('token-of-hq-3\n');
    expect((await run(k.socket, '--time', `${kitLifetime + 1}`, 'hq')).code).toBe(1);
    expect((await k.access.audit.tail(9))[1]).toMatchObject({ application: 'my script' });
  });

  it('prints all of it, for people and for a shell', async () => {
    await using k = await kit();
    const end = k.keyfob.account('id').expires_at;
    expect((await run(k.socket, '--all', 'id')).out).toBe(`token-of-id\n${kitIssuer}\n${end}\n`);
    const env = await run(k.socket, '--time', '60', '--env', 'id');
    expect(env.out).toContain('OIDC_AT=token-of-id; export OIDC_AT;');
    expect(env.out).toContain(`OIDC_ISS=${kitIssuer}; export OIDC_ISS;`);
    expect(env.out).toContain(`OIDC_EXP=${end}; export OIDC_EXP;`);
  });

  it('is told that an id_token is not to be had', async () => {
    await using k = await kit();
    // By name it looks into oidc-agent's own folder first, and never comes here.
    const asked = await run(k.socket, '--id-token', kitIssuer);
    expect([asked.code, asked.out]).toEqual([1, '']);
    expect(asked.err).toContain('access tokens');
  });
});
