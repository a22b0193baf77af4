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

/** A connection that is open. */
interface Open {
  readonly socket: Socket;
  /** When it was last heard of: the higher, the later. */
  heard: number;
  /** The answer to its last request; null before the first. */
  last: ServerResponse | null;
}

/** Keeps a server to its limits. */
export function limitConnections(server: Server, { idle: maxIdle, all }: ConnectionLimits): void {
  server.maxConnections = all;
  // Nothing is taken out and put in again at a request: a Map makes itself anew for that ever so often, and what it was
  // before, once old, keeps all that came after from the quick collection of garbage.
  const open = new Map<Socket, Open>();
  let now = 0;
  // One function for all: a connection of one request is no longer than what is made for it.
  function forget(this: Socket): void {
    open.delete(this);
  }
  server.on('connection', (socket: Socket) => {
    if (open.size >= maxIdle) closeLongestIdle(open);
    open.set(socket, { socket, heard: (now += 1), last: null });
    socket.on('close', forget);
  });
  const heard = ({ socket }: { readonly socket: Socket }, outgoing: ServerResponse): void => {
    const known = open.get(socket);
    if (known === undefined) return;
    known.heard = now += 1;
    known.last = outgoing;
  };
  server.prependListener('request', heard);
  server.prependListener('checkExpectation', heard);
}

function closeLongestIdle(open: Map<Socket, Open>): void {
  let longest: Open | null = null;
  for (const one of open.values())
    if (isIdle(one.last) && (longest === null || one.heard < longest.heard)) longest = one;
  if (longest === null) return;
  // Not only once it is closed: on Windows many come before that, and each would find the same one.
  open.delete(longest.socket);
  longest.socket.destroy();
}

/** Who has said only half of a request keeps others waiting no less than who says nothing. */
function isIdle(outgoing: ServerResponse | null): boolean {
  if (outgoing === null || outgoing.closed || outgoing.writableFinished) return true;
  return !outgoing.req.complete && !outgoing.writableEnded;
}
