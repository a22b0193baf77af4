// A socket that another user put there gets nothing: neither a request nor a secret.
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasUnixSockets } from './system.ts';
import { createKeyfobClient } from '../packages/client/src/index.ts';
import { createClient } from '../main/endpoint/client.ts';

const stranger = 61_234;
const asRoot = process.getuid?.() === 0;

let base: string;
let folder: string;
let socket: string;
let server: net.Server;
let heard: string;
beforeEach(async () => {
  base = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'kf-own-')));
  folder = path.join(base, 'keyfob');
  socket = path.join(folder, 'keyfob.sock');
  mkdirSync(folder, { mode: 0o700 });
  heard = '';
  server = net.createServer((connection) => {
    connection.on('error', () => undefined);
    connection.on('data', (chunk) => {
      heard += chunk.toString();
      connection.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(base, { recursive: true, force: true });
});

/** Both clients, each sending something secret. */
const clients: { name: string; send: (socketPath: string) => Promise<unknown> }[] = [
  {
    name: 'the command line’s client',
    send: (socketPath) =>
      createClient({ socketPath }).add({
        name: 'hq',
        provider: 'officernd',
        settings: {},
        secrets: { client_secret: 'hunter2' },
      }),
  },
  {
    name: 'its events',
    send: async (socketPath) => (await createClient({ socketPath }).events(() => undefined)).close(),
  },
  {
    name: '@keyfob/client with a key, its socket named',
    send: (named) => createKeyfobClient({ socket: named, key: 'kf_hunter2' }).accounts(),
  },
];

const refused = { code: 'not_permitted' };

describe.runIf(hasUnixSockets).each(clients)('$name', ({ name, send }) => {
  const own = !name.includes('named');

  it('speaks to a socket of the user’s own, through a link of theirs too', async () => {
    await send(socket);
    symlinkSync(folder, path.join(base, 'link'));
    await send(path.join(base, 'link', 'keyfob.sock'));
    expect(heard).not.toBe('');
  });

  it.runIf(own)('does not speak into a folder that others could write to', async () => {
    for (const mode of [0o777, 0o770, 0o1777]) {
      chmodSync(folder, mode);
      await expect(send(socket)).rejects.toMatchObject(refused);
    }
    expect(heard).toBe('');
  });

  it('does not speak below a folder that all may write to, unless that is like /tmp', async () => {
    chmodSync(base, 0o777);
    await expect(send(socket)).rejects.toMatchObject(refused);
    expect(heard).toBe('');
    chmodSync(base, 0o1777);
    await send(socket);
  });

  it.runIf(asRoot)('does not speak into a folder that another user made first', async () => {
    chmodSync(base, 0o1777);
    chownSync(folder, stranger, stranger);
    await expect(send(socket)).rejects.toMatchObject(refused);
    expect(heard).toBe('');
  });

  it.runIf(asRoot)('does not follow a link of another user’s', async () => {
    const link = path.join(base, 'link');
    symlinkSync(folder, link);
    lchownSync(link, stranger, stranger);
    await expect(send(path.join(link, 'keyfob.sock'))).rejects.toMatchObject(refused);
    // Nor one to the socket alone.
    const moved = path.join(folder, 'moved.sock');
    renameSync(socket, moved);
    symlinkSync(moved, socket);
    lchownSync(socket, stranger, stranger);
    await expect(send(socket)).rejects.toMatchObject(refused);
    expect(heard).toBe('');
    rmSync(socket);
    renameSync(moved, socket);
  });

  it.runIf(asRoot)('does not speak to another user’s socket where others may put one', async () => {
    if (!own) chmodSync(folder, 0o1777);
    chownSync(socket, stranger, stranger);
    await expect(send(socket)).rejects.toMatchObject(refused);
    expect(heard).toBe('');
  });
});
