// Judges URLs that people, profiles and issuers name: https, or http on loopback hosts only.
//
// Invariant: a URL is taken only when all who read it find the same origin in it: the WHATWG parser, by which
// requests are sent, and anybody who reads scheme, host and port as they stand (RFC 3986 section 3.2).

import { message, type Message } from '../api/problems/index.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host (as URL.hostname gives it) is this machine: RFC 8252 section 7.3. */
export function isLoopbackHost(hostname: string): boolean {
  return loopback.test(hostname);
}

/** Null when the text is an absolute https URL, or http on loopback; else what is wrong with it, as the end of a sentence. */
export function urlFault(text: string): Message | null {
  if (/\s/.test(text)) {
    return message('has_blanks', {});
  }
  if (/\p{Cc}/u.test(text)) {
    return message('has_controls', {});
  }
  const url = URL.parse(text);
  // A URL is used letter by letter as it was entered, so what a browser would mend is not taken.
  if (url === null || /^https?:(?!\/\/[^/\\])/i.test(text)) {
    return message('no_url', {});
  }
  if (url.username !== '' || url.password !== '') {
    return message('url_with_user', {});
  }
  if (text.includes('#')) {
    return message('url_with_fragment', {});
  }
  if (text.includes('\\')) {
    return message('url_with_backslash', {});
  }
  if ((url.protocol === 'https:' || url.protocol === 'http:') && !readsAsWritten(text, url)) {
    return message('url_host_misread', {});
  }
  if (url.protocol === 'https:') {
    return null;
  }
  if (url.protocol === 'http:') {
    return isLoopbackHost(url.hostname) ? null : message('url_http', {});
  }
  return message('url_not_https', {});
}

/** An address without what a page's own script reads: a route (`https://app.example/#/oauth/authorize`), or a word at its end. */
export function withoutRoute(address: string): string {
  return /^([^?#]*)#\/[^#]*$/.exec(address)?.[1] ?? address.replace(/#[\w-]+$/, '');
}

/** Whether host and port stand in the text as the parser takes them: nothing decoded, cut off or made of numbers. */
function readsAsWritten(text: string, url: URL): boolean {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
  const [, host = '', port] = /^(\[[0-9a-f:.]+\]|[^:@[\]]+)(?::(\d+))?$/i.exec(authority) ?? [];
  const usual = url.protocol === 'https:' ? '443' : '80';
  const samePort = url.port === (port === undefined || port === usual ? '' : port);
  if (host.startsWith('[')) {
    return samePort;
  }
  const written = host.split('.');
  const read = url.hostname.split('.');
  return (
    samePort &&
    written.length === read.length &&
    written.every((label, index) => sameLabel(label, read[index] ?? ''))
  );
}

/** A label of ASCII stands for itself; any other only for its own punycode (RFC 5891). */
function sameLabel(written: string, read: string): boolean {
  return /^[\x21-\x7e]*$/.test(written)
    ? written.toLowerCase() === read
    : /^[\p{L}\p{M}\p{N}-]+$/u.test(written) && read.startsWith('xn--');
}

/** The origin of a URL (scheme, host, port) as WHATWG's URL Standard serialises it; null when it has none. */
export function originOf(text: string): string | null {
  const origin = URL.parse(text)?.origin ?? 'null';
  return origin === 'null' ? null : origin;
}

/** Null when the text is such a URL without a query, to which paths can be added; else what is wrong with it. */
export function baseUrlFault(text: string): Message | null {
  return urlFault(text) ?? (text.includes('?') ? message('url_with_query', {}) : null);
}

/**
 * Schemes that no application can have for its own: they run, show or read something in a browser, start another
 * program, or are taken for the web's (`httpx`).
 */
const foreignScheme =
  /^(?:http.*|wss?|ftps?|sftp|file|filesystem|javascript|vbscript|data|blob|about|chrome.*|edge|devtools|view-source|resource|moz-.*|jar|content|intent|android-app|ms-.*|smb|urn|mailto|tel|sms|ssh|keyfob-.+)$/;

/** Redirect URIs by which the vendor's page shows the code for a person to copy (Google's, and others' after it). */
const shownCode: ReadonlySet<string> = new Set([
  'urn:ietf:wg:oauth:2.0:oob',
  'urn:ietf:wg:oauth:2.0:oob:auto',
]);

/** Whether a redirect URI leads nowhere, but has the vendor's page show the code. */
export function showsCode(redirectUri: string): boolean {
  return shownCode.has(redirectUri);
}

/**
 * Null when the text can be a redirect URI: https, http on loopback, or a private-use scheme (RFC 8252 section 7.1;
 * without the dot too that it asks for, since vendors register such ones); else what is wrong with it.
 */
export function redirectUriFault(text: string): Message | null {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'http' || scheme === 'https') {
    return urlFault(text);
  }
  const url = /[\s\\\p{Cc}]/u.test(text) ? null : URL.parse(text);
  if (url === null) {
    return message('no_redirect_uri', {});
  }
  if (url.username !== '' || url.password !== '') {
    return message('url_with_user', {});
  }
  if (text.includes('#')) {
    return message('url_with_fragment', {});
  }
  return foreignScheme.test(scheme) ? message('scheme_refused', {}) : null;
}

/** Whether an address is the redirect URI: scheme, host, port and path exactly (RFC 6749 section 3.1.2.3). */
export function isRedirectTo(address: string, redirectUri: string): boolean {
  const one = URL.parse(address);
  const other = URL.parse(redirectUri);
  return (
    one !== null &&
    other !== null &&
    one.protocol === other.protocol &&
    one.host === other.host &&
    one.pathname === other.pathname &&
    one.username === '' &&
    one.password === ''
  );
}

/**
 * The address of a web page, as the URL standard writes it, or null: anything else that a system may be asked
 * to open can start a program (`file:`, `smb:`, a scheme that one has taken for itself, an option).
 */
export function webAddress(text: string): string | null {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null;
}
