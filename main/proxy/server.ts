// The proxy's server on 127.0.0.1: each request goes on to the account's API with the token placed.
//
// Invariants: the order is Host, browser, key, request, as at the endpoint; nothing goes anywhere but to the address that
// the running Keyfob gave for the path; no redirect is followed; bodies pass in both directions as they come; a refused
// token is renewed once for a request, and the request sent once more.
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { KeyfobError } from '../api/errors.ts';
import { guardError, hostGuard } from '../endpoint/host-guard.ts';
import { problemAnswer } from '../endpoint/response.ts';
import { describeNetworkFailure } from '../host/network-failure.ts';
import { fileLimit, limitConnections, serverTimeouts } from '../platform/connections.ts';
import { sendRequest } from '../platform/http-request.ts';
import { listenOn } from '../platform/listen.ts';
import { Body } from './body.ts';
import { headersToApi, headersToProgram } from './headers.ts';
import { keyOf, queryWith, targetOf, valuesOf, type ApiTarget } from './incoming.ts';
import type { ApiCall, ApiToken, Tokens } from './tokens.ts';

export interface Proxy {
  readonly port: number;
  /** Ends what is under way. */
  cut(): void;
  /** The same, and closes. */
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly tokens: Tokens;
  /** The proxy of the network for a URL, or null. */
  proxyFor(url: string): string | null;
}

/** Connections at a time, and of those the ones that say nothing. */
const limits = {
  idle: Math.min(400, Math.floor(fileLimit() / 6)),
  all: Math.min(1_000, Math.floor(fileLimit() / 3)),
};

/** Opens it on a port (0: a free one), or gives the system's code of why it cannot be. */
export async function openProxy(
  options: ProxyOptions,
  port: number,
): Promise<Proxy | { readonly code: string }> {
  const underWay = new Set<AbortController>();
  const server = http.createServer({
    requireHostHeader: false,
    ...serverTimeouts,
    // A body may take as long as it wants.
    requestTimeout: 0,
    keepAliveTimeout: 60_000,
    maxHeaderSize: 32 * 1024,
    noDelay: true,
  });
  limitConnections(server, limits);
  let listening = port;
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const gone = new AbortController();
    underWay.add(gone);
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    outgoing.once('close', () => {
      underWay.delete(gone);
      gone.abort();
    });
    serve(options, listening, incoming, outgoing, gone.signal).catch((thrown: unknown) => {
      refuse(incoming, outgoing, thrown);
    });
  });
  server.on('connect', (_: IncomingMessage, socket: Socket) => turnAway(socket, '405 Method Not Allowed'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else turnAway(socket, '400 Bad Request');
  });
  const code = await listenOn(server, { port, host: '127.0.0.1', exclusive: true });
  if (code !== null) return { code };
  // A server that listens on TCP has an address with a port.
  listening = (server.address() as AddressInfo).port;
  const cut = (): void => {
    for (const gone of underWay) gone.abort();
    server.closeAllConnections();
  };
  return {
    port: listening,
    cut,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        cut();
      }),
  };
}

async function serve(
  { tokens, proxyFor }: ProxyOptions,
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { rawHeaders, method = 'GET', url: target = '' } = incoming;
  const refused = hostGuard({ listener: 'tcp', port, target, rawHeaders });
  if (refused !== null) throw guardError(refused, port);
  const key = keyOf(rawHeaders);
  const wanted = targetOf(method, target, rawHeaders, key);
  const sender = { key, signal };
  const body = new Body(incoming);
  const send = (token: ApiToken): Promise<IncomingMessage> => {
    const url = new URL(token.url);
    const head = {
      method,
      // As it was written: what a URL parser would mend, it has not mended.
      path: pathOf(token, wanted),
      headers: headersToApi(rawHeaders, { Host: url.host, ...token.headers }),
      signal,
    };
    return sendRequest(url, head, proxyFor(token.url), (request) => body.sendTo(request)).catch(
      (error: unknown) => {
        throw new KeyfobError('vendor_out_of_reach', { why: describeNetworkFailure(error) });
      },
    );
  };
  const call = (nonce?: string): ApiCall => ({ method, path: wanted.path, nonce });
  let token = await tokens.token(call(), sender);
  let answer = await send(token);
  const again = async (next: ApiToken): Promise<void> => {
    answer.destroy();
    token = next;
    answer = await send(token);
  };
  const nonce = nonceWanted(answer);
  if (nonce !== null && body.canBeSentAgain) await again(await tokens.token(call(nonce), sender));
  if (answer.statusCode === 401 && nonceWanted(answer) === null) {
    const newer = await tokens.newer(token, call(), sender);
    if (newer !== null && body.canBeSentAgain) await again(newer);
  }
  const local = `http://${valuesOf(rawHeaders, 'host')[0] ?? ''}`;
  passOn(answer, outgoing, token, local);
}

/** The nonce that an API wants in the proof before it looks at the token (RFC 9449 section 9); null: it wants none. */
function nonceWanted({ statusCode, rawHeaders }: IncomingMessage): string | null {
  const wants = valuesOf(rawHeaders, 'www-authenticate').some((value) => /\buse_dpop_nonce\b/.test(value));
  return statusCode === 401 && wants ? (valuesOf(rawHeaders, 'dpop-nonce')[0] ?? null) : null;
}

/** Path and query of the address, with what the API wants in the query. */
function pathOf({ url, query }: ApiToken, wanted: ApiTarget): string {
  return `${url.replace(/^[^/]*\/\/[^/]*/, '')}${queryWith(wanted.query, query)}`;
}

function passOn(answer: IncomingMessage, outgoing: ServerResponse, token: ApiToken, local: string): void {
  const { statusCode = 502, statusMessage = '', rawHeaders } = answer;
  const base = new URL(token.api_base).href.replace(/\/+$/, '');
  const way = { url: token.url, base, local, token: token.access_token };
  outgoing.writeHead(statusCode, statusMessage, headersToProgram(rawHeaders, way));
  // A stream of events has a head before it has an event.
  outgoing.flushHeaders();
  pipeline(answer, outgoing, () => undefined);
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, thrown: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  const isMethod = thrown instanceof KeyfobError && thrown.problem.reason === 'method_not_passed_on';
  const { status, headers, body } = problemAnswer(thrown, isMethod ? 405 : undefined);
  const isKeyWanted = headers.includes('www-authenticate');
  outgoing.writeHead(status, [
    ...headers,
    ...(isKeyWanted ? ['www-authenticate', 'Basic realm="keyfob", charset="UTF-8"'] : []),
    // What is left of the body is not read.
    ...(incoming.complete ? [] : ['connection', 'close']),
  ]);
  outgoing.end(body);
  incoming.resume();
}

/** Answers what is not passed on at all, and closes. */
function turnAway(socket: Socket, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), 500).unref();
}
