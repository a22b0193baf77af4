// The authorization code (RFC 6749 section 4.1), with PKCE (RFC 7636) where the profile wants it.
import { scopeOf, type Given, type GrantClient, type RedirectGrant, type TokenMessage } from './grant.ts';

export const authorizationCode: RedirectGrant<'authorization_code'> = {
  mode: 'redirect',
  needs: ['authorize', 'token'],
  tokenGrantType: 'authorization_code',
  responseType: 'code',
  carries: 'code',
  pkce: true,
  token: codeMessage,
};

/** RFC 6749 section 4.1.3, where the scope is no standard parameter. */
export function codeMessage(client: GrantClient, given: Given): TokenMessage {
  const scope = scopeOf(client);
  return {
    parameters: {
      redirect_uri: given.redirectUri,
      code: given.code,
      code_verifier: given.codeVerifier,
      grant_type: 'authorization_code',
    },
    whereNamed: { scope },
    bound: { redirect_uri: given.redirectUri, scope },
  };
}
