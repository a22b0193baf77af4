// `keyfob proxy` as a process, beside a real agent and a strict vendor with an API of its own.
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasSignals } from '../../testing/system.ts';
import { startAgent } from './test-agent.ts';
import { keyfob, makeHome, start, type Ended, type Running } from './test-host.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

/** Bytes of a body that can be sent twice. */
const maxKept = 1024 * 1024;

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  body: string;
}

let home: string;
let agent: Running;
let running: Running;
/** `http://127.0.0.1:PORT` of the proxy, and the address of the vendor. */
let local: string;
let vendor: string;
let key: string;
let evil: http.Server;
let server: http.Server;
let evilUrl: string;
/** What the vendor's API was asked, and how often it gave a token. */
const seen: Seen[] = [];
let given = 0;
/** Whether the API takes the newest token. */
let takes = true;
/** Bytes that the vendor has written of `/api/large`, and connections whose reader left. */
let written = 0;
let left = 0;
const atEvil: string[] = [];

const token = (): string => `canary-token-${String(given)}`;
const listen = async (one: http.Server): Promise<string> => {
  await new Promise<void>((ready) => one.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${String((one.address() as AddressInfo).port)}`;
};

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const { method = '', url = '', headers, rawHeaders } = request;
  const one: Seen = { method, url, headers, rawHeaders, body: '' };
  if (url === '/token') {
    given += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: token(), token_type: 'Bearer', expires_in: 3600 }));
    return;
  }
  seen.push(one);
  const isRight = takes && headers.authorization === `Bearer ${token()}`;
  if (url === '/api/sink') {
    // Says no before it has read anything.
    response.writeHead(isRight ? 200 : 401);
    request.resume().on('end', () => response.end());
    return;
  }
  request.setEncoding('latin1').on('data', (chunk: string) => (one.body += chunk));
  request.on('end', () => {
    if (!isRight) response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end('no');
    else if (url === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
      response.on('close', () => (left += 1));
    } else if (url === '/api/large') {
      const more = (): void => {
        while (written < 200 * 1024 * 1024) {
          written += 64 * 1024;
          if (!response.write(Buffer.alloc(64 * 1024))) return;
        }
        response.end();
      };
      response.on('drain', more).writeHead(200);
      more();
    } else if (url.startsWith('/api/to?')) {
      response.writeHead(302, { location: decodeURIComponent(url.slice('/api/to?'.length)) }).end();
    } else {
      const more = {
        'set-cookie': 'a=b',
        'access-control-allow-origin': '*',
        'x-own': 'yes',
        'alt-svc': 'h3',
      };
      response.writeHead(200, { ...more, 'x-echo': `it was ${String(headers.authorization)}` });
      response.end(one.body);
    }
  });
}

const run = (...args: string[]): Promise<Ended> => keyfob(home, args, 'a secret\n');

beforeAll(async () => {
  evil = http.createServer((request, response) => {
    atEvil.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end();
  });
  server = http.createServer(answer);
  [evilUrl, vendor, home] = await Promise.all([listen(evil), listen(server), makeHome()]);
  ({ running: agent } = await startAgent(home));
  const own = ['--provider', 'oauth2', '--grant', 'client_credentials', '--secret', 'client_secret'];
  const fields = ['--set', `token_url=${vendor}/token`, '--set', 'client_id=c'];
  await run('add', 'hq', ...own, ...fields, '--set', `api_base=${vendor}/api`);
  await run('add', 'bare', ...own, ...fields);
  expect((await run('login', 'hq')).code).toBe(0);
  key = (await run('client', 'add', 'excel', '--accounts', 'hq')).out.trim();
  expect(key).toMatch(/^kf_/);
  running = start(home, ['proxy', 'hq']);
  local = await running.firstLine;
}, 60_000);
afterAll(async () => {
  for (const one of [running, agent]) {
    one.child.kill('SIGTERM');
    await one.ended;
  }
  for (const one of [server, evil]) one.close().closeAllConnections();
});
beforeEach(() => {
  expect(atEvil).toEqual([]);
  seen.length = 0;
  takes = true;
});

/** A token that has just come in place of a refused one is not replaced at once: one of a new sign-in is. */
async function signInAnew(): Promise<void> {
  expect((await run('login', 'hq')).code).toBe(0);
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${key}` });
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${local}${path}`, { redirect: 'manual', ...init, headers: { ...bearer(), ...init.headers } });

/** Sends bytes as they are, and gives all that comes back. */
function raw(...lines: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(Number(new URL(local).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => resolve(text)).on('close', () => resolve(text));
    socket.setTimeout(5_000, () => socket.destroy());
    socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  });
}
const host = (): string => `Host: ${new URL(local).host}`;
const withKey = (): string => `Authorization: Bearer ${key}`;

describe('keyfob proxy', () => {
  it('says its address in the first line, and what to send beside it', () => {
    expect(local).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('places the token, and passes on what is neither the key nor of the connection', async () => {
    const more = ['Cookie: session=1', 'X-Own: 1', 'X-Own: 2', 'Keep-Alive: x', 'TE: trailers', 'X-Hop: 1'];
    const text = await raw(
      'POST /a%20b/c?d=e%2Ff&d=g HTTP/1.1',
      ...[host(), withKey(), 'Connection: close, x-hop', 'Upgrade: h2c', 'Proxy-Authorization: Basic eDp5'],
      ...[...more, 'Content-Length: 4', '', 'body'],
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    const [one] = seen;
    expect(one).toMatchObject({ method: 'POST', url: '/api/a%20b/c?d=e%2Ff&d=g', body: 'body' });
    expect(one?.headers).toEqual({
      host: new URL(vendor).host,
      authorization: `Bearer ${token()}`,
      'x-own': '1, 2',
      'content-length': '4',
      connection: 'close',
    });
    // Nor does anything come back that is not the program's.
    expect(text).toContain('x-own: yes');
    expect(text).toContain('x-echo: it was Bearer [cut out]');
    expect(text).not.toMatch(/set-cookie|access-control|alt-svc|canary/i);
  });

  it('takes the key as the password of HTTP Basic', async () => {
    const basic = (password: string): Promise<Response> =>
      ask('/me', {
        headers: { authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` },
      });
    expect((await basic(key)).status).toBe(200);
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${token()}`);
    expect((await basic(`${key}x`)).status).toBe(401);
  });

  it('asks for a key, by both ways', async () => {
    const lines = [host(), 'Connection: close'];
    for (const more of [
      [],
      ['Authorization: Basic !'],
      ['Authorization: Digest x'],
      [withKey(), withKey()],
    ]) {
      const text = await raw('GET /me HTTP/1.1', ...lines, ...more);
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
      expect(text).toMatch(
        /www-authenticate: Bearer realm="keyfob"[^]*www-authenticate: Basic realm="keyfob"/i,
      );
      expect(text).toContain('"code":"client_key_required"');
    }
    expect(seen).toEqual([]);
  });

  it('answers to this machine’s names alone, and to no browser', async () => {
    for (const name of ['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1']) {
      const text = await raw('GET /me HTTP/1.1', `Host: ${name}`, withKey(), 'Connection: close');
      expect(text).toMatch(/^HTTP\/1\.1 421 /);
      expect(text).toContain('"code":"wrong_host"');
    }
    for (const name of ['Origin', 'Referer', 'Sec-Fetch-Site']) {
      const text = await raw('GET /me HTTP/1.1', host(), `${name}: null`, withKey(), 'Connection: close');
      expect(text).toMatch(/^HTTP\/1\.1 403 /);
      expect(text).toContain('"code":"browser_refused"');
    }
    expect(seen).toEqual([]);
  });

  it('reached another host, or a folder above the API', async () => {
    const port = new URL(evilUrl).port;
    const there = `127.0.0.1:${port}`;
    const targets = [
      ...[
        `http://${there}/`,
        `//${there}/`,
        `/\\${there}/`,
        `\\\\${there}\\`,
        `/..//${there}/`,
        `@${there}/`,
      ],
      ...[
        '/../token',
        '/a/../../token',
        '/%2e%2e/token',
        '/..%2ftoken',
        '/..%5ctoken',
        '/.;/../token',
        '/..;/token',
      ],
      ...['/%252e%252e/token', '*', 'token', `:${port}/`, '/./token', `${vendor}/token`, '/#/../token'],
    ];
    for (const target of targets) {
      const text = await raw(`GET ${target} HTTP/1.1`, host(), withKey(), 'Connection: close');
      expect(text, target).toMatch(/^HTTP\/1\.1 (400|421) /);
    }
    // These are paths of the API, whatever is in them.
    for (const target of [`/@${there}/`, `/http://${there}/`, `/a//${there}`, `/x?u=http://${there}/../`]) {
      const text = await raw(`GET ${target} HTTP/1.1`, host(), withKey(), 'Connection: close');
      expect(text, target).toMatch(/^HTTP\/1\.1 200 /);
      expect(seen.at(-1)?.url).toBe(`/api${target}`);
    }
    expect(await raw(`CONNECT ${there} HTTP/1.1`, host(), withKey())).toMatch(/^HTTP\/1\.1 405 /);
    expect(await raw('TRACE /me HTTP/1.1', host(), withKey(), 'Connection: close')).toMatch(
      /^HTTP\/1\.1 405 /,
    );
    expect(seen).toHaveLength(4);
    expect(given).toBe(1);
  });

  it('was told apart from its key by nobody: one that stands elsewhere too goes nowhere', async () => {
    expect((await ask(`/me?access_token=${key}`)).status).toBe(400);
    expect((await ask('/me', { headers: { 'x-api-key': key } })).status).toBe(400);
    expect(seen).toEqual([]);
  });

  it('serves a client what it may use, and writes down who asked for what', async () => {
    const other = (await run('client', 'add', 'other', '--accounts', 'bare')).out.trim();
    const refused = await ask('/me', { headers: { authorization: `Bearer ${other}` } });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'not_permitted' });
    expect(seen).toEqual([]);
    await ask('/desks?secret=canary-query');
    const { out } = await run('audit', '--json');
    expect(out).not.toContain('canary');
    const lines = JSON.parse(out) as Record<string, unknown>[];
    expect(lines.findLast(({ about }) => about === 'GET /desks')).toMatchObject({
      ...{ client: 'excel', account: 'hq', route: 'GET /v1/token', outcome: 'ok' },
    });
  });

  it('has a refused token refreshed once, and sends the request once more, body and all', async () => {
    await signInAnew();
    await ask('/me');
    const before = given;
    given += 1;
    const body = 'x'.repeat(maxKept);
    const answered = await ask('/me', { method: 'PUT', body });
    expect(answered.status).toBe(200);
    expect(await answered.text()).toBe(body);
    expect(given).toBe(before + 2);
    expect(seen.map(({ body: sent }) => sent.length)).toEqual([0, maxKept, maxKept]);
  });

  it('passes a 401 on that stays, and tries no third time', async () => {
    await signInAnew();
    takes = false;
    const before = given;
    const answered = await ask('/me');
    expect(answered.status).toBe(401);
    expect(answered.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(seen).toHaveLength(2);
    expect(given).toBe(before + 1);
  });

  it('sends a long body once: a 401 is passed on, and the next request has the new token', async () => {
    await signInAnew();
    given += 1;
    const body = Buffer.alloc(maxKept * 3);
    expect((await ask('/sink', { method: 'POST', body })).status).toBe(401);
    expect(seen).toHaveLength(1);
    expect((await ask('/sink', { method: 'POST', body })).status).toBe(200);
  });

  it('passes bodies on in both directions as they come', async () => {
    const body = Buffer.alloc(20 * 1024 * 1024, 'abc');
    const chunked = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 1024 * 1024) {
          controller.enqueue(body.subarray(at, at + 1024 * 1024));
        }
        controller.close();
      },
    });
    // `duplex` is in the standard and not in the types.
    const init = { method: 'POST', body: chunked, duplex: 'half' } as RequestInit;
    const answered = await ask('/echo', init);
    expect(Buffer.from(await answered.arrayBuffer()).equals(body)).toBe(true);
    expect(seen[0]?.headers['transfer-encoding']).toBe('chunked');
  });

  it('reads of an API no more than its program takes', async () => {
    written = 0;
    const answered = await ask('/large');
    await new Promise((later) => setTimeout(later, 1_500));
    expect(written).toBeLessThan(50 * 1024 * 1024);
    await answered.body?.cancel();
  });

  it('passes events on one by one, and leaves with its program', async () => {
    const answered = await ask('/events');
    const reader = answered.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: one\n\n');
    const before = left;
    await reader?.cancel();
    await vi.waitFor(() => expect(left).toBe(before + 1), 5_000);
  });

  it.each([
    ['/api/you', () => `${local}/you`],
    ['you?x=1', () => `${local}/you?x=1`],
    ['../elsewhere', () => `${vendor}/elsewhere`],
    [() => `${vendor}/api`, () => local],
    [() => `${evilUrl}/api`, () => `${evilUrl}/api`],
    [() => `//${new URL(evilUrl).host}/api`, () => `${evilUrl}/api`],
    [() => `/api/you?access_token=${token()}`, () => `${local}/you?access_token=[cut%20out]`],
  ])(
    'follows no redirect, and leads back to itself where that is below the API: %s',
    async (to, expected) => {
      const location = typeof to === 'string' ? to : to();
      const answered = await ask(`/to?${encodeURIComponent(location)}`);
      expect(answered.status).toBe(302);
      expect(answered.headers.get('location')).toBe(expected());
      expect(seen).toHaveLength(1);
    },
  );

  it('says what the account wants of its person, and goes on once it has it', async () => {
    await run('logout', 'hq');
    const answered = await ask('/me');
    expect(answered.status).toBe(409);
    expect(answered.headers.get('content-type')).toBe('application/problem+json');
    expect(await answered.json()).toMatchObject({ code: 'sign_in_needed' });
    await run('login', 'hq');
    expect((await ask('/me')).status).toBe(200);
  });

  it('says that the API is not there, by no address', async () => {
    await run('set', 'hq', '--set', 'api_base=http://127.0.0.1:1/x', '--allow-origin', 'http://127.0.0.1:1');
    const answered = await ask('/me');
    expect(answered.status).toBe(503);
    expect(await answered.json()).toMatchObject({ code: 'vendor_unreachable' });
    await run('set', 'hq', '--set', `api_base=${evilUrl}/x`);
    const refused = await ask('/me');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'not_permitted', origins: { asked: evilUrl } });
    await run('set', 'hq', '--set', `api_base=${vendor}/api`);
    expect((await ask('/me')).status).toBe(200);
  });

  it('ends what is under way at a lock, and serves nothing until it is unlocked', async () => {
    const answered = await ask('/events');
    const reader = answered.body?.getReader();
    await reader?.read();
    await run('lock');
    await expect(reader?.read()).rejects.toThrow();
    expect((await ask('/me')).status).toBe(423);
    await run('unlock');
  });

  it.each([
    [['proxy', 'bare'], 2, /^bare has no `api_base`/],
    [['proxy', 'nobody'], 2, /nobody/],
    [['proxy', 'no/name'], 2, /name/],
    [['proxy', 'hq', '--port', 'x'], 2, /--port/],
  ])('%j ends at once', async (args, code, said) => {
    const ended = await run(...args);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(said);
  });

  it('names a port that is taken, and no running Keyfob', async () => {
    const taken = await run('proxy', 'hq', '--port', new URL(local).port);
    expect(taken).toMatchObject({ code: 2, out: '' });
    expect(taken.err).toContain('EADDRINUSE');
    const none = await keyfob(await makeHome(), ['proxy', 'hq']);
    expect(none).toMatchObject({ code: 3, out: '' });
  });

  it('prints one line of JSON when ready, and ends by a signal with 0', async () => {
    const other = start(home, ['proxy', 'hq', '--json'], '');
    expect(JSON.parse(await other.firstLine)).toEqual({
      ...{ ready: true, pid: other.child.pid, account: 'hq', api_base: `${vendor}/api` },
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    });
    other.child.kill('SIGTERM');
    expect(await other.ended).toMatchObject({ code: hasSignals ? 0 : null, err: '' });
  });

  it('ends with the running Keyfob', async () => {
    await run('stop');
    const { code, err } = await running.ended;
    expect(code).toBe(3);
    expect(err).toContain('Keyfob has ended');
  });
});
