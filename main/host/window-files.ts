// The built window's files, as both homes serve them: the desktop under a scheme of its own, the agent's
// console on loopback.
//
// Invariants: only files below the folder, of the kinds that a build makes; every answer carries the policy
// that lets the page load nothing but these.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface WindowFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Names that a build gives by content, so that they may be kept for ever. */
const hashed = /-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

/** Content-Security-Policy of the window: its own files, its own host, nothing else. */
const windowPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** Reads a file of the window by the path of its address; `/` is the page. Null: there is none such. */
export async function readWindowFile(folder: string, pathname: string): Promise<WindowFile | null> {
  const name = pathname === '/' ? '/index.html' : pathname;
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/.test(name)) return null;
  const type = types[path.extname(name)];
  if (type === undefined) return null;
  const body = await readFile(path.join(folder, ...name.split('/'))).catch(() => null);
  if (body === null) return null;
  return {
    body,
    headers: {
      'Content-Type': type,
      'Content-Security-Policy': windowPolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': hashed.test(name) ? 'public, max-age=31536000, immutable' : 'no-store',
    },
  };
}
