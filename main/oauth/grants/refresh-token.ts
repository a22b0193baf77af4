// The refresh token (RFC 6749 section 6): no sign-in, but a grant of the token endpoint like the others.
import type { Session } from '../token.ts';
import type { OwnRequest, TokenMessage } from './grant.ts';

export const refreshGrantType = 'refresh_token';

/** With the redirect URI and scope of the sign-in, and the token that is renewed, where the vendor's form names them, and `own` over them. */
export function refreshMessage(
  { refresh_token, access_token, bound }: Session,
  own: OwnRequest,
): TokenMessage {
  return {
    parameters: { ...own, refresh_token, grant_type: 'refresh_token' },
    whereNamed: { ...bound, access_token },
    bound,
  };
}
