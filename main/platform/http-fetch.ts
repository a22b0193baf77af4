// One request over HTTP/1.1 on Node's own client, as the Fetch port wants it; through a proxy's tunnel where one is
// named. Not Node's fetch: that one breaks the connection at `100 Continue` (RFC 9110 section 15.2.1).
//
// Invariants: a connection of its own for each request, so that none goes out on one that the other side has just
// closed; interim answers are passed over; no redirect is followed, no cookie kept.
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import tls from 'node:tls';
import zlib from 'node:zlib';
import type { FetchInit } from '../oauth/ports.ts';

/** Sends one request; `proxy`: an http or https URL, or null. Rejects with the system's errors, or the signal's reason; so does its body. */
export async function httpFetch(url: string, init: FetchInit, proxy: string | null): Promise<Response> {
  // Refuses what is no header: line breaks, control characters, letters beyond Latin-1.
  const headers = Object.fromEntries(new Headers(init.headers));
  init.signal.throwIfAborted();
  try {
    const target = new URL(url);
    const socket = proxy === null ? null : await tunnel(new URL(proxy), target, init.signal);
    return await send(target, { ...init, headers }, socket);
  } catch (error) {
    throw init.signal.aborted ? init.signal.reason : error;
  }
}

async function send(
  target: URL,
  { method, headers, body, signal }: FetchInit,
  tunnelled: Socket | null,
): Promise<Response> {
  const isSecure = target.protocol === 'https:';
  const connection =
    tunnelled === null
      ? { agent: false }
      : { createConnection: () => secured(target, tunnelled), defaultPort: isSecure ? 443 : 80 };
  const incoming = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = (isSecure ? https : http).request(target, {
      method,
      headers,
      signal,
      ...connection,
    });
    request.on('error', reject);
    request.on('socket', (socket) =>
      limitConnecting(request, socket, isSecure ? 'secureConnect' : 'connect'),
    );
    request.on('response', resolve);
    // Bytes: a text would have the headers before it sent as UTF-8 too.
    request.end(body === undefined ? undefined : Buffer.from(body, 'utf8'));
  });
  try {
    return responseOf(incoming, signal);
  } catch (error) {
    incoming.destroy();
    throw error;
  }
}

/** Ms for a connection to stand, its encryption too: nobody there is known sooner than that nobody answers. */
const connectLimit = 10_000;

function limitConnecting(
  request: http.ClientRequest,
  socket: Socket,
  established: 'connect' | 'secureConnect',
): void {
  // A tunnel stands already.
  if (established === 'connect' && !socket.connecting) return;
  const timer = setTimeout(() => {
    request.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
  }, connectLimit);
  const stop = (): void => clearTimeout(timer);
  socket.once(established, stop);
  request.once('close', stop);
}

/** Statuses that have no body (Fetch standard, "null body status"). */
const bodiless = new Set([204, 205, 304]);

function responseOf(incoming: http.IncomingMessage, signal: AbortSignal): Response {
  const { statusCode: status = 0, rawHeaders } = incoming;
  if (status < 200 || status > 599) {
    throw Object.assign(new Error(`HTTP has no status ${String(status)}`), { code: 'HPE_INVALID_STATUS' });
  }
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  }
  if (bodiless.has(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  const content = unpacked(incoming, headers.get('content-encoding'));
  const giveUp = (): void => void content.destroy(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  content.once('close', () => signal.removeEventListener('abort', giveUp));
  // The web's type of stream and Node's differ in name alone.
  return new Response(Readable.toWeb(content) as ReadableStream<Uint8Array>, { status, headers });
}

/** RFC 9110 section 8.4.1; what is not known is left as it came. */
function unpacked(incoming: http.IncomingMessage, coding: string | null): Readable {
  const how = coding?.trim().toLowerCase() ?? '';
  const unpack = ['gzip', 'x-gzip', 'deflate'].includes(how)
    ? zlib.createUnzip()
    : how === 'br'
      ? zlib.createBrotliDecompress()
      : null;
  if (unpack === null) return incoming;
  // Whoever stops reading, or breaks off, ends both.
  pipeline(incoming, unpack, () => undefined);
  return unpack;
}

/** The connection to a target through a tunnel. */
function secured({ protocol, hostname }: URL, socket: Socket): Socket {
  if (protocol !== 'https:') return socket;
  const host = hostname.replaceAll(/[[\]]/g, '');
  return tls.connect({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
  });
}

/** Has a proxy open a tunnel (RFC 9110 section 9.3.6). */
function tunnel(proxy: URL, target: URL, signal: AbortSignal): Promise<Socket> {
  const to = `${target.hostname}:${target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port}`;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.hostname.replaceAll(/[[\]]/g, ''),
      port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
      method: 'CONNECT',
      path: to,
      headers: {
        host: to,
        ...(credentials === ':'
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      agent: false,
      signal,
    });
    request.on('error', reject);
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error('no tunnel in time'), { code: 'ETIMEDOUT' }));
    }, connectLimit);
    request.once('close', () => clearTimeout(timer));
    request.on('connect', ({ statusCode = 0 }, socket: Socket) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(new Error(`Proxy response (${String(statusCode)})`));
    });
    request.end();
  });
}
