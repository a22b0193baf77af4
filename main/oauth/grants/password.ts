// The resource owner's password (RFC 6749 section 4.3).
import { scopeOf, type DirectGrant } from './grant.ts';

export const password: DirectGrant<'password'> = {
  mode: 'direct',
  parts: ['token'],
  leg: 'password',
  token(input) {
    const scope = scopeOf(input);
    return {
      parameters: {
        username: input.values['username'],
        password: input.secrets['password'],
        scope,
        grant_type: 'password',
      },
      bound: { redirect_uri: null, scope },
    };
  },
};
