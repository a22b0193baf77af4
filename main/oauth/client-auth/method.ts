// A way in which a client shows who it is at a vendor's endpoint (RFC 6749 section 2.3).
import type * as oauth from 'oauth4webapi';
import type { SignedJwts } from '../signed-jwt.ts';
import type { ClientValues } from '../template.ts';

interface AuthClient extends ClientValues {
  readonly profile?: { readonly signed_jwt?: SignedJwts | undefined };
}

export interface ClientAuthMethod {
  /** Whether there is anything to show it with; if not, the client shows its id alone, as `none` does. */
  possible(client: ClientValues): boolean;
  /** Puts the client into body or headers of a request; of the headers it gets those that it sets alone. */
  authenticate(client: AuthClient): oauth.ClientAuth;
}

export function hasSecret({ secrets }: ClientValues): boolean {
  return (secrets['client_secret'] ?? '') !== '';
}

/** What stands before and after the colon of `Basic`. */
type Credentials = (id: string, secret: string) => readonly [user: string, password: string];

/** `Basic` of what `credentials` makes of id and secret. `needsSecret`: without one there is nothing to show. */
export function basic(credentials: Credentials, needsSecret = true): ClientAuthMethod {
  return {
    possible: (client) => !needsSecret || hasSecret(client),
    authenticate:
      ({ secrets }) =>
      (_server, client, _body, headers) => {
        const pair = credentials(client.client_id, secrets['client_secret'] ?? '').join(':');
        const base64 = btoa(
          Array.from(new TextEncoder().encode(pair), (byte) => String.fromCharCode(byte)).join(''),
        );
        headers.set('authorization', `Basic ${base64}`);
      },
  };
}
