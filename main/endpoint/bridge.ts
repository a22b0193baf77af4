// From Node's request and response to the web's Request and Response, and back.
//
// Invariants: writes nothing to the console; an answer that is not read to its end (the caller left) is
// cancelled, and the request's signal fires; a request whose body was not wanted does not keep its connection.
import type { IncomingMessage, ServerResponse } from 'node:http';

import { originForm } from './host-guard.ts';

/**
 * The request as the web's, or null when it is none (a method or a path that no Request may have). To be called
 * before anything is awaited, so that no leaving is missed.
 */
export function readRequest(incoming: IncomingMessage, outgoing: ServerResponse): Request | null {
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  outgoing.on('error', () => gone.abort());
  try {
    return requestOf(incoming, gone.signal);
  } catch {
    return null;
  }
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const method = incoming.method ?? 'GET';
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2)
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '');
  const bare = method === 'GET' || method === 'HEAD';
  // The host of the URL says nothing: hostGuard has looked at the real one.
  return new Request(`http://127.0.0.1${originForm(incoming.url ?? '/')}`, {
    method,
    headers,
    signal,
    ...(bare ? {} : { body: bodyOf(incoming), duplex: 'half' }),
  });
}

/** The body as a stream. Unlike Node's own bridge, one that is cancelled leaves the connection for the answer. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let over = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const finish = (end: () => void): void => {
        if (over) return;
        over = true;
        end();
      };
      incoming.on('data', (chunk: Buffer) => {
        if (over) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.once('end', () => finish(() => controller.close()));
      incoming.once('close', () => finish(() => controller.error(new Error('the caller left'))));
    },
    pull: () => void incoming.resume(),
    cancel() {
      over = true;
      incoming.resume();
    },
  });
}

/** Writes an answer; resolves when it has left or its reader has. */
export async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: Response,
): Promise<void> {
  try {
    response.headers.forEach((value, name) => outgoing.setHeader(name, value));
    outgoing.statusCode = response.status;
    if (!incoming.complete) outgoing.setHeader('Connection', 'close');
    const streamed = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (!streamed || response.body === null) {
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.status !== 204) outgoing.setHeader('Content-Length', bytes.byteLength);
      const body = incoming.method === 'HEAD' ? '' : bytes;
      if (incoming.complete) {
        outgoing.end(body);
        return;
      }
      outgoing.write(body);
      await passOver(incoming);
      outgoing.end();
      return;
    }
    await pump(response.body, outgoing);
  } catch {
    outgoing.destroy();
  }
}

/**
 * Reads a body that nobody wants for a moment, its end or not: a connection that ends with bytes unread takes the answer
 * with it, which on Windows its reader then never sees.
 */
async function passOver(incoming: IncomingMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 200);
    incoming.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    incoming.removeAllListeners('data').resume();
  });
}

async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const left = new Promise<'left'>((resolve) => {
    if (outgoing.destroyed) resolve('left');
    outgoing.once('close', () => resolve('left'));
  });
  outgoing.flushHeaders();
  for (;;) {
    const step = await Promise.race([reader.read(), left]);
    if (step === 'left') {
      await reader.cancel();
      return;
    }
    if (step.done) break;
    if (!outgoing.write(step.value)) {
      const drained = new Promise<'drained'>((resolve) => outgoing.once('drain', () => resolve('drained')));
      if ((await Promise.race([drained, left])) === 'left') {
        await reader.cancel();
        return;
      }
    }
  }
  outgoing.end();
}
