// Node 18.2's closeAllConnections and closeIdleConnections of an HTTP server; Node 15's write and end of a message
// with a Uint8Array that is no Buffer. (Options that 12.14 does not
// know, such as requestTimeout and connectionsCheckingInterval, have no effect there.)
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

import { addMissing, isRecord } from './assign.ts';

/** The connections of each server, with the number of requests that are under way on each. */
const servers = new WeakMap<object, Map<Socket, number>>();

type Emit = (this: object, event: string, ...args: unknown[]) => boolean;

function count(server: object, event: string, args: readonly unknown[]): void {
  const open = servers.get(server) ?? new Map<Socket, number>();
  servers.set(server, open);
  if (event === 'connection') {
    const socket = args[0] as Socket; // what Node gives with this event
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
    return;
  }
  const [incoming, outgoing] = args as [http.IncomingMessage, http.ServerResponse]; // as above
  const { socket } = incoming;
  const add = (change: number): void => {
    const now = open.get(socket);
    if (now !== undefined) open.set(socket, now + change);
  };
  add(1);
  outgoing.once('close', () => add(-1));
}

for (const { prototype } of [http.Server, https.Server]) {
  const emit = prototype.emit as Emit;
  const counted: Emit = function (event, ...args) {
    if (event === 'connection' || event === 'request' || event === 'checkExpectation')
      count(this, event, args);
    return emit.call(this, event, ...args);
  };
  const close = (server: unknown, which: (requests: number) => boolean): void => {
    if (!isRecord(server)) return;
    for (const [socket, requests] of servers.get(server) ?? []) if (which(requests)) socket.destroy();
  };
  Object.assign(prototype, { emit: counted });
  addMissing(prototype, {
    closeAllConnections(this: unknown) {
      close(this, () => true);
    },
    closeIdleConnections(this: unknown) {
      close(this, (requests) => requests === 0);
    },
  });
}

type Write = (this: http.OutgoingMessage, chunk: unknown, ...rest: unknown[]) => unknown;

for (const name of ['write', 'end'] as const) {
  const own = http.OutgoingMessage.prototype[name] as Write;
  const taking: Write = function (chunk, ...rest) {
    const bytes = chunk instanceof Uint8Array && !Buffer.isBuffer(chunk);
    return own.call(
      this,
      bytes ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk,
      ...rest,
    );
  };
  Object.assign(http.OutgoingMessage.prototype, { [name]: taking });
}
