// How many connections a server of this machine keeps, so that whoever opens them cannot take all files of the process:
// without a file there is no socket to a vendor, and no refresh.
//
// Invariants: of many that say nothing the one that is idle longest makes way for each that comes, so that a newcomer
// is served; those whose whole request is here are kept, up to the limit.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Connections beyond which the longest idle one is closed for each that comes. */
  readonly idle: number;
  /** Connections at a time: beyond, a newcomer is closed at once. */
  readonly all: number;
}

/** How long an HTTP server of this machine waits for what others send. */
export const serverTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
} as const;

/** Files that this process may have open; Infinity where the system does not say. */
export function fileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Keeps a server to its limits. */
export function limitConnections(server: Server, { idle: maxIdle, all }: ConnectionLimits): void {
  server.maxConnections = all;
  const idle = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    idle.add(socket);
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
    if (open <= maxIdle) return;
    for (const longest of idle) {
      if (longest !== socket) longest.destroy();
      break;
    }
  });
  const busy = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { socket } = incoming;
    const begin = (): void => void idle.delete(socket);
    begin();
    // Who has said only half of it keeps others waiting no less than who says nothing.
    setImmediate(() => {
      if (incoming.complete || socket.destroyed || outgoing.writableEnded) return;
      idle.add(socket);
      incoming.once('end', begin);
      // Answered already: what comes of the rest late does not make it busy again.
      outgoing.once('close', () => incoming.off('end', begin));
    });
    outgoing.once('close', () => {
      if (!socket.destroyed) idle.add(socket);
    });
  };
  server.prependListener('request', busy);
  server.prependListener('checkExpectation', busy);
}
