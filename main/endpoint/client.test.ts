// The command line's client, at what a host on the wire may answer.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { hasUnixSockets } from '../../testing/system.ts';
import { cleanUp, makeFolder } from '../../testing/program.ts';
import { fromNetwork } from './client-transport.ts';
import { createClient } from './client.ts';

afterAll(cleanUp);

/** A host that answers its first requests so, and all later ones with an empty list. */
async function host(...first: number[]) {
  const folder = path.join(makeFolder(), 'own');
  mkdirSync(folder, { mode: 0o700 });
  const socketPath = path.join(folder, 'k.sock');
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    outgoing.writeHead(first.shift() ?? 200, { Connection: 'close' }).end(asked.length > 1 ? '[]' : '');
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    client: createClient({ socketPath }),
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

describe.runIf(hasUnixSockets)('a host that slept before it had read a request', () => {
  it('answered 408, which was told as something unexpected: it is asked once more', async () => {
    await using one = await host(408);
    expect(await one.client.accounts()).toEqual([]);
    expect(one.asked).toEqual(['GET /v1/accounts', 'GET /v1/accounts']);
  });

  it('is asked twice at most', async () => {
    await using one = await host(408, 408);
    await expect(one.client.accounts()).rejects.toMatchObject({ code: 'unexpected' });
    expect(one.asked).toHaveLength(2);
  });
});

describe('a pipe that refuses a command', () => {
  it('is an elevated Keyfob’s, which was told as a socket of another user', () => {
    const refused = { name: 'Error', message: 'connect EPERM', code: 'EPERM' };
    const pipe = Object.assign(new Error(), refused, { address: String.raw`\\.\pipe\keyfob-0123456789ab` });
    expect(fromNetwork(pipe)).toMatchObject({ code: 'not_permitted', problem: { reason: 'pipe_not_open' } });
    const socket = Object.assign(new Error(), refused, { address: '/run/user/1000/keyfob/keyfob.sock' });
    expect(fromNetwork(socket)).toMatchObject({ problem: { reason: 'socket_not_open' } });
  });
});

it('a home on Windows in which nothing has ever run is told as one where nothing runs', async () => {
  vi.stubEnv('KEYFOB_HOME', makeFolder());
  try {
    const client = createClient({ socketPath: String.raw`\\.\pipe\keyfob-of-a-test` });
    await expect(client.status()).rejects.toMatchObject({ code: 'not_running' });
  } finally {
    vi.unstubAllEnvs();
  }
});
