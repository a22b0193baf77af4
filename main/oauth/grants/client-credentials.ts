// Client credentials (RFC 6749 section 4.4): the client asks for itself.
import { scopeOf, type DirectGrant, type GrantClient } from './grant.ts';

export const clientCredentials: DirectGrant<'client_credentials'> = {
  mode: 'direct',
  needs: ['token'],
  tokenGrantType: 'client_credentials',
  token(client, _given, own) {
    const { scope, resource } = own ?? { scope: withoutPerson(client) };
    return {
      parameters: { scope, resource, grant_type: 'client_credentials' },
      bound: { redirect_uri: null, scope: scope ?? null },
    };
  },
};

/** OpenID Connect Core 1.0 section 3.1.2.1: `openid` asks who the person is, and here is none. */
function withoutPerson(client: GrantClient): string | undefined {
  const scopes = scopeOf(client)?.split(' ') ?? [];
  const rest = client.profile.issuer === undefined ? scopes : scopes.filter((one) => one !== 'openid');
  return rest.length === 0 ? undefined : rest.join(' ');
}
