// The HTTP listeners: servers on the Unix socket (or named pipe) and on 127.0.0.1.
//
// Invariants: the socket is 0600 from its first moment, its own folder 0700; TCP is bound to 127.0.0.1
// and nothing else; the host guard comes before everything; a malformed request is answered shortly, and neither
// it nor a crowd of idle connections keeps others out.
import { fileLimit, limitConnections, serverTimeouts } from '../platform/connections.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { listenOn } from '../platform/listen.ts';
import { isPipe, makePipeKey, requireProof } from '../platform/pipe-proof.ts';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { dirname } from 'node:path';

import { KeyfobError } from '../api/errors.ts';
import { readRequest, send } from './bridge.ts';
import { answerShortly } from './short-way.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Handler } from './handler.ts';
import { problemResponse } from './response.ts';
import type { HttpListener } from './types.ts';
import { peerOf } from '../platform/peer-process.ts';
import { hostGuard, guardError } from './host-guard.ts';

/** A listener that is open. */
export interface OpenListener {
  /** The TCP port, or 0 for the socket. */
  readonly port: number;
  /** Ends what is under way and closes; done within 1 s. */
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 60_000;
/** Of the process's files, for each of the two listeners: a sixth at most for those who are idle there, a quarter for all. */
const limits = {
  idle: Math.min(400, Math.floor(fileLimit() / 6)),
  all: Math.min(2_000, Math.floor(fileLimit() / 4)),
};
/** Ms that answers under way have to leave when a listener closes. */
const GRACE_MS = 700;

/**
 * Opens the socket; a stale one is out of the way already. A folder that is missing is made 0700; one that is
 * there is changed only when it is Keyfob's own (`--socket /tmp/x` must not shut /tmp).
 * Throws `unexpected` with the reason when it cannot be made.
 */
export async function listenOnSocket(
  handler: Handler,
  path: string,
  folder: 'own folder' | 'any folder',
  listener: 'socket' | 'guest' = 'socket',
): Promise<OpenListener> {
  const server = makeServer(handler, listener);
  if (isPipe(path)) requireProof(server, makePipeKey());
  await bindPrivately(server, path, folder);
  return { port: 0, close: () => closeServer(server, handler) };
}

/** Has a server listen on a socket that is 0600 from its first moment. Throws `unexpected` with the reason. */
export async function bindPrivately(
  server: net.Server,
  path: string,
  folder: 'own folder' | 'any folder',
): Promise<void> {
  const pipe = isPipe(path);
  if (!pipe) {
    makeFolder(dirname(path));
    if (folder === 'own folder') chmodSync(dirname(path), 0o700);
  }
  // listen() makes the file before it returns, so this mask holds for the socket and for nothing else.
  const mask = pipe ? 0 : process.umask(0o177);
  let opened: Promise<string | null>;
  try {
    opened = listenOn(server, { path });
  } finally {
    if (!pipe) process.umask(mask);
  }
  const code = await opened;
  if (code === null) return;
  throw new KeyfobError(code === 'EADDRINUSE' ? 'socket_in_use' : 'socket_not_opened', {
    socket: path,
    code,
  });
}

/** Opens 127.0.0.1 at a port (0: a free one), or says in a sentence why it cannot be. */
export async function listenOnTcp(
  handler: Handler,
  port: number,
): Promise<OpenListener | { problem: Message }> {
  const server = makeServer(handler, 'tcp');
  const code = await listenOn(server, { port, host: '127.0.0.1', exclusive: true });
  if (code === null) {
    // A server that listens on TCP has an address with a port.
    const address = server.address() as AddressInfo;
    return { port: address.port, close: () => closeServer(server, handler) };
  }
  const taken = code === 'EADDRINUSE';
  return { problem: taken ? message('port_in_use', { port }) : message('port_unusable', { port, code }) };
}

function makeServer(handler: Handler, listener: HttpListener): Server {
  const server = createServer({
    insecureHTTPParser: false,
    // A missing Host is answered by the host guard, with a problem document.
    requireHostHeader: false,
    ...serverTimeouts,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  });
  limitConnections(server, limits);
  let port = 0;
  server.once('listening', () => {
    const address = server.address();
    if (address !== null && typeof address !== 'string') ({ port } = address);
  });
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    incoming.on('error', ignore);
    const peer = peerOf(incoming.socket);
    const target = incoming.url ?? '/';
    const code = hostGuard({ listener, port, target, rawHeaders: incoming.rawHeaders });
    if (code !== null) {
      const error = guardError(code, port);
      void send(incoming, outgoing, handler.refuse(error, listener, incoming.method ?? '', target, peer));
      return;
    }
    if (answerShortly(handler, incoming, outgoing, { listener, peer })) return;
    const request = readRequest(incoming, outgoing);
    if (request === null) void send(incoming, outgoing, problemResponse(unreadable()));
    else void handler.fetch(request, listener, peer).then((answer) => send(incoming, outgoing, answer));
  };
  server.on('request', serve);
  server.on('checkExpectation', serve);
  server.on('connect', (_: IncomingMessage, socket: Socket) => turnAway(socket, '405 Method Not Allowed'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else if (error.code === 'HPE_HEADER_OVERFLOW') turnAway(socket, '431 Request Header Fields Too Large');
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') turnAway(socket, '408 Request Timeout');
    else turnAway(socket, '400 Bad Request');
  });
  return server;
}

function ignore(): void {}

function unreadable(): KeyfobError {
  return new KeyfobError('request_unreadable', {});
}

/** Answers what is not HTTP as we take it, and closes. */
function turnAway(socket: Socket, status: string): void {
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n`,
  );
  setTimeout(() => socket.destroy(), 500).unref();
}

async function closeServer(server: Server, handler: Handler): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  handler.streams.end();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(cut);
}
