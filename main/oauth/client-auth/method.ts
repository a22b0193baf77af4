// A way in which a client shows who it is at a vendor's endpoint (RFC 6749 section 2.3).
import type * as oauth from 'oauth4webapi';
import type { ClientValues } from '../template.ts';

export interface ClientAuthMethod {
  /** Whether there is anything to show it with; if not, the client shows its id alone, as `none` does. */
  possible(client: ClientValues): boolean;
  /** Puts the client into body or headers of a request; of the headers it gets those that it sets alone. */
  authenticate(client: ClientValues): oauth.ClientAuth;
}

export function hasSecret({ secrets }: ClientValues): boolean {
  return (secrets['client_secret'] ?? '') !== '';
}

/** `Basic` of id and secret, each encoded first as the way wants it. */
export function basic(encode: (text: string) => string): ClientAuthMethod {
  return {
    possible: hasSecret,
    authenticate:
      ({ secrets }) =>
      (_server, client, _body, headers) => {
        const bytes = new TextEncoder().encode(
          `${encode(client.client_id)}:${encode(secrets['client_secret'] ?? '')}`,
        );
        const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
        headers.set('authorization', `Basic ${base64}`);
      },
  };
}
