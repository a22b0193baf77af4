// Client credentials (RFC 6749 section 4.4): the client asks for itself.
import { scopeOf, type DirectGrant, type GrantInput } from './grant.ts';

export const clientCredentials: DirectGrant<'client_credentials'> = {
  mode: 'direct',
  parts: ['token'],
  leg: 'client_credentials',
  unattended: true,
  token(input) {
    const { scope, resource } = input.own ?? { scope: withoutPerson(input) };
    return {
      parameters: { scope, resource, grant_type: 'client_credentials' },
      bound: { redirect_uri: null, scope: scope ?? null },
    };
  },
};

/** OpenID Connect Core 1.0 section 3.1.2.1: `openid` asks who the person is, and here is none. */
function withoutPerson(input: GrantInput): string | undefined {
  const words = scopeOf(input)?.split(' ') ?? [];
  const rest = input.openId ? words.filter((one) => one !== 'openid') : words;
  return rest.length === 0 ? undefined : rest.join(' ');
}
