// The host guard: which requests on TCP are turned away before anybody looks at key, path or body.
//
// Invariants: a pure function of the raw header lines, so that a repeated header is seen as such; Host is
// compared byte by byte with three texts, never parsed; the order is Host, then browser, and only then
// (past the guard) the key. Nothing here ever adds a CORS header: a preflight is refused like the rest.
import { KeyfobError } from '../api/errors.ts';
import { isOwn } from './types.ts';
import type { HttpListener } from './types.ts';

export interface GuardedRequest {
  readonly listener: HttpListener;
  /** The port that the listener really has. */
  readonly port: number;
  /** The request target as it stood: origin-form, absolute-form or `*` (RFC 9112 section 3.2). */
  readonly target: string;
  /** Names and values in turn, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[];
}

const BROWSER_HEADERS = ['origin', 'referer', 'sec-fetch-site'];
/** Lengths of the names that are looked for: other headers are passed over unread. */
const LENGTHS = new Set(['host', ...BROWSER_HEADERS].map(({ length }) => length));

/** Says why a request may not pass: `wrong_host`, `browser_refused`, or null when it may. */
export function hostGuard(input: GuardedRequest): 'wrong_host' | 'browser_refused' | null {
  if (isOwn(input.listener)) return null;
  const stated: string[] = [];
  let browser = false;
  for (let i = 0; i + 1 < input.rawHeaders.length; i += 2) {
    const raw = input.rawHeaders[i] ?? '';
    if (!LENGTHS.has(raw.length)) continue;
    const name = raw.toLowerCase();
    if (name === 'host') stated.push(input.rawHeaders[i + 1] ?? '');
    if (BROWSER_HEADERS.includes(name)) browser = true;
  }
  // A socket that was handed on has the Host of wherever it ended up; a browser there is one all the same.
  if (input.listener === 'guest') return browser ? 'browser_refused' : null;
  const hosts = hostsOf(input.port);
  if (stated.length !== 1 || !hosts.includes(stated[0] ?? '')) return 'wrong_host';
  if (!input.target.startsWith('/') && input.target !== '*') {
    // In absolute-form the authority of the target stands for Host (RFC 9112 section 3.2.2).
    const fits = hosts.some((host) => {
      const origin = `http://${host}`;
      return input.target === origin || input.target.startsWith(`${origin}/`);
    });
    if (!fits) return 'wrong_host';
  }
  return browser ? 'browser_refused' : null;
}

let known: { readonly port: number; readonly hosts: readonly string[] } | null = null;

/** The three texts that Host may be; made once for a port. */
function hostsOf(port: number): readonly string[] {
  if (known?.port !== port)
    known = { port, hosts: [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`] };
  return known.hosts;
}

/** The origin-form of a target that the guard let pass; what is neither form becomes a path that is not served. */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const rest = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1];
  if (rest === undefined) return '/*';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The error that goes with a refusal of the guard. */
export function guardError(code: 'wrong_host' | 'browser_refused', port: number): KeyfobError {
  return code === 'wrong_host'
    ? new KeyfobError('wrong_host', { port })
    : new KeyfobError('browser_refused', {});
}
