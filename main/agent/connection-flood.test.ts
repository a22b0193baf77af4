// A local program that opens connections and says nothing, at the console and at the callback: others are served, and
// the files of the process are left for vendors.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openConsole } from './console.ts';
import { serveLoopback } from '../host/loopback.ts';

const files = mkdtempSync(path.join(os.tmpdir(), 'keyfob-flood-'));
writeFileSync(path.join(files, 'index.html'), '<!doctype html><title>Keyfob</title>');
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  rmSync(files, { recursive: true, force: true });
});

/** Opens idle connections, each with what is said on it; those that are still open after a moment. */
async function flood(
  port: number,
  count: number,
  told = 'GET / HTTP/1.1\r\nHost: 127',
  late = '',
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let n = 0; n < count; n += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await new Promise((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', resolve);
    });
    socket.write(told);
    // Once it has been answered.
    if (late !== '') socket.once('data', () => socket.write(late));
  }
  ends.push(() => sockets.forEach((socket) => socket.destroy()));
  await new Promise((resolve) => setTimeout(resolve, 300));
  return sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open');
}

describe('a flood of local connections took all files', () => {
  it('of the console: it keeps sixty, and the person is served', async () => {
    const opened = await openConsole({
      calls: { call: async () => ({ ok: true, value: null }), listen: () => () => undefined },
      files,
      port: 0,
    });
    if ('problem' in opened) throw new Error(opened.problem.reason);
    ends.push(() => opened.close());
    const { port } = new URL(opened.url);
    expect((await flood(Number(port), 300)).length).toBeLessThanOrEqual(60);
    expect((await fetch(opened.url)).status).toBe(200);
  });

  it('with requests that are answered before they are whole, and ended then: it keeps no more', async () => {
    const { port, close } = await serveLoopback(
      { host: '127.0.0.1', port: 0 },
      (_incoming, outgoing) => void outgoing.writeHead(403).end(),
      { account: 'hq' },
    );
    ends.push(close);
    const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 3\r\n\r\n`;
    expect((await flood(port, 80, head, 'abc')).length).toBeLessThanOrEqual(30);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(403);
  });

  it('of the callback: it keeps thirty, and the browser is served', async () => {
    const { port, close } = await serveLoopback(
      { host: '127.0.0.1', port: 0 },
      (_incoming, outgoing) => void outgoing.end('here'),
      { account: 'hq' },
    );
    ends.push(close);
    expect((await flood(port, 200)).length).toBeLessThanOrEqual(30);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  });
});
