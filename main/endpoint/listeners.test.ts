import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { expectMode, hasProcNet, hasUnixSockets } from '../../testing/system.ts';

import { endpointKit } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import { message } from '../api/problems/index.ts';
import { listenOnTcp } from './listeners.ts';

const kit = (): Promise<EndpointKit> => endpointKit([{ name: 'hq', selected: true }]);

async function tcp(k: EndpointKit): Promise<number> {
  const opened = await k.endpoint.listenOnTcp(0);
  if ('problem' in opened) throw new Error(opened.problem.reason);
  return Number(new URL(opened.url).port);
}

/** Sends bytes as they are and gives all that comes back until the other side closes, or after `ms`. */
async function raw(to: number | string, bytes: string | Uint8Array, ms = 2_000): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, ms);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', end);
    socket.on('close', end);
    socket.write(bytes);
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const get = (host: string[], target = '/v1/health', more = ''): string =>
  `GET ${target} HTTP/1.1\r\n${host.map((value) => `Host: ${value}\r\n`).join('')}${more}Connection: close\r\n\r\n`;

describe('the TCP listener', () => {
  it('takes three Hosts and no other, on the wire', async () => {
    await using k = await kit();
    const port = await tcp(k);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
      expect(statusOf(await raw(port, get([host])))).toBe(200);
    const wrong = [
      '127.0.0.1',
      'localhost',
      `localhost:${port}.evil`,
      `127.0.0.1:${port}.`,
      `localhost.:${port}`,
      `LOCALHOST:${port}`,
      `evil.example:${port}`,
      `0.0.0.0:${port}`,
      '',
    ];
    for (const host of wrong) {
      const answer = await raw(port, get([host]));
      expect([host, statusOf(answer)]).toEqual([host, 421]);
      expect(answer).toContain('"code":"wrong_host"');
      expect(answer.toLowerCase()).not.toContain('access-control');
    }
    expect(statusOf(await raw(port, get([])))).toBe(421);
    expect(statusOf(await raw(port, get([`127.0.0.1:${port}`, `127.0.0.1:${port}`])))).toBe(421);
    expect(statusOf(await raw(port, get([`127.0.0.1:${port}`], `http://127.0.0.1:${port}/v1/health`)))).toBe(
      200,
    );
    expect(statusOf(await raw(port, get([`127.0.0.1:${port}`], 'http://evil.example/v1/health')))).toBe(421);
    expect(statusOf(await raw(port, get([`127.0.0.1:${port}`], '*')))).toBe(401);
    const status = (await (await k.ask('GET /v1/status')).json()) as { refused: Record<string, number> };
    expect(status.refused['wrong_host']).toBe(wrong.length + 3);
  });

  it('turns browsers away on every path and method, preflights too, with a key or without', async () => {
    await using k = await kit();
    const port = await tcp(k);
    const { key } = await k.access.clients.add({ name: 'script' });
    const served = ['token', 'accounts'] as const;
    const spies = served.map((call) => vi.spyOn(k.keyfob, call));
    for (const path of ['/v1/token', '/v1/health', '/nothing'])
      for (const method of ['GET', 'OPTIONS', 'POST', 'DELETE', 'TRACE'])
        for (const header of ['Origin: null', 'Referer: http://x/', 'Sec-Fetch-Site: none']) {
          const bytes = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${header}\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`;
          const answer = await raw(port, bytes);
          expect([method, path, header, statusOf(answer)]).toEqual([method, path, header, 403]);
          expect(answer).toContain('browser_refused');
          expect(answer.toLowerCase()).not.toContain('access-control');
          expect(answer).toContain('no-store');
        }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it.runIf(hasProcNet)('is on 127.0.0.1 alone, and says when its port is taken', async () => {
    await using k = await kit();
    const port = await tcp(k);
    const again = await k.endpoint.listenOnTcp(port);
    expect(again).toEqual({ problem: message('port_in_use', { port }) });
    expect(await k.endpoint.listenOnTcp(99_999)).toHaveProperty('problem');
    const listening = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const lines = listening
      .split('\n')
      .filter((line) => new RegExp(`^ *\\d+: \\S+:${hex} \\S+ 0A`).test(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`0100007F:${hex}`);
  });

  it('answers TRACE, CONNECT, upgrades and expectations without falling over', async () => {
    await using k = await kit();
    const port = await tcp(k);
    const head = `Host: 127.0.0.1:${port}\r\nConnection: close\r\n`;
    expect(statusOf(await raw(port, `TRACE /v1/health HTTP/1.1\r\n${head}\r\n`))).toBe(400);
    expect(statusOf(await raw(port, `CONNECT evil.example:443 HTTP/1.1\r\n${head}\r\n`))).toBe(405);
    expect(statusOf(await raw(port, `GET /v1/health HTTP/1.1\r\n${head}Expect: wonders\r\n\r\n`))).toBe(200);
    const upgrade = `GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect(statusOf(await raw(port, upgrade, 300))).toBe(200);
  });

  it('survives 2,000 malformed requests', { timeout: 60_000 }, async () => {
    await using k = await kit();
    const port = await tcp(k);
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const odd = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.string({ minLength: 1 }).map((text) => Buffer.from(`GET /${text} HTTP/1.1\r\n${host}\r\n`)),
      fc.string().map((text) => Buffer.from(`POST /v1/accounts HTTP/1.1\r\n${host}${text}: ${text}\r\n\r\n`)),
      fc
        .constantFrom(
          `GET / HTTP/9.9\r\n\r\n`,
          `GET /v1/health HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
          `POST /v1/accounts HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
          `POST /v1/accounts HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
          `GET /v1/token?%zz=%ff HTTP/1.1\r\n${host}\r\n`,
          `GET //evil//v1/token HTTP/1.1\r\n${host}\r\n`,
          `GET /\\\\..\\v1 HTTP/1.1\r\n${host}\r\n`,
          `GET /v1/accounts HTTP/1.1\r\n${host}X: ${'y'.repeat(20_000)}\r\n\r\n`,
          `GET / HTTP/1.1\r\n ${host}\r\n`,
          '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
        )
        .map((text) => Buffer.from(text, 'latin1')),
    );
    const samples = fc.sample(odd, { numRuns: 2_000, seed: 7 });
    const burst = 100;
    for (let i = 0; i < samples.length; i += burst)
      await Promise.all(
        samples.slice(i, i + burst).map(
          (bytes) =>
            new Promise<void>((resolve) => {
              const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
              socket.on('data', () => undefined);
              socket.on('error', () => undefined);
              socket.on('close', () => resolve());
            }),
        ),
      );
    expect(statusOf(await raw(port, get([`127.0.0.1:${port}`])))).toBe(200);
    expect([k.asked, k.core.events]).toEqual([[], []]);
  });

  it('answers others while 500 connections idle, and keeps no more than a crowd of them', async () => {
    await using k = await kit();
    const port = await tcp(k);
    const idle: Socket[] = [];
    for (let i = 0; i < 500; i += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      idle.push(socket);
      // Half of them with a request begun.
      if (i % 2 === 0) socket.write('GET /v1/health HTT');
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    for (let i = 0; i < 20; i += 1) expect(statusOf(await raw(port, get([`127.0.0.1:${port}`])))).toBe(200);
    await vi.waitFor(() => expect(idle.filter((socket) => socket.closed).length).toBeGreaterThan(90));
    for (const socket of idle) socket.destroy();
  });

  it('takes bodies up to their limit, said or not', async () => {
    await using k = await kit();
    const port = await tcp(k);
    const { key } = await k.access.clients.add({ name: 'script' });
    const head = `POST /v1/accounts/hq/refresh HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${key}\r\n`;
    const small = '{"rejected":"' + 'a'.repeat(64) + '"}';
    const sized = (body: string): string =>
      `${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    expect(statusOf(await raw(port, sized(small)))).toBe(200);
    expect(statusOf(await raw(port, sized(' '.repeat(300_000))))).toBe(413);
    expect(statusOf(await raw(port, `${head}Content-Length: 999999999\r\n\r\n`))).toBe(413);
    const chunk = ' '.repeat(0x8000);
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${`8000\r\n${chunk}\r\n`.repeat(10)}`;
    expect(statusOf(await raw(port, chunked))).toBe(413);
  });

  it('closes within a second with streams open, and streams end with their reader', async () => {
    await using k = await kit();
    const port = await tcp(k);
    const { key } = await k.access.clients.add({ name: 'script' });
    const open = async (): Promise<{ end: () => void; closed: Promise<void> }> =>
      new Promise((resolve) => {
        const asked = request(
          { port, host: '127.0.0.1', path: '/v1/events', headers: { Authorization: `Bearer ${key}` } },
          (answer) => {
            const closed = new Promise<void>((done) => answer.once('close', () => done()));
            answer.on('error', () => undefined);
            answer.once('data', () => resolve({ end: () => asked.destroy(), closed }));
          },
        );
        asked.on('error', () => undefined);
        asked.end();
      });
    const first = await open();
    const second = await open();
    expect(k.endpoint.handler.streams.count()).toBe(2);
    first.end();
    while (k.endpoint.handler.streams.count() !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const { promise, resolve } = Promise.withResolvers<void>();
    const { answer } = k.core;
    k.core.answer = (asked) => promise.then(() => answer(asked));
    const own = get([`127.0.0.1:${port}`], '/v1/token?scope=own', `Authorization: Bearer ${key}\r\n`);
    const slow = raw(port, own);
    while (k.asked.length === 0) await new Promise((done) => setTimeout(done, 5));
    const start = performance.now();
    await k.endpoint.close();
    expect(performance.now() - start).toBeLessThan(1_000);
    await second.closed;
    resolve();
    await slow;
  });
});

describe.runIf(hasUnixSockets)('the endpoint’s socket', () => {
  it('is 0600 in a folder that is 0700, from its first moment', async () => {
    await using k = await kit();
    const folder = join(k.folder, 'run');
    mkdirSync(folder, { mode: 0o755 });
    const path = join(folder, 'keyfob.sock');
    const mask = process.umask(0);
    try {
      const opening = k.endpoint.listenOnSocket(path, 'own folder');
      // Nothing has been awaited: this is the file as it was made.
      expectMode(path, 0o600);
      writeFileSync(join(k.folder, 'after'), '');
      expectMode(join(k.folder, 'after'), 0o666);
      await opening;
    } finally {
      process.umask(mask);
    }
    expectMode(folder, 0o700);
    expect(statusOf(await raw(path, get(['anything.at.all'], '/v1/token')))).toBe(200);
    expect(statusOf(await raw(path, get([], '/v1/accounts')))).toBe(200);
    await k.endpoint.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves a folder alone that is not its own, and makes a missing one 0700', async () => {
    await using k = await kit();
    const shared = join(k.folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    await k.endpoint.listenOnSocket(join(shared, 's'), 'any folder');
    expectMode(shared, 0o1777);
    await k.endpoint.listenOnSocket(join(k.folder, 'new', 'er', 's'), 'any folder');
    expectMode(join(k.folder, 'new', 'er'), 0o700);
  });

  it('says what is wrong when it cannot be opened', async () => {
    await using k = await kit();
    const long = join(k.folder, 'x'.repeat(200));
    await expect(k.endpoint.listenOnSocket(long, 'any folder')).rejects.toMatchObject({ code: 'unexpected' });
    await k.endpoint.listenOnSocket(join(k.folder, 's'), 'any folder');
    await expect(k.endpoint.listenOnSocket(join(k.folder, 's'), 'any folder')).rejects.toThrow('EADDRINUSE');
  });
});

it('the endpoint writes client keys into no file', async () => {
  await using k = await kit();
  const port = await tcp(k);
  const { key } = await k.access.clients.add({ name: 'script' });
  await raw(port, get([`127.0.0.1:${port}`], `/v1/token?key=${key}`, `Authorization: Bearer ${key}\r\n`));
  await raw(port, get([`127.0.0.1:${port}`], `/v1/${key}`, `Authorization: Bearer ${key}x\r\n`));
  await raw(port, get([`evil`], `/v1/${key}`, `Authorization: Bearer ${key}x\r\n`));
  await k.access.audit.tail(1);
  const files = readdirSync(join(k.folder, 'audit'), { withFileTypes: true });
  expect(files.length).toBe(1);
  for (const file of files)
    expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(key.slice(3, 20));
});

it('a listener does not open at a port that is none', async () => {
  await using k = await kit();
  expect(await listenOnTcp(k.endpoint.handler, -1)).toHaveProperty('problem');
});
