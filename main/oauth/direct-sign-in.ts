// Sign-ins that need no page: the grants that go straight to the vendor.
import type { Exchange, Granted, Outcome } from './exchange.ts';
import type { Party } from './server.ts';

/** Whether a grant signs in without a person at a page. */
export function isDirect(grant: string): boolean {
  return grant === 'direct' || grant === 'password' || grant === 'client_credentials';
}

/** Signs in by the grant with what is stored. */
export async function signInDirectly(
  exchange: Exchange,
  grant: string,
  party: Party,
): Promise<Outcome<Granted>> {
  const scope = party.values['scope'] ?? null;
  switch (grant) {
    case 'client_credentials':
      return exchange.clientCredentials(party, { redirect_uri: null, scope: withoutPerson(party, scope) });
    case 'password':
      return exchange.password(party, { redirect_uri: null, scope });
    default: {
      const bound = { redirect_uri: party.values['redirect_uri'] ?? null, scope };
      const code = await exchange.directCode(party, bound);
      if (!code.ok) {
        return code;
      }
      const parameters = new Map([['code', { raw: code.value, value: code.value }]]);
      return exchange.exchangeCode(party, parameters, bound.redirect_uri ?? '', bound, {
        codeVerifier: null,
        nonce: null,
      });
    }
  }
}

/** OpenID Connect Core 1.0 section 3.1.2.1: `openid` asks who the person is, and here is none. */
function withoutPerson(party: Party, scope: string | null): string | null {
  if (scope === null || party.profile.issuer === undefined) {
    return scope;
  }
  const rest = scope.split(' ').filter((one) => one !== 'openid');
  return rest.length === 0 ? null : rest.join(' ');
}
