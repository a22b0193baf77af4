// Small means that the agent's two pages (callback and console) answer with.
import type { IncomingMessage, ServerResponse } from 'node:http';

import { QUIET_HEADERS } from './pages.ts';
import type { RenderedPage } from './pages.ts';

/** Ms for which a one-time address opens something. */
export const ADDRESS_MS = 10 * 60_000;

/** Whether the browser asks ahead of the person, who may never come. */
export function isPrefetch(headers: IncomingMessage['headers']): boolean {
  const purposes = [headers['sec-purpose'], headers['purpose'], headers['x-moz'], headers['x-purpose']];
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose ?? '')));
}

/** Whether the request states one Host, and exactly one of these. */
export function hostFits(incoming: IncomingMessage, hosts: readonly string[]): boolean {
  const stated: string[] = [];
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2)
    if (incoming.rawHeaders[i]?.toLowerCase() === 'host') stated.push(incoming.rawHeaders[i + 1] ?? '');
  return stated.length === 1 && hosts.includes(stated[0] ?? '');
}

/** The body as it stood, or null when it is too long. */
export async function readBody(incoming: IncomingMessage, limit: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? null : Buffer.concat(chunks).toString('utf8');
}

export function show(outgoing: ServerResponse, status: number, page: RenderedPage): void {
  outgoing.writeHead(status, page.headers).end(page.html);
}

export function plain(
  outgoing: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  outgoing
    .writeHead(status, { ...QUIET_HEADERS, ...headers, 'Content-Type': 'text/plain; charset=utf-8' })
    .end(`${text}\n`);
}

export function json(outgoing: ServerResponse, status: number, value: object): void {
  outgoing
    .writeHead(status, { ...QUIET_HEADERS, 'Content-Type': 'application/json' })
    .end(JSON.stringify(value));
}

export function goOn(outgoing: ServerResponse, status: 302 | 303, location: string): void {
  outgoing.writeHead(status, { ...QUIET_HEADERS, Location: location }).end();
}
