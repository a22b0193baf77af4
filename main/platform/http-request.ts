// One request on Node's own HTTP client, through a proxy's tunnel where one is named.
//
// Invariant: a connection of its own for each request, so that none goes out on one that the other side has just closed.
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import tls from 'node:tls';

export interface RequestHead {
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly signal: AbortSignal;
  /** Path and query as they go out; those of the URL when left out. */
  readonly path?: string;
}

/**
 * Sends a request, whose body `write` gives it, and resolves to its answer, whose body is the caller's to read; `proxy`:
 * an http or https URL, or null. Rejects with the system's errors, or the signal's; so does the answer.
 */
export async function sendRequest(
  target: URL,
  head: RequestHead,
  proxy: string | null,
  write: (request: http.ClientRequest) => void,
): Promise<http.IncomingMessage> {
  const isSecure = target.protocol === 'https:';
  const tunnelled = proxy === null ? null : await tunnel(new URL(proxy), target, head.signal);
  const connection =
    tunnelled === null
      ? { agent: false }
      : { createConnection: () => secured(target, tunnelled), defaultPort: isSecure ? 443 : 80 };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(target, { ...head, ...connection });
    request.on('error', reject);
    request.on('socket', (socket) =>
      limitConnecting(request, socket, isSecure ? 'secureConnect' : 'connect'),
    );
    request.on('response', resolve);
    write(request);
  });
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
