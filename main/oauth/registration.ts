// A client of one's own at a vendor that registers them by itself (RFC 7591, OpenID Connect Registration 1.0): the
// request for one, and its answer.
//
// Invariants: pure. A client is asked for by what this account will do, and no more: its grant, its redirect URI, its
// way of client authentication. The token that is first needed, where one is, is the secret field
// `initial_access_token`.
import { z } from 'zod';
import type * as oauth from 'oauth4webapi';
import { clientAuthIds, type ClientAuthId } from './client-auth/index.ts';
import type { ClientContext } from './client-context.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import { headerValue } from './dialect/header-value.ts';
import { requireEndpoint } from './endpoints.ts';
import { grantOf } from './fields.ts';
import { grantType } from './grants/index.ts';
import { unusable } from './outcome.ts';
import { message } from '../api/problems/index.ts';
import type { OutgoingRequest } from './ports.ts';
import type { RegisteredClient } from './registered-client.ts';
import { choose, fillTemplate } from './template.ts';

/** What IANA's registry of token endpoint authentication methods calls ours. */
const authNames: Readonly<Partial<Record<ClientAuthId, string>>> = {
  params: 'client_secret_post',
  basic_rfc6749: 'client_secret_basic',
  basic_rfc7617: 'client_secret_basic',
  client_secret_jwt: 'client_secret_jwt',
  none: 'none',
};

function wayOf({ profile, values }: ClientContext): ClientAuthId {
  return choose<ClientAuthId>(profile.client_auth, values);
}

/** The way that is asked for: the profile's, where the vendor's metadata (RFC 8414 section 2) does not rule it out. */
function authOf(context: ClientContext, server: oauth.AuthorizationServer): string {
  const wished = authNames[wayOf(context)] ?? 'client_secret_basic';
  const { token_endpoint_auth_methods_supported: known } = server;
  if (!Array.isArray(known) || known.includes(wished)) return wished;
  return Object.values(authNames).find((one) => known.includes(one)) ?? wished;
}

/** The request for a client (RFC 7591 section 3.1). Throws `bad_request` where the vendor registers none. */
export function registrationRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: string,
  redirectUri: string | null,
): OutgoingRequest {
  const { profile, values, secrets } = context;
  const type = grantType(grant);
  const own = grant === 'device_code' ? 'urn:ietf:params:oauth:grant-type:device_code' : grant;
  const refreshes = grantOf(profile, grant).renewal.includes('refresh_token');
  const metadata: Record<string, unknown> = {
    client_name: 'Keyfob',
    application_type: redirectUri?.startsWith('https:') === true ? 'web' : 'native',
    redirect_uris: redirectUri === null ? [] : [redirectUri],
    grant_types: [own, ...(refreshes ? ['refresh_token'] : [])],
    response_types: type.mode === 'redirect' ? [type.responseType] : [],
    token_endpoint_auth_method: authOf(context, server),
    ...(values['scope'] === undefined ? {} : { scope: values['scope'] }),
  };
  for (const [name, value] of Object.entries(profile.registration?.metadata ?? {})) {
    const filled = typeof value === 'string' ? fillTemplate(value, values) : value;
    if (filled !== null) metadata[name] = filled;
  }
  const token = secrets['initial_access_token'] ?? '';
  return {
    method: 'POST',
    url: requireEndpoint(server, 'registration_endpoint', profile),
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: headerValue('initial_access_token', `Bearer ${token}`) }),
    },
    body: JSON.stringify(metadata),
  };
}

const registered = z.object({
  client_id: z.string().min(1),
  client_secret: z.string().min(1).nullish().catch(null),
  client_secret_expires_at: z.number().nonnegative().nullish().catch(null),
  token_endpoint_auth_method: z.string().nullish().catch(null),
});

/** Reads the client of an answer (RFC 7591 section 3.2.1). Throws Failed where there is none. */
export function readRegistration(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  json: JsonAnswer,
  redirectUri: string | null,
): RegisteredClient {
  const read = registered.safeParse(json);
  if (!read.success) throw unusable(message('answer_without_client', {}));
  const { client_id, client_secret: secret, client_secret_expires_at: end } = read.data;
  const named = read.data.token_endpoint_auth_method ?? authOf(context, server);
  const auth =
    named === authNames[wayOf(context)] ? undefined : clientAuthIds.find((id) => authNames[id] === named);
  return {
    client_id,
    redirect_uri: redirectUri,
    ...(secret == null ? {} : { client_secret: secret }),
    ...(end == null || end === 0 ? {} : { expires_at: end }),
    ...(auth === undefined ? {} : { client_auth: auth }),
  };
}

/** Whether a client will do for a sign-in with this redirect URI. `now`: Unix ms. */
export function willDo(client: RegisteredClient | null, redirectUri: string | null, now: number): boolean {
  const lives = client !== null && (client.expires_at === undefined || client.expires_at * 1000 > now);
  return lives && (redirectUri === null || client.redirect_uri === redirectUri);
}
