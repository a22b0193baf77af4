// What ties an answer to the browser that a sign-in began in: a cookie, and where the vendor echoes no state a secret
// that the start page leaves in its tab's sessionStorage (a cookie goes along with any page's navigation).
//
// Invariant: both are compared in constant time, and hold for one flow.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { sha256Hex } from '../platform/digest.ts';
import type { TabSecret } from './callback-pages.ts';

export interface BrowserBinding {
  /** Left in the tab of the start page; null where the state comes back. */
  readonly tab: TabSecret | null;
  /** The cookie as headers, for each of these paths. */
  cookies(paths: readonly string[]): string[];
  /** Whether the flow's cookie is there, with its value; other ports of this host may have set others. */
  hasCookie(incoming: IncomingMessage): boolean;
  /** Whether the flow's tab handed it over. */
  isFromTab(incoming: IncomingMessage): boolean;
  of(incoming: IncomingMessage): RedirectAnswer['boundBy'];
}

/** Draws the secrets of one flow. `stateless`: its vendor echoes no state. */
export function bindBrowser(id: string, stateless: boolean): BrowserBinding {
  const name = `kf_flow_${sha256Hex(id).slice(0, 16)}`;
  const value = unguessable();
  const tab = stateless ? { key: name, secret: unguessable() } : null;
  const hasCookie = (incoming: IncomingMessage): boolean =>
    (incoming.headers.cookie ?? '').split(';').some((pair) => {
      const [key, ...rest] = pair.trim().split('=');
      return key === name && isSame(rest.join('='), value);
    });
  const isFromTab = (incoming: IncomingMessage): boolean =>
    tab !== null && isSame(String(incoming.headers['x-keyfob-tab'] ?? ''), tab.secret);
  return {
    tab,
    // One for each path: a cookie goes to every port of a host.
    cookies: (paths) =>
      paths.map((path) => `${name}=${value}; Path=${cookiePath(path)}; HttpOnly; SameSite=Lax; Max-Age=3600`),
    hasCookie,
    isFromTab,
    of: (incoming) => (isFromTab(incoming) ? 'tab' : hasCookie(incoming) ? 'cookie' : 'nothing'),
  };
}

/** A text that nobody guesses: 32 random bytes. */
export function unguessable(): string {
  return randomBytes(32).toString('base64url');
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A path as the attribute of a cookie (RFC 6265 section 4.1.1); one with other signs is left wide. */
function cookiePath(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : '/';
}
