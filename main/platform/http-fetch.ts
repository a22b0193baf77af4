// One request over HTTP/1.1 on Node's own client, as the Fetch port wants it; through a proxy's tunnel where one is
// named. Not Node's fetch: that one breaks the connection at `100 Continue` (RFC 9110 section 15.2.1).
//
// Invariants: as of http-request.ts; interim answers are passed over; no redirect is followed, no cookie kept.
import type http from 'node:http';
import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';
import type { FetchInit } from '../oauth/ports.ts';
import { sendRequest } from './http-request.ts';

/** Sends one request; `proxy`: an http or https URL, or null. Rejects with the system's errors, or the signal's reason; so does its body. */
export async function httpFetch(url: string, init: FetchInit, proxy: string | null): Promise<Response> {
  // Refuses what is no header: line breaks, control characters, letters beyond Latin-1.
  const headers = Object.fromEntries(new Headers(init.headers));
  init.signal.throwIfAborted();
  try {
    return await send(new URL(url), { ...init, headers }, proxy);
  } catch (error) {
    throw init.signal.aborted ? init.signal.reason : error;
  }
}

async function send(
  target: URL,
  { body, signal, method, headers }: FetchInit,
  proxy: string | null,
): Promise<Response> {
  const incoming = await sendRequest(target, { method, headers, signal }, proxy, (request) => {
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
