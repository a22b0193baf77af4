// Electron 15's net.isOnline, rawHeaders of answers (13), and net.fetch (25) over net.request, so that proxy,
// certificates and redirects are the runtime's own.
import type { EventEmitter } from 'node:events';
import os from 'node:os';

import { addMissing } from '../assign.ts';
import type { LegacyClientRequest, LegacyNet, LegacySession } from './legacy.ts';

interface LegacyAnswer extends EventEmitter {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Record<string, string | string[]>;
}

function headersOf(answer: LegacyAnswer): [string, string][] {
  return Object.entries(answer.headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
}

function isOnline(): boolean {
  return Object.values(os.networkInterfaces()).some(
    (found) => found?.some(({ internal }) => !internal) === true,
  );
}

/** A fetch on a session: the default one when none is said. Rejects for `redirect: 'manual'`, as Electron does. */
export function fetchOver(net: LegacyNet, session?: LegacySession): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.redirect === 'manual') throw new TypeError('Redirects cannot be followed by hand.');
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    return new Promise((resolve, reject) => {
      const sent = net.request({
        method: request.method,
        url: request.url,
        redirect: request.redirect,
        useSessionCookies: request.credentials !== 'omit',
        ...(session === undefined ? {} : { session }),
      });
      request.headers.forEach((value, name) => sent.setHeader(name, value));
      request.signal.addEventListener('abort', () => {
        sent.abort();
        reject(request.signal.reason as Error);
      });
      sent.on('error', reject);
      sent.on('response', (answer: LegacyAnswer) => {
        const empty = [101, 204, 205, 304].includes(answer.statusCode);
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            answer.on('data', (chunk: Buffer) => controller.enqueue(new Uint8Array(chunk)));
            answer.on('end', () => controller.close());
            answer.on('error', (error) => controller.error(error));
          },
        });
        const { statusCode: status, statusMessage: statusText } = answer;
        resolve(new Response(empty ? null : stream, { status, statusText, headers: headersOf(answer) }));
      });
      sent.end(body);
    });
  };
}

/** Adds what the network of 9.4.1 lacks. */
export function patchNet(net: LegacyNet): void {
  const request = net.request.bind(net);
  const withRawHeaders = (options: Record<string, unknown>): LegacyClientRequest => {
    const sent = request(options);
    sent.prependListener('response', (answer: LegacyAnswer) => {
      addMissing(answer, { rawHeaders: headersOf(answer).flat() });
    });
    return sent;
  };
  addMissing(net, { isOnline, fetch: fetchOver(net) });
  Object.assign(net, { request: withRawHeaders });
  if (!('online' in net)) Object.defineProperty(net, 'online', { get: isOnline });
}
