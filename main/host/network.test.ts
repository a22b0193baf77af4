// The network as a host uses it: requests, proxies, certificates, and why no answer came.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../../testing/system.ts';
import { expectedOfFetch, lookAtFetch } from '../../testing/fetch-table.ts';
import type { FetchInit } from '../oauth/ports.ts';
import { message, type Message } from '../api/problems/index.ts';
import { describeNetworkFailure } from './network-failure.ts';
import { createFetch, isLoopback, onNetworkChange } from '../platform/network.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

async function listen<S extends net.Server>(server: S): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port; // listens on TCP
}

const get = (more: Partial<FetchInit> = {}): FetchInit => ({
  method: 'GET',
  headers: {},
  redirect: 'manual',
  signal: AbortSignal.timeout(5000),
  ...more,
});

function ours(env: Record<string, string> = {}): ReturnType<typeof createFetch> {
  return createFetch({ env, version: '1.2.3' });
}

/** A proxy that knows the name vendor.test, and counts; every other name is refused with a status. */
async function proxyTo(port: number, refusal = 502): Promise<{ port: number; tunnels: string[] }> {
  const tunnels: string[] = [];
  const proxy = http.createServer();
  proxy.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
    tunnels.push(request.url ?? '');
    if (!request.url?.startsWith('vendor.test:')) {
      client.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const target = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const end of [target, client]) end.on('error', () => undefined);
  });
  return { port: await listen(proxy), tunnels };
}

describe('an interim answer (RFC 9110 section 15.2)', () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';
  const go = 'HTTP/1.1 100 Continue\r\n\r\n';
  const final = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":"b"}';

  it.each([
    ['100 Continue', go],
    ['103 Early Hints', early],
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['several', early + go + early],
  ])('broke the answer that came after it: %s', async (_what, interim) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(interim);
        setTimeout(() => socket.end(final), 20);
      });
    });
    const port = await listen(server);
    const post = get({ method: 'POST', body: 'x=1' });
    const answer = await ours()(`http://127.0.0.1:${port}/token`, post);
    expect([answer.status, await answer.text(), answer.headers.get('link')]).toEqual([
      200,
      '{"a":"b"}',
      null,
    ]);
  });
});

describe('createFetch', () => {
  it('does what the desktop’s network does', async () => {
    expect(await lookAtFetch(ours())).toEqual(expectedOfFetch);
  });

  it('sends header values as bytes, its name, and no cookies; follows no redirect', async () => {
    const seen: { raw: string; path: string }[] = [];
    const server = net.createServer((socket) => {
      socket.once('data', (data) => {
        seen.push({ raw: data.toString('latin1'), path: data.toString('latin1').split(' ')[1] ?? '' });
        socket.end('HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nhi');
      });
    });
    const port = await listen(server);
    const fetch = ours();
    const init = get({ method: 'POST', headers: { 'X-Text': 'ü', Authorization: 'Basic x' }, body: 'ü=1' });
    const answer = await fetch(`http://127.0.0.1:${port}/first`, init);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/next']);
    expect(await answer.text()).toBe('hi');
    await fetch(`http://127.0.0.1:${port}/second`, get({ headers: { 'user-agent': 'mine' } }));
    expect(seen.map((one) => one.path)).toEqual(['/first', '/second']);
    expect(seen[0]?.raw).toMatch(/x-text: \xfc\r\n/i);
    expect(seen[0]?.raw).toMatch(/user-agent: Keyfob\/1\.2\.3\r\n/i);
    expect(seen[0]?.raw).toMatch(/\r\n\r\n\xc3\xbc=1$/);
    expect(seen[1]?.raw).toMatch(/user-agent: mine\r\n/i);
    expect(seen[1]?.raw).not.toMatch(/cookie/i);
  });

  it.each(['HTTP_PROXY', 'http_proxy'])('goes through the proxy of %s, and not to loopback', async (name) => {
    const server = http.createServer((request, answer) => answer.end(`seen ${request.headers.host ?? ''}`));
    const port = await listen(server);
    const proxy = await proxyTo(port);
    const fetch = ours({ [name]: `http://user:secret@127.0.0.1:${proxy.port}` });
    expect(await (await fetch('http://vendor.test/x', get())).text()).toBe('seen vendor.test');
    expect(proxy.tunnels).toEqual(['vendor.test:80']);
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.2']) {
      // 127.0.0.2 is served by nobody here: refused by the machine itself, and not by the proxy.
      await fetch(`http://${host}:${port}/x`, get()).catch(() => undefined);
    }
    await fetch(`http://[::1]:${port}/x`, get()).catch(() => undefined);
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('minds NO_PROXY, and a proxy without a scheme; leaves out what is no http URL', async () => {
    const proxy = await proxyTo(1);
    const fetch = ours({ HTTP_PROXY: `127.0.0.1:${proxy.port}`, NO_PROXY: 'other.test,vendor.invalid' });
    await expect(fetch('http://vendor.invalid/x', get())).rejects.toThrow();
    expect(proxy.tunnels).toEqual([]);
    const odd = ours({ HTTPS_PROXY: 'socks5://127.0.0.1:1' })('https://vendor.invalid/x', get());
    await expect(odd).rejects.toThrow('ENOTFOUND');
  });

  it.each(['*', '.test', 'vendor.test:80', 'a.test vendor.test'])(
    'goes round a proxy by NO_PROXY=%s',
    async (list) => {
      const proxy = await proxyTo(1);
      const fetch = ours({
        HTTP_PROXY: `127.0.0.1:${proxy.port}`,
        NO_PROXY: list.replaceAll('test', 'invalid'),
      });
      await expect(fetch('http://vendor.invalid/x', get())).rejects.toThrow('ENOTFOUND');
      expect(proxy.tunnels).toEqual([]);
    },
  );

  it('says that the proxy wants a password', async () => {
    const proxy = await proxyTo(1, 407);
    const fetch = ours({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    const failure = await fetch('https://no.test/?code=secret', get()).catch(describeNetworkFailure);
    expect(failure).toEqual(message('proxy_wants_password', {}));
  });
});

describe.runIf(hasProgram('openssl'))('the certificates of the system', () => {
  let folder: string;
  const file = (name: string): string => path.join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kf-ca-'));
    mkdirSync(file('empty'));
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    };
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl(
      'req',
      '-x509',
      ...ec,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Own CA',
    );
    for (const [name, alt, ...validity] of [
      ['right', 'DNS:vendor.test,IP:127.0.0.1', '-days', '2'],
      ['wrong', 'DNS:other.test', '-days', '2'],
      ['old', 'DNS:vendor.test,IP:127.0.0.1', '-days', '-1'],
    ] as const) {
      writeFileSync(file('ext'), `subjectAltName=${alt}`);
      openssl('req', ...ec, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-extfile', 'ext', ...validity];
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const script = `
    import { createFetch } from ${JSON.stringify(new URL('../platform/network.ts', import.meta.url).href)};
    import { describeNetworkFailure } from ${JSON.stringify(new URL('./network-failure.ts', import.meta.url).href)};
    const fetch = createFetch({ version: '1' });
    const signal = AbortSignal.timeout(5000);
    try {
      const answer = await fetch(process.argv[1], { method: 'GET', headers: {}, redirect: 'manual', signal });
      console.log('answered ' + await answer.text());
    } catch (error) {
      console.log(JSON.stringify(describeNetworkFailure(error)));
    }
    process.exit();`;

  // In a process of its own: Node reads the system's store once.
  async function asked(certificate: string, env: Record<string, string>, url?: string): Promise<string> {
    const tlsOptions = {
      key: readFileSync(file(`${certificate}.key`)),
      cert: readFileSync(file(`${certificate}.pem`)),
    };
    const server = https.createServer(tlsOptions, (_, answer) => answer.end('hello'));
    const port = await listen(server);
    const proxy = url === undefined ? null : await proxyTo(port);
    const own: NodeJS.ProcessEnv = {
      PATH: process.env['PATH'],
      SSL_CERT_FILE: file('none.pem'),
      SSL_CERT_DIR: file('empty'),
      ...env,
    };
    if (proxy !== null) own['HTTPS_PROXY'] = `http://127.0.0.1:${proxy.port}`;
    const args = ['--input-type=module', '-e', script, url ?? `https://127.0.0.1:${port}/`];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: own });
    if (proxy !== null) expect(proxy.tunnels).toEqual([`${new URL(url ?? '').hostname}:443`]);
    return stdout.trim();
  }

  it('are trusted, from SSL_CERT_FILE, and beside them those of NODE_EXTRA_CA_CERTS', async () => {
    expect(await asked('right', { SSL_CERT_FILE: file('ca.pem') })).toBe('answered hello');
    expect(await asked('right', { NODE_EXTRA_CA_CERTS: file('ca.pem') })).toBe('answered hello');
  });

  it('are trusted, from SSL_CERT_DIR', async () => {
    mkdirSync(file('store'));
    writeFileSync(path.join(file('store'), 'own.pem'), readFileSync(file('ca.pem')));
    expect(await asked('right', { SSL_CERT_DIR: file('store') })).toBe('answered hello');
  });

  it('are trusted through a proxy too', async () => {
    expect(await asked('right', { SSL_CERT_FILE: file('ca.pem') }, 'https://vendor.test/x')).toBe(
      'answered hello',
    );
  });

  it('are what a plain sentence asks for when one is not trusted, old or for another name', async () => {
    expect(await asked('right', {})).toContain('certificate_unknown_issuer');
    expect(await asked('wrong', { SSL_CERT_FILE: file('ca.pem') })).toContain('certificate_other_name');
    expect(await asked('old', { SSL_CERT_FILE: file('ca.pem') })).toContain('certificate_ended');
    const refused = await asked('right', { SSL_CERT_FILE: file('ca.pem') }, 'https://no.test/?code=secret');
    expect(JSON.parse(refused)).toEqual(message('proxy_refused_status', { status: '502' }));
  });
});

describe('describeNetworkFailure', () => {
  const failureOf = async (url: string, init = get()): Promise<Message | null> =>
    ours()(url, init).then(() => null, describeNetworkFailure);

  it('says what stood in the way', async () => {
    const closed = net.createServer();
    const port = await listen(closed);
    closed.close();
    expect(await failureOf(`http://127.0.0.1:${port}/?code=secret`)).toEqual(
      message('server_refused', { host: '127.0.0.1' }),
    );
    expect(await failureOf('http://vendor.invalid/?code=secret')).toEqual({
      reason: expect.stringMatching(/^server_not_(found|looked_up)$/) as string,
      params: { host: 'vendor.invalid' },
    });
    const abrupt = await listen(
      net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    );
    expect(await failureOf(`http://127.0.0.1:${abrupt}/`)).toMatchObject({ reason: 'server_broke_off' });
    const odd = await listen(net.createServer((socket) => socket.end('hello there\r\n\r\n')));
    expect(await failureOf(`http://127.0.0.1:${odd}/`)).toMatchObject({ reason: 'not_http' });
    expect(await failureOf(`https://127.0.0.1:${odd}/`)).toMatchObject({ reason: 'no_common_tls' });
    const silent = await listen(net.createServer((socket) => socket.on('error', () => undefined)));
    const silentUrl = `http://127.0.0.1:${silent}/`;
    expect(await failureOf(silentUrl, get({ signal: AbortSignal.timeout(30) }))).toMatchObject({
      reason: 'server_silent',
    });
    const given = new AbortController();
    const waiting = failureOf(silentUrl, get({ signal: given.signal }));
    given.abort();
    expect(await waiting).toEqual(message('request_given_up', {}));
    const halting = await listen(
      net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a'));
      }),
    );
    const halted = await ours()(`http://127.0.0.1:${halting}/`, get({ signal: AbortSignal.timeout(100) }));
    expect(describeNetworkFailure(await halted.text().catch((error: unknown) => error))).toMatchObject({
      reason: 'server_silent',
    });
    expect(await failureOf(silentUrl, get({ headers: { x: '\u20ac' } }))).toMatchObject({
      reason: 'header_unsendable',
    });
  });

  it.each([
    ['NAME_NOT_RESOLVED', message('server_not_found', { host: 'vendor.test' })],
    ['INTERNET_DISCONNECTED', message('no_network', {})],
    ['CONNECTION_REFUSED', message('server_refused', { host: 'vendor.test' })],
    ['CONNECTION_RESET', message('server_broke_off', { host: 'vendor.test' })],
    ['CONNECTION_TIMED_OUT', message('server_silent', { host: 'vendor.test' })],
    ['PROXY_CONNECTION_FAILED', message('proxy_unreachable', {})],
    ['TUNNEL_CONNECTION_FAILED', message('proxy_refused', { host: 'vendor.test' })],
    ['CERT_DATE_INVALID', message('certificate_date', {})],
    ['CERT_AUTHORITY_INVALID', message('certificate_unknown_issuer', {})],
    ['CERT_COMMON_NAME_INVALID', message('certificate_other_name', {})],
    ['CERT_WEAK_KEY', message('certificate_not_trusted', {})],
    ['SSL_CLIENT_AUTH_CERT_NEEDED', message('client_certificate_wanted', { host: 'vendor.test' })],
    ['SSL_PROTOCOL_ERROR', message('no_common_tls', {})],
    ['INVALID_HTTP_RESPONSE', message('not_http', {})],
    ['UNHEARD_OF', message('server_unreachable_code', { code: 'ERR_UNHEARD_OF' })],
  ])('knows what Chromium calls ERR_%s', (name, why) => {
    const error = Object.assign(new Error(`net::ERR_${name}`), {
      code: `ERR_${name}`,
      hostname: 'vendor.test',
    });
    expect(describeNetworkFailure(error)).toEqual(why);
  });

  it('says something of anything', () => {
    expect(describeNetworkFailure('odd')).toEqual(message('server_unreachable', {}));
    const cause = Object.assign(new Error('x'), { code: 'EODD' });
    expect(describeNetworkFailure(new TypeError('fetch failed', { cause }))).toEqual(
      message('server_unreachable_code', { code: 'EODD' }),
    );
  });
});

it('isLoopback knows this machine', () => {
  for (const host of ['localhost', 'a.localhost', 'LOCALHOST.', '127.0.0.1', '127.9.9.9', '[::1]', '::1']) {
    expect(isLoopback(host), host).toBe(true);
  }
  for (const host of ['localhost.test', '128.0.0.1', '127.0.0.1.test', 'vendor.test', '[::2]']) {
    expect(isLoopback(host), host).toBe(false);
  }
});

it('the watch of the network calls back when the addresses change, and not when they stay', async () => {
  const original = os.networkInterfaces;
  let address = '192.0.2.1';
  let looks = 0;
  os.networkInterfaces = () => {
    looks += 1;
    const found = { netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false } as const;
    return { lan: [{ ...found, address, cidr: `${address}/24` }] };
  };
  closers.push(() => (os.networkInterfaces = original));
  let calls = 0;
  closers.push(onNetworkChange(() => (calls += 1), { everyMs: 1 }));
  const until = async (more: number): Promise<void> => {
    const goal = looks + more;
    while (looks < goal) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await until(3);
  expect(calls).toBe(0);
  address = '192.0.2.2';
  await until(3);
  expect(calls).toBe(1);
});
