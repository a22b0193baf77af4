// How the proxy comes to a token: it asks the running Keyfob over its socket, for the client whose key a program sent.
//
// Invariant: permission, approval and audit are the running Keyfob's; nothing is remembered here.
import type { TokenAnswer } from '../api/accounts.ts';
import { tokenRoute } from '../endpoint/client-request.ts';
import { exchange, readAnswer, type Sender } from '../endpoint/client-transport.ts';
import { sha256Hex } from '../platform/digest.ts';

/** A token, and the address that it is for. */
export type ApiToken = TokenAnswer & Required<Pick<TokenAnswer, 'api_base' | 'url'>>;

/** A request to the API, as the running Keyfob has to know of it. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  /** What the API asked for with `DPoP-Nonce` (RFC 9449 section 9). */
  readonly nonce: string | undefined;
}

export interface Tokens {
  /** Rejects with what `GET /v1/token` answers. */
  token(call: ApiCall, sender: Sender): Promise<ApiToken>;
  /** Has a refused token refreshed, once, and gives a newer one; null where none is to be had. */
  newer(refused: ApiToken, call: ApiCall, sender: Sender): Promise<ApiToken | null>;
}

export function createTokens(socket: string, account: string): Tokens {
  const token: Tokens['token'] = async (call, sender) => {
    const route = tokenRoute({ account, ...call });
    const { status, text } = await exchange(socket, 'GET', route, undefined, sender);
    // The host is the other half of this program; its shapes are checked by its own tests.
    return readAnswer(status, text) as ApiToken;
  };
  return {
    token,
    async newer(refused, call, sender) {
      try {
        const route = `/v1/accounts/${encodeURIComponent(account)}/refresh`;
        const body = JSON.stringify({ rejected: sha256Hex(refused.access_token) });
        const { status, text } = await exchange(socket, 'POST', route, body, sender);
        readAnswer(status, text);
        const next = await token(call, sender);
        return next.access_token === refused.access_token ? null : next;
      } catch {
        // The API's own refusal says more to the program; the account's trouble is told at the next request.
        return null;
      }
    },
  };
}
