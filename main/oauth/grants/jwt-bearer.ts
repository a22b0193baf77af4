// The JWT bearer grant (RFC 7523 section 2.1): a JWT of the account's own key asks for the token, without a person.
import { signJwt } from '../signed-jwt.ts';
import { scopeOf, type DirectGrant } from './grant.ts';

export const jwtBearer: DirectGrant<'jwt_bearer'> = {
  mode: 'direct',
  needs: ['token'],
  tokenGrantType: 'jwt_bearer',
  async token(client) {
    const form = client.profile.signed_jwt?.assertion;
    return {
      parameters: {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: form === undefined ? null : await signJwt(form, client),
      },
      whereNamed: { scope: scopeOf(client) },
      bound: { redirect_uri: null, scope: scopeOf(client) },
    };
  },
};
