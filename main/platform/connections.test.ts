import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { limitConnections } from './connections.ts';

it('a server that keeps 20 idle connections closes 80 of 100 that come at the same moment', async () => {
  const server = createServer();
  limitConnections(server, { idle: 20, all: 200 });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const open: Socket[] = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'));
  for (const socket of open) socket.on('error', () => undefined).resume();
  try {
    await vi.waitFor(() => expect(open.filter((socket) => socket.closed)).toHaveLength(80));
    // Those that came last are kept.
    expect(open.slice(-20).filter((socket) => socket.closed)).toEqual([]);
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
  }
});
