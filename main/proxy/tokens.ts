// How the proxy comes to a token: it asks the running Keyfob over its socket, for the client whose key a program sent.
//
// Invariant: permission, approval and audit are the running Keyfob's; nothing is remembered here.
import type { TokenAnswer } from '../api/accounts.ts';
import { tokenRoute } from '../endpoint/client-request.ts';
import { exchange, readAnswer, type Sender } from '../endpoint/client-transport.ts';
import { sha256Hex } from '../platform/digest.ts';

/** A token, and the address that it is for. */
export type ApiToken = TokenAnswer & Required<Pick<TokenAnswer, 'api_base' | 'url'>>;

export interface Tokens {
  /** Rejects with what `GET /v1/token` answers. */
  token(path: string, sender: Sender): Promise<ApiToken>;
  /** Has a refused token refreshed, once, and gives a newer one; null where none is to be had. */
  newer(refused: ApiToken, path: string, sender: Sender): Promise<ApiToken | null>;
}

export function createTokens(socket: string, account: string): Tokens {
  const token: Tokens['token'] = async (path, sender) => {
    const { status, text } = await exchange(socket, 'GET', tokenRoute({ account, path }), undefined, sender);
    // The host is the other half of this program; its shapes are checked by its own tests.
    return readAnswer(status, text) as ApiToken;
  };
  return {
    token,
    async newer(refused, path, sender) {
      try {
        const route = `/v1/accounts/${encodeURIComponent(account)}/refresh`;
        const body = JSON.stringify({ rejected: sha256Hex(refused.access_token) });
        const { status, text } = await exchange(socket, 'POST', route, body, sender);
        readAnswer(status, text);
        const next = await token(path, sender);
        return next.access_token === refused.access_token ? null : next;
      } catch {
        // The API's own refusal says more to the program; the account's trouble is told at the next request.
        return null;
      }
    },
  };
}
