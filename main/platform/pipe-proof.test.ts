// Over Unix sockets where there are no named pipes: what the two ends say is the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectMode, socketIn } from '../../testing/system.ts';
import { connectProved, makePipeKey, readPipeKey, requireProof } from './pipe-proof.ts';

const closed: (() => void)[] = [];
let folder: string;
let at: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'keyfob-pipe-'));
  at = socketIn(folder);
});
afterEach(() => {
  for (const close of closed.splice(0)) close();
  rmSync(folder, { recursive: true, force: true });
});

const codeOf = (error: Error | null): unknown => (error !== null && 'code' in error ? error.code : error);

async function listen<T extends net.Server>(server: T): Promise<T> {
  await new Promise<void>((resolve) => server.listen(at, resolve));
  closed.push(() => server.close());
  return server;
}

/** An HTTP server that wants a proof, and what it was asked. */
async function keyfob(key: Buffer): Promise<string[]> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('served');
  });
  requireProof(server, key);
  await listen(server);
  closed.push(() => server.closeAllConnections());
  return asked;
}

const ask = (key: Buffer | null): Promise<string> =>
  new Promise((resolve, reject) => {
    const over: http.RequestOptions =
      key === null
        ? { socketPath: at }
        : { createConnection: (_, done) => connectProved(at, key, done) && undefined };
    const request = http.request({ ...over, path: '/v1/token' }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.end();
  });

describe('the two ends of a named pipe', () => {
  it('prove by the key of the home that they are its own, and then speak', async () => {
    const key = makePipeKey(path.join(folder, 'key'));
    const asked = await keyfob(key);
    await expect(ask(readPipeKey(path.join(folder, 'key')))).resolves.toBe('served');
    expect(asked).toEqual(['GET /v1/token']);
    expectMode(path.join(folder, 'key'), 0o600);
  });

  it.each([
    ['nothing that proves it', 'hello there\n'],
    ['a proof of its own making', `${'A'.repeat(43)} ${'B'.repeat(43)}\n`],
    ['more than a line', 'x'.repeat(4000)],
    ['an end', null],
  ])('a program that took the name first gets no request: it answers %s', async (_, answer) => {
    const heard: string[] = [];
    await listen(
      net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          heard.push(String(chunk));
          if (answer === null) socket.end();
          else socket.write(answer);
        });
      }),
    );
    await expect(ask(makePipeKey(path.join(folder, 'key')))).rejects.toMatchObject({ code: 'UNPROVED' });
    expect(heard.join('')).toMatch(/^KEYFOB\/1 [\w-]{43}\n$/);
  });

  it('where nothing listens the system’s error is told, once', async () => {
    const told: unknown[] = [];
    await new Promise<void>((resolve) => {
      const key = makePipeKey(path.join(folder, 'key'));
      connectProved(at, key, (error) => told.push(codeOf(error))).on('close', () => setImmediate(resolve));
    });
    expect(told).toEqual(['ENOENT']);
  });

  it('half of a key that a kill has left is replaced', () => {
    const file = path.join(folder, 'key');
    writeFileSync(file, 'half');
    expect(readPipeKey(file)).toBeNull();
    expect(makePipeKey(file)).toEqual(readPipeKey(file));
  });

  it('a client that cannot read the home is not served', async () => {
    const asked = await keyfob(makePipeKey(path.join(folder, 'key')));
    await expect(ask(makePipeKey(path.join(folder, 'another')))).rejects.toMatchObject({ code: 'UNPROVED' });
    const answers = await new Promise<string>((resolve) => {
      const socket = net.connect(at, () => socket.write('KEYFOB/1 mine\n'));
      socket.once('data', () => socket.write('wrong\nGET /v1/token HTTP/1.1\r\nHost: localhost\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(answers).not.toContain('HTTP');
    expect(asked).toEqual([]);
  });

  it('a program that speaks HTTP at once is served, in whatever pieces it speaks', async () => {
    const asked = await keyfob(makePipeKey(path.join(folder, 'key')));
    await expect(ask(null)).resolves.toBe('served');
    const text = await new Promise<string>((resolve) => {
      const socket = net.connect(at, async () => {
        for (const letter of 'GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n') {
          socket.write(letter);
          await new Promise((next) => setImmediate(next));
        }
      });
      let got = '';
      socket.on('data', (chunk) => (got += String(chunk)));
      socket.on('close', () => resolve(got));
    });
    expect(text).toContain('served');
    expect(asked).toEqual(['GET /v1/token', 'GET /a']);
  });
});
