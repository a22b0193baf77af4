// Revoking tokens at the vendor (RFC 7009, or as the profile says): which requests that takes. Pure.
import type * as oauth from 'oauth4webapi';
import type { ClientContext } from './client-context.ts';
import type { OutgoingRequest } from './ports.ts';
import { revocationRules } from './profile.ts';
import { authenticatedRequest, plainRequest } from './token-request.ts';
import type { Session } from './token.ts';

/** One request for each token that the vendor takes, in its order; null when it names no way to revoke. */
export async function revocationRequests(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  session: Pick<Session, 'access_token' | 'refresh_token'>,
): Promise<OutgoingRequest[] | null> {
  const rules = revocationRules(context.profile);
  const url = server.revocation_endpoint;
  if (rules === null || url === undefined) {
    return null;
  }
  const { tokens, authenticate, url: _url, warning: _warning, ...form } = rules;
  const { access_token, refresh_token } = session;
  const held = { access_token, refresh_token };
  return Promise.all(
    tokens
      .filter((kind) => session[kind] !== null)
      .map(async (kind) =>
        authenticate
          ? authenticatedRequest(
              context,
              server,
              url,
              form,
              { token: session[kind], token_type_hint: kind },
              {},
              held,
            )
          : plainRequest(context, url, form, { token: session[kind] }, held),
      ),
  );
}
