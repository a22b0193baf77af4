// HTTP/1.1 to Keyfob, over its socket or over 127.0.0.1; and its server-sent events.
//
// Invariants: one connection a request, so that nothing is sent twice; the key stands in the Authorization
// header alone; every rejection is a KeyfobClientError.
import http from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';

import { KeyfobClientError, errorOf } from './error.ts';

/** Where Keyfob listens, looked up for each request: it may have been started meanwhile. */
export type Endpoint = { readonly socket: string } | { readonly url: URL };

export interface Wire {
  endpoint(): Endpoint;
  readonly key: string | undefined;
}

/** Ms: an approval may take a person a minute, a vendor half of one. */
const ANSWER_WITHIN = 180_000;

/** Asks and takes the answer as JSON. Rejects with the answer's own problem. */
export async function ask<T>(
  wire: Wire,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const incoming = await asked(() => send(wire, method, path, 'application/json', body, signal));
  const text = await textOf(incoming);
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 299) throw errorOf(status, text);
  try {
    // Its shape is the endpoint's promise (GET /v1/openapi.json).
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new KeyfobClientError('unexpected', `What answered is not Keyfob (${status}).`, { status, cause });
  }
}

/** Opens the event stream; resolves when it has begun. */
export async function openStream(wire: Wire, path: string, signal?: AbortSignal): Promise<IncomingMessage> {
  const incoming = await asked(() => send(wire, 'GET', path, 'text/event-stream', undefined, signal));
  if (incoming.statusCode === 200) return incoming;
  throw errorOf(incoming.statusCode ?? 0, await textOf(incoming));
}

/** Once more after a 408: the host slept before it had read the request, and did nothing (RFC 9110 section 15.5.9). */
async function asked(request: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
  const incoming = await request();
  if (incoming.statusCode !== 408) return incoming;
  incoming.resume();
  return request();
}

function send(
  wire: Wire,
  method: string,
  path: string,
  accept: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const endpoint = endpointOf(wire);
    const text = body === undefined ? '' : JSON.stringify(body);
    const options: RequestOptions = {
      ...('socket' in endpoint
        ? { socketPath: endpoint.socket }
        : { host: endpoint.url.hostname.replace(/^\[|\]$/g, ''), port: endpoint.url.port }),
      method,
      path,
      agent: false,
      headers: {
        host: 'socket' in endpoint ? 'localhost' : endpoint.url.host,
        accept,
        ...(wire.key === undefined ? {} : { authorization: `Bearer ${wire.key}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    const outgoing = http.request(options, resolve);
    outgoing.setTimeout(accept === 'application/json' ? ANSWER_WITHIN : 0, () => {
      outgoing.destroy(new KeyfobClientError('unexpected', 'Keyfob does not answer.'));
    });
    outgoing.on('error', (error) =>
      reject(signal?.aborted === true ? abortError(signal, error) : fromNetwork(error)),
    );
    outgoing.end(text);
  });
}

/** What the system says against a look at the way to the socket is told as what it says against a request. */
function endpointOf(wire: Wire): ReturnType<Wire['endpoint']> {
  try {
    return wire.endpoint();
  } catch (error) {
    throw fromNetwork(error as NodeJS.ErrnoException);
  }
}

function textOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => (text += chunk));
    incoming.on('error', (error) => reject(fromNetwork(error)));
    incoming.on('end', () => resolve(text));
  });
}

function abortError(signal: AbortSignal, error: Error): Error {
  return signal.reason instanceof Error ? signal.reason : error;
}

function fromNetwork(error: NodeJS.ErrnoException): KeyfobClientError {
  if (error instanceof KeyfobClientError) return error;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EPIPE':
      return new KeyfobClientError('not_running', 'No Keyfob is running here.', {
        hint: 'Start it with `keyfob serve`, or say where it is with `socket` or `url`.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new KeyfobClientError('not_permitted', "This user has no access to Keyfob's socket.", {
        cause: error,
      });
    default:
      return new KeyfobClientError('unexpected', 'Keyfob cannot be reached.', { cause: error });
  }
}
