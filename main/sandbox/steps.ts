/**
 * What the five practice vendors have in common: the frame round a token request, tokens, redirect URIs.
 *
 * Invariants: every token request leaves exactly one line in the log, whichever way it ended; a redirect URI
 * that is not known is never redirected to; one of sign-in is compared letter by letter, never by prefix.
 */
import { timingSafeEqual, createHash } from 'node:crypto';
import { json, refusalReply, Refusal } from './http.ts';
import type { Reply } from './http.ts';
import { failurePage, problemPage } from './pages.ts';
import { fingerprint, randomText } from './store.ts';
import type { Family, LogEntry, Provider, Store } from './store.ts';

const GRANTS = [
  'authorization_code',
  'implicit',
  'password',
  'client_credentials',
  'refresh_token',
  'direct',
];

/** What a step tells the log on its way; tokens are turned into fingerprints before they are kept. */
export interface Note {
  grant: string;
  same?: boolean;
  access?: string;
  refresh?: string;
  presented?: string;
}

/** Runs one step of a vendor: fails it when it was told to, turns refusals into replies, and logs it. */
export function runStep(
  store: Store,
  vendor: Provider,
  step: LogEntry['step'],
  judge: (note: Note) => Reply,
): Reply {
  const note: Note = { grant: 'unknown' };
  const entry = (outcome: LogEntry['outcome'], status: number, more: Partial<LogEntry> = {}): void => {
    store.note({
      vendor,
      step,
      grant: GRANTS.includes(note.grant) ? note.grant : 'unknown',
      outcome,
      status,
      ...more,
      ...(note.access === undefined ? {} : { access_token: fingerprint(note.access) }),
      ...(note.refresh === undefined ? {} : { refresh_token: fingerprint(note.refresh) }),
      ...(note.presented === undefined ? {} : { presented: fingerprint(note.presented) }),
    });
  };
  const told = step === 'token' ? store.failNext : undefined;
  if (told !== undefined) {
    store.failNext = told.count > 1 ? { ...told, count: told.count - 1 } : undefined;
    entry('made_to_fail', told.status);
    const headers: Record<string, string> =
      told.retryAfter === undefined ? {} : { 'retry-after': String(told.retryAfter) };
    if (told.html === true) return failurePage(told.status, headers);
    const text = 'The practice vendor was told to fail this request.';
    const body =
      told.error === undefined ? { message: text } : { error: told.error, error_description: text };
    return json(told.status, body, headers);
  }
  try {
    const reply = judge(note);
    entry(note.same === true ? 'same_token' : 'done', reply.status);
    return reply;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    entry('refused', cause.status, { error: cause.error, reason: cause.message });
    return refusalReply(cause);
  }
}

/** Runs a step that people see: a refusal becomes a page, not JSON. */
export function runPage(vendor: string, show: () => Reply): Reply {
  try {
    return show();
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    return problemPage(`${vendor} cannot show its sign-in page`, [cause.message], cause.status);
  }
}

/** Gives out an access token, and a refresh token when a text for it is given. Returns both and the seconds. */
export function issue(
  store: Store,
  note: Note,
  family: Family,
  texts: { access?: string; refresh?: string; seconds?: number },
): { access: string; refresh: string | undefined; seconds: number } {
  const seconds = store.lifetime ?? texts.seconds ?? 3600;
  const access = texts.access ?? randomText(48);
  store.addAccess(access, family, seconds);
  note.access = access;
  if (texts.refresh !== undefined) {
    store.addRefresh(texts.refresh, family);
    note.refresh = texts.refresh;
  }
  return { access, refresh: texts.refresh, seconds };
}

/** Compares two texts without telling by time how much of them is alike. */
export function same(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/**
 * Tells what is wrong with a redirect URI, or gives undefined when it is one of those that are registered:
 * any loopback one over http (RFC 8252 section 7.3), `https://app.example.com/cb`, and private-use schemes
 * with a dot in them (section 7.1).
 */
export function redirectFault(uri: string): string | undefined {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    return 'it is not an absolute URI';
  }
  if (uri.includes('#'))
    return 'it has a fragment, which a redirect URI may not have (RFC 6749 section 3.1.2)';
  if (/[^!-~]|[<>"\\]/.test(uri)) return 'it has a character that no URI may have';
  if (uri === 'https://app.example.com/cb') return undefined;
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && loopback) {
    return url.username === '' && url.password === '' ? undefined : 'it has a user name in it';
  }
  if (/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/i.test(url.protocol)) return undefined;
  return 'it is not registered for this client';
}

/** Puts parameters behind a redirect URI, in its query or its fragment; values stand as they are given. */
export function redirectTo(
  uri: string,
  deliveredIn: 'query' | 'fragment',
  params: readonly (readonly [string, string])[],
): string {
  const text = params.map(([name, value]) => `${name}=${value}`).join('&');
  if (deliveredIn === 'fragment') return `${uri}#${text}`;
  return `${uri}${uri.includes('?') ? '&' : '?'}${text}`;
}
