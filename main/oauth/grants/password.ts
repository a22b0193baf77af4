// The resource owner's password (RFC 6749 section 4.3).
import { scopeOf, type DirectGrant } from './grant.ts';

export const password: DirectGrant<'password'> = {
  mode: 'direct',
  needs: ['token'],
  tokenGrantType: 'password',
  token(client) {
    const scope = scopeOf(client);
    return {
      parameters: {
        username: client.values['username'],
        password: client.secrets['password'],
        scope,
        grant_type: 'password',
      },
      bound: { redirect_uri: null, scope },
    };
  },
};
