// The implicit grant (RFC 6749 section 4.2): the token stands in the redirect itself.
import type { RedirectGrant } from './grant.ts';

export const implicit: RedirectGrant<null> = {
  mode: 'redirect',
  needs: ['authorize'],
  tokenGrantType: null,
  responseType: 'token',
  carries: 'access_token',
  pkce: false,
};
