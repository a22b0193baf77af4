// What a program's request asks for: whose key it has, and which path of the API. Pure.
//
// Invariants: a request that two readers could take for two (a header twice, a target in another form) is refused; where
// a path leads is not judged here but where its address is made (main/oauth/api-address.ts).
import { maxPath } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import { originForm } from '../endpoint/host-guard.ts';

/** Names and values in turn, as Node's `rawHeaders`. */
export type RawHeaders = readonly string[];

/** Methods that are not passed on: the answer to TRACE would show the token (RFC 9110 section 9.3.8). */
const refusedMethods: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT']);

/** Every value of a header. */
export function valuesOf(headers: RawHeaders, wanted: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === wanted) values.push(headers[at + 1] ?? '');
  }
  return values;
}

/** The client key of a request: a Bearer token, or the password of HTTP Basic. Throws `client_key_required`. */
export function keyOf(headers: RawHeaders): string {
  const [value = '', ...more] = valuesOf(headers, 'authorization');
  const bearer = /^bearer +(\S+) *$/i.exec(value)?.[1];
  const basic = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(value)?.[1];
  const key = bearer ?? (basic === undefined ? undefined : passwordOf(basic));
  if (key === undefined || more.length > 0 || !/^[\x21-\x7e]{1,512}$/.test(key)) {
    throw new KeyfobError('client_key_missing', {}, { action: { type: 'send_client_key', params: {} } });
  }
  return key;
}

/** RFC 7617: the password begins behind the first colon. */
function passwordOf(basic: string): string | undefined {
  return /^[^:]*:(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8'))?.[1];
}

export interface ApiTarget {
  /** From the first `/`, without the query. */
  readonly path: string;
  /** With its `?`; empty where there is none. As it stood. */
  readonly query: string;
}

/**
 * What a request asks for. Throws `bad_request` for a method that is not passed on, a target that is none, and a key that
 * stands where it would go on to the API.
 */
export function targetOf(method: string, target: string, headers: RawHeaders, key: string): ApiTarget {
  if (refusedMethods.has(method.toUpperCase())) throw new KeyfobError('method_not_passed_on', {});
  const [, path = '', query = ''] = /^(\/[^?#]*)(\?[^#]*)?$/.exec(encoded(originForm(target))) ?? [];
  if (path === '' || target === '*') throw new KeyfobError('path_leaves_api', {}, { field: 'path' });
  if (path.length > maxPath) throw new KeyfobError('path_too_long', { max: maxPath });
  const others = headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== 'authorization');
  if ([target, ...others].some((text) => text.includes(key))) throw new KeyfobError('key_elsewhere', {});
  return { path, query };
}

/** Node reads each byte of a target as a character: what is beyond ASCII is encoded, byte by byte. */
function encoded(target: string): string {
  return target.replaceAll(
    /[^\x21-\x7e]/g,
    (one) => `%${(one.charCodeAt(0) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** A query without the parameters of those names, and with those that the API wants. */
export function queryWith(query: string, placed: Readonly<Record<string, string>>): string {
  const own = query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !Object.hasOwn(placed, nameIn(pair)));
  const added = Object.entries(placed).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  // What the API wants of nobody is left as it stood.
  if (added.length === 0) return query;
  return `?${[...own, ...added].join('&')}`;
}

function nameIn(pair: string): string {
  return new URLSearchParams(pair).keys().next().value ?? '';
}
