// Which redirect URIs the agent can listen on: http, a loopback host, a port that is written out.
import { KeyfobError } from '../api/errors.ts';
import { isLoopbackHost } from '../oauth/url.ts';

export interface ListenPlace {
  /** As it stands in the redirect URI, in lower case, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path, never empty; compared exactly. */
  readonly path: string;
  /** `host:port` as browsers send it; two forms for port 80. */
  readonly hosts: readonly string[];
  readonly origin: string;
}

const LOOPBACK = /^http:\/\/(127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::(\d{1,5}))?(\/[^?#]*)?(?:\?[^#]*)?$/i;

/** Where to listen for a redirect URI (RFC 8252 section 7.3). Throws `bad_request` when that is nowhere. */
export function placeOf(redirectUri: string): ListenPlace {
  const match = LOOPBACK.exec(redirectUri);
  const hint = 'Sign in with `keyfob login NAME --paste` and paste the address you are sent to.';
  if (match === null)
    throw new KeyfobError('bad_request', 'The redirect URI is not one that can be listened on here.', {
      hint,
    });
  const [, host = '', port, path = '/'] = match;
  if (port === undefined || Number(port) === 0 || Number(port) > 65_535)
    throw new KeyfobError('bad_request', 'The redirect URI names no port, so it cannot be listened on.', {
      hint,
    });
  return place(host.toLowerCase(), Number(port), path);
}

/** Where on this machine a redirect URI leads a browser, http or https; null: it leads elsewhere. */
export function loopbackOf(redirectUri: string): ListenPlace | null {
  const url = URL.parse(redirectUri);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const name = url.hostname.replace(/\.$/, '');
  // Browsers take every name below it for this machine too.
  const host = name.endsWith('.localhost') ? 'localhost' : name;
  if (!isLoopbackHost(host)) return null;
  const standard = url.protocol === 'https:' ? 443 : 80;
  return place(host, url.port === '' ? standard : Number(url.port), url.pathname);
}

/** Whether there is such a place. */
export function canListen(redirectUri: string): boolean {
  try {
    placeOf(redirectUri);
    return true;
  } catch (error) {
    if (error instanceof KeyfobError) return false;
    throw error;
  }
}

/** A place on a host as it stands in a URL. */
export function place(host: string, port: number, path: string): ListenPlace {
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

/** Whether a query or fragment carries an answer (RFC 6749 sections 4.1.2, 4.2.2). */
export function carriesAnswer(raw: string): boolean {
  return raw.split('&').some((pair) => /^(code|access_token|error)=/.test(pair));
}
