// How many connections a server of this machine keeps, so that whoever opens them cannot take all files of the process:
// without a file there is no socket to a vendor, and no refresh.
//
// Invariants: of many that say nothing the one that was last heard of the longest ago makes way for each that comes, so
// that a newcomer is served; those whose whole request is here are kept, up to the limit. Which are idle is looked at
// when one has to go, so that a request costs nothing more.
import { readFileSync } from 'node:fs';
import type { Server, ServerResponse } from 'node:http';
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
  /** Those that are open, by when they were last heard of, each with its last answer. */
  const open = new Map<Socket, ServerResponse | null>();
  server.on('connection', (socket: Socket) => {
    if (open.size >= maxIdle) closeLongestIdle(open);
    open.set(socket, null);
    socket.once('close', () => open.delete(socket));
  });
  const heard = ({ socket }: { readonly socket: Socket }, outgoing: ServerResponse): void => {
    open.delete(socket);
    if (!socket.destroyed) open.set(socket, outgoing);
  };
  server.prependListener('request', heard);
  server.prependListener('checkExpectation', heard);
}

function closeLongestIdle(open: ReadonlyMap<Socket, ServerResponse | null>): void {
  for (const [socket, outgoing] of open) {
    if (!isIdle(outgoing)) continue;
    socket.destroy();
    return;
  }
}

/** Who has said only half of a request keeps others waiting no less than who says nothing. */
function isIdle(outgoing: ServerResponse | null): boolean {
  if (outgoing === null || outgoing.closed || outgoing.writableFinished) return true;
  return !outgoing.req.complete && !outgoing.writableEnded;
}
