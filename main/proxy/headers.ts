// Which headers go on to the API, and which come back from it. Pure.
//
// Invariants: the key that a program came with, its cookies, and what speaks of one connection alone never go on; what
// is placed for the account stands once, whatever the program sent under that name; the token never comes back.
import type { OutgoingHttpHeaders } from 'node:http';
import { valuesOf, type RawHeaders } from './incoming.ts';

/** Of one connection (RFC 9110 section 7.6.1), in small letters. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** The program's own towards this proxy, or of the way to it. */
const ownToProxy = ['authorization', 'cookie', 'dpop', 'expect', 'host', 'http2-settings', 'max-forwards'];
/** What would make a program go elsewhere, a browser read an answer, or one port's cookies come to every other. */
const notForPrograms = ['alt-svc', 'set-cookie', 'set-cookie2'];

/** Names that `Connection` lists are of the connection too. */
function ofConnection(headers: RawHeaders): Set<string> {
  const named = valuesOf(headers, 'connection').flatMap((value) => value.split(','));
  return new Set([...hopByHop, ...named.map((name) => name.trim().toLowerCase())]);
}

/** The headers that go to the API: the program's, with those that are placed for the account. */
export function headersToApi(
  headers: RawHeaders,
  placed: Readonly<Record<string, string>>,
): OutgoingHttpHeaders {
  const left = ofConnection(headers);
  for (const name of [...ownToProxy, ...Object.keys(placed)]) left.add(name.toLowerCase());
  // The length is that of the body, which goes on as it came.
  left.delete('content-length');
  const sent = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const lower = name.toLowerCase();
    if (left.has(lower)) continue;
    const known = sent.get(lower) ?? { name, values: [] };
    known.values.push(headers[at + 1] ?? '');
    sent.set(lower, known);
  }
  const own = [...sent.values()].map(
    ({ name, values: [first = '', ...more] }): [string, string | string[]] => [
      name,
      more.length === 0 ? first : [first, ...more],
    ],
  );
  const isChunked = valuesOf(headers, 'transfer-encoding').length > 0;
  return {
    ...Object.fromEntries(own),
    ...(isChunked ? { 'Transfer-Encoding': 'chunked' } : {}),
    ...placed,
  };
}

/** What an answer's headers are read against. */
export interface ProxiedRequest {
  /** The address that was asked. */
  readonly url: string;
  /** The account's API, without the last slash, and where a program finds it: `http://127.0.0.1:PORT`. */
  readonly base: string;
  readonly local: string;
  readonly token: string;
}

/** The headers that come back, names and values in turn. A redirect below the API leads to this proxy again. */
export function headersToProgram(headers: RawHeaders, way: ProxiedRequest): string[] {
  const left = ofConnection(headers);
  for (const name of notForPrograms) left.add(name);
  const back: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const lower = name.toLowerCase();
    if (left.has(lower) || lower.startsWith('access-control-')) continue;
    const value = withoutToken(headers[at + 1] ?? '', way.token);
    back.push(name, lower === 'location' ? locationOf(value, way) : value);
  }
  return back;
}

function withoutToken(value: string, token: string): string {
  return [token, encodeURIComponent(token)].reduce((rest, form) => rest.replaceAll(form, '[cut out]'), value);
}

/** Where a redirect leads, as the program has to ask for it: under this proxy, or elsewhere, without the token. */
function locationOf(location: string, { url, base, local }: ProxiedRequest): string {
  const there = URL.parse(location, url);
  if (there === null) return location;
  const isBelow =
    there.href === base || ['/', '?', '#'].some((next) => there.href.startsWith(`${base}${next}`));
  return isBelow ? `${local}${there.href.slice(base.length)}` : there.href;
}
