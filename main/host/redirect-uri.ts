// Which redirect URIs the agent can listen on: http, a loopback host, and its port, or any where none is named.
import { KeyfobError } from '../api/errors.ts';
import { isLoopbackHost } from '../oauth/url.ts';

export interface ListenAddress {
  /** As it stands in the redirect URI, in lower case, without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Path, never empty; compared exactly. */
  readonly path: string;
  /** `host:port` as browsers send it; two forms for port 80. */
  readonly hosts: readonly string[];
  readonly origin: string;
}

const LOOPBACK = /^http:\/\/(127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::(\d{1,5}))?(\/[^?#]*)?(?:\?[^#]*)?$/i;

/** Where to listen for an account's redirect URI (RFC 8252 section 7.3). Throws `bad_request` when that is nowhere. */
export function listenAddressOf(redirectUri: string, account: string): ListenAddress {
  const found = judge(redirectUri);
  if (typeof found !== 'string') return found;
  const action = { type: 'sign_in_by_paste', params: { account } } as const;
  throw new KeyfobError(found, {}, { field: 'redirect_uri', action });
}

/** Whether there is such a place. */
export function canListen(redirectUri: string): boolean {
  return typeof judge(redirectUri) !== 'string';
}

function judge(redirectUri: string): ListenAddress | 'redirect_not_here' | 'redirect_bad_port' {
  const match = LOOPBACK.exec(redirectUri);
  if (match === null) return 'redirect_not_here';
  const [, host = '', port, path = '/'] = match;
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return 'redirect_bad_port';
  return listenAddress(host.toLowerCase(), Number(port ?? 0), path);
}

/** A redirect URI of a loopback host with its port, where it names none; everything else stands as it was written. */
export function withPort(redirectUri: string, port: number): string {
  const [, host = ''] = LOOPBACK.exec(redirectUri) ?? [];
  const end = 'http://'.length + host.length;
  const rest = redirectUri.slice(end);
  return rest.startsWith(':') ? redirectUri : `${redirectUri.slice(0, end)}:${String(port)}${rest}`;
}

/** Where on this machine a redirect URI leads a browser, http or https; null: it leads elsewhere. */
export function loopbackOf(redirectUri: string): ListenAddress | null {
  const url = URL.parse(redirectUri);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const name = url.hostname.replace(/\.$/, '');
  // Browsers take every name below it for this machine too.
  const host = name.endsWith('.localhost') ? 'localhost' : name;
  if (!isLoopbackHost(host)) return null;
  const standard = url.protocol === 'https:' ? 443 : 80;
  return listenAddress(host, url.port === '' ? standard : Number(url.port), url.pathname);
}

/** A host as it stands in a URL. */
export function written(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A place on a host as it stands in a URL. */
export function listenAddress(host: string, port: number, path: string): ListenAddress {
  const written = `${host}:${port}`;
  return {
    host: host.replaceAll(/[[\]]/g, ''),
    port,
    path,
    // Browsers leave the default port out.
    hosts: port === 80 ? [written, host] : [written],
    origin: port === 80 ? `http://${host}` : `http://${written}`,
  };
}

/** Whether a query or fragment carries an answer (RFC 6749 sections 4.1.2, 4.2.2), by one of these names. */
export function carriesAnswer(raw: string, names: readonly string[]): boolean {
  return raw.split('&').some((pair) => names.some((name) => pair.startsWith(`${name}=`)));
}
