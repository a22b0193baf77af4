// Each fault over real sockets: what the upstream got, what came back, byte by byte, and what the log says.
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveOnLoopback, type LoopbackServer } from '../loopback-server.ts';
import { startFaultProxy } from './index.ts';
import type { Exchange, FaultProxy } from './index.ts';
import { parseRules } from './rules.ts';
import type { Fault, Rule } from './rules.ts';

const json = '{"access_token":"a","token_type":"Bearer","expires_in":60}';
let upstream: LoopbackServer;
let origin: string;
let got: string[];
let exchanges: Exchange[];
let proxy: FaultProxy;

beforeEach(async () => {
  got = [];
  exchanges = [];
  upstream = await serveOnLoopback(({ method, url, headers, body }, response) => {
    got.push(`${method} ${url} ${headers.host ?? ''} ${body}`);
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Vendor': 'yes' }).end(json);
  });
  ({ origin } = upstream);
});
afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

async function start(rules: readonly Rule[], more: { seed?: string; upstream?: string } = {}): Promise<void> {
  const onExchange = (exchange: Exchange): number => exchanges.push(exchange);
  proxy = await startFaultProxy({ upstream: origin, ...more, rules, onExchange });
}

interface Wire {
  readonly text: string;
  /** How the connection ended: `end` (FIN), an error's code, or `open` after `within` ms. */
  readonly end: string;
  readonly ms: number;
}

/** Sends a request by hand and gives all bytes that come back. */
function send({
  path = '/token?client_secret=s',
  body = 'grant_type=refresh_token',
  within = 3000,
} = {}): Promise<Wire> {
  const begun = Date.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(Number(new URL(proxy.origin).port), '127.0.0.1');
    const over = (end: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, end, ms: Date.now() - begun });
    };
    const timer = setTimeout(() => over('open'), within);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => over(error.code ?? 'error'));
    socket.on('end', () => over('end'));
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${String(body.length)}\r\nAuthorization: Basic eDp5\r\n\r\n${body}`,
    );
  });
}

/** One request with one fault. */
async function meet(fault: Fault, how: Parameters<typeof send>[0] = {}): Promise<Wire> {
  await start([{ name: 'bad day', fault }]);
  return send(how);
}

const logged = () => exchanges.map(({ answered, status, upstream: told }) => [told, answered, status]);
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('a proxy without a fault', () => {
  it('passes request and answer on, and logs neither query nor content', async () => {
    await start([]);
    const { text, end } = await send();
    expect(got).toEqual([`POST /token?client_secret=s ${new URL(origin).host} grant_type=refresh_token`]);
    expect([text.split('\r\n')[0], bodyOf(text), end]).toEqual(['HTTP/1.1 200 OK', json, 'end']);
    expect(text).toContain('X-Vendor: yes');
    const [{ request, answer, at, ms, ...line }] = exchanges as [Exchange];
    expect([request, answer, Number.isNaN(Date.parse(at)), ms < 3000]).toEqual([
      'grant_type=refresh_token',
      json,
      false,
      true,
    ]);
    expect(line).toEqual({
      number: 1,
      method: 'POST',
      path: '/token',
      rule: null,
      upstream: 200,
      answered: 'as is',
      status: 200,
    });
  });

  it('says that the upstream gave no answer', async () => {
    await start([], { upstream: 'http://127.0.0.1:1/base/' });
    expect((await send()).text).toMatch(/^HTTP\/1.1 502 Bad Gateway[^]*ECONNREFUSED$/);
    expect(logged()).toEqual([['ECONNREFUSED', 'as is', 502]]);
  });
});

describe('a cut by the fault proxy', () => {
  it.each([
    ['before', 0, ''],
    ['after', 1, ''],
  ] as const)('%s the request is passed on', async (cut, requests, text) => {
    expect(await meet({ cut })).toMatchObject({ text, end: 'end' });
    expect(got).toHaveLength(requests);
    expect(logged()).toEqual([[requests === 0 ? null : 200, 'cut', null]]);
  });

  it('in the head', async () => {
    const { text } = await meet({ cut: 'head' });
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(text).not.toContain('\r\n\r\n');
  });

  it('in the body', async () => {
    expect(bodyOf((await meet({ cut: 'body' })).text)).toBe(json.slice(0, json.length / 2));
    expect(logged()).toEqual([[200, 'cut', 200]]);
  });

  it('by RST', async () => {
    expect(await meet({ cut: 'after', reset: true })).toMatchObject({ text: '', end: 'ECONNRESET' });
  });
});

describe('a late answer of the fault proxy', () => {
  it('is late as a whole, with the request passed on before or after', async () => {
    const { ms, text } = await meet({ wait: 60, delay: 60 });
    expect(bodyOf(text)).toBe(json);
    expect(ms).toBeGreaterThanOrEqual(119);
    expect(logged()).toEqual([[200, 'as is', 200]]);
  });

  it('drips', async () => {
    const { ms, text } = await meet({ body: 'abcd', pass: true, drip: 30 });
    expect([bodyOf(text), ms >= 119]).toEqual(['abcd', true]);
  });

  it('that nobody waits for is logged as that', async () => {
    expect(await meet({ delay: 60_000 }, { within: 100 })).toMatchObject({ text: '', end: 'open' });
    await expect.poll(logged).toEqual([[200, 'gone', 200]]);
  });

  it('never comes', async () => {
    expect(await meet({ swallow: true }, { within: 100 })).toMatchObject({ text: '', end: 'open' });
    expect(got).toHaveLength(1);
    await expect.poll(logged).toEqual([[200, 'swallowed', null]]);
  });
});

describe('a wrong answer of the fault proxy', () => {
  it('comes without the upstream being asked, unless it is said', async () => {
    const { text } = await meet({ status: 503, headers: { 'Retry-After': '3' }, body: 'later' });
    expect(text).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\nRetry-After: 3\r\n[^]*\r\n\r\nlater$/);
    expect(got).toEqual([]);
    expect(logged()).toEqual([[null, 'changed', 503]]);
  });

  it('in place of the upstream’s', async () => {
    const { text } = await meet({ status: 502, pass: true, headers: { 'x-vendor': null } });
    expect(text).toMatch(/^HTTP\/1.1 502 Bad Gateway/);
    expect(text).not.toContain('X-Vendor');
    expect(got).toHaveLength(1);
  });

  it('has members of the upstream’s JSON changed', async () => {
    const { text } = await meet({ merge: { expires_in: null, more: { a: 1 } } });
    expect(JSON.parse(bodyOf(text))).toEqual({ access_token: 'a', token_type: 'Bearer', more: { a: 1 } });
  });

  it('leaves an answer that is no JSON as it is, where there is nothing to change members of', async () => {
    const { text } = await meet({ merge: { a: 1 }, body: 'a page' });
    expect(bodyOf(text)).toBe('a page');
  });

  it('has a size, bytes of its own, or a date to come', async () => {
    expect(bodyOf((await meet({ size: 2_000_000 })).text)).toHaveLength(2_000_000);
    await proxy.close();
    expect((await meet({ raw: 'not HTTP at all' })).text).toBe('not HTTP at all');
    await proxy.close();
    const { text } = await meet({ status: 503, headers: { 'Retry-After': '{date+100}' } });
    const ahead = Date.parse(/Retry-After: (.*GMT)/.exec(text)?.[1] ?? '') - Date.now();
    expect([ahead > 95_000, ahead <= 100_000]).toEqual([true, true]);
  });

  it.each([
    ['http-1.0', /^HTTP\/1.0 200 OK\r\n(?![^]*Content-Length)[^]*\r\n\r\n\{/],
    ['no-headers', /^HTTP\/1.1 200 OK\r\n\r\n\{/],
    ['no-head', /^\{[^]*\}$/],
    ['short', new RegExp(`Content-Length: ${String(json.length / 2)}\r\n`)],
    ['long', new RegExp(`Content-Length: ${String(json.length * 2)}\r\n`)],
    ['gzip', /Content-Encoding: gzip\r\n[^]*\r\n\r\n\{/],
    ['twice', /^HTTP\/1.1 200 OK[^]*\}HTTP\/1.1 200 OK[^]*\}$/],
  ] as const)('is written as %s', async (form, pattern) => {
    expect((await meet({ form })).text).toMatch(pattern);
    expect(logged()).toEqual([[200, 'changed', 200]]);
  });

  it('comes after interim ones', async () => {
    expect((await meet({ interim: [100, 103] })).text).toMatch(
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 103 Early Hints\r\nLink: [^]*\r\n\r\nHTTP\/1.1 200 OK\r\n/,
    );
  });
});

describe('rules of the fault proxy', () => {
  const statuses = async (count: number, how: Parameters<typeof send>[0] = {}): Promise<string[]> => {
    const found: string[] = [];
    for (let n = 0; n < count; n += 1) found.push((await send(how)).text.slice(9, 12));
    return found;
  };

  it('choose by number, each counting what matches it', async () => {
    await start([
      { nth: '2', fault: { status: 502 } },
      { nth: '2-3', fault: { status: 503 } },
      { nth: '5-', fault: { status: 504 } },
    ]);
    expect(await statuses(6)).toEqual(['200', '502', '503', '200', '504', '504']);
  });

  it('choose by method, path and body', async () => {
    await start([
      { method: 'GET', fault: { status: 500 } },
      { path: '^/token', body: 'refresh_token', fault: { status: 502 } },
    ]);
    expect(await statuses(1)).toEqual(['502']);
    expect(await statuses(1, { body: 'grant_type=password' })).toEqual(['200']);
    expect(await statuses(1, { path: '/revoke' })).toEqual(['200']);
  });

  it('choose the same requests with the same seed', async () => {
    const rules = [{ name: 'some', probability: 0.5, fault: { status: 503 } }];
    await start(rules, { seed: 'a' });
    const first = await statuses(20);
    proxy.setRules(rules);
    expect(await statuses(20)).toEqual(first);
    await proxy.close();
    await start(rules, { seed: 'b' });
    const second = await statuses(20);
    expect(second).not.toEqual(first);
    const hit = [...first, ...second].filter((one) => one === '503').length;
    expect([hit > 8, hit < 32]).toEqual([true, true]);
  });

  it('are read from lines, and what is not understood is named', () => {
    expect(parseRules('# a comment\n\n{"nth":"2-","fault":{"cut":"head","reset":true}}\n')).toEqual([
      { nth: '2-', fault: { cut: 'head', reset: true } },
    ]);
    const wrong = (text: string) => () => parseRules(`{"fault":{}}\n${text}`);
    expect(wrong('{')).toThrow(/^line 2: /);
    expect(wrong('{"fault":{"cutt":"head"}}')).toThrow('line 2: a fault has no cutt');
    expect(wrong('{"fault":{"cut":"tail"}}')).toThrow('line 2: cut cannot be "tail"');
    expect(wrong('{"fault":{"delay":"1"}}')).toThrow('line 2: delay cannot be "1"');
    expect(wrong('{"nth":"last","fault":{}}')).toThrow('line 2: nth cannot be last');
    expect(wrong('{"nth":"5-3","fault":{}}')).toThrow('line 2: nth cannot be 5-3');
    expect(wrong('{"probability":0,"fault":{}}')).toThrow('line 2: probability cannot be 0');
    expect(wrong('{"fault":{"headers":{"A":5}}}')).toThrow('line 2: the header A is a text, or null');
    expect(wrong('{"path":"(","fault":{}}')).toThrow(/^line 2: Invalid regular expression/);
    expect(wrong('{}')).toThrow('line 2: a fault is an object');
  });
});

describe('the network behind the fault proxy', () => {
  it('is away: connections are refused, open ones reset; and back on the same port', async () => {
    await start([{ fault: { swallow: true }, nth: '1' }]);
    const open = send();
    await expect.poll(() => got.length).toBe(1);
    await proxy.setReachable(false);
    expect(await open).toMatchObject({ text: '', end: 'ECONNRESET' });
    expect(await send()).toMatchObject({ end: 'ECONNREFUSED' });
    await proxy.setReachable(true);
    expect(bodyOf((await send()).text)).toBe(json);
  });
});
