// Asking a vendor how long a token lives (RFC 7662) whose answer did not say it. Pure.
//
// Invariant: what an answer does not tell clearly leaves the token as it was.
import type * as oauth from 'oauth4webapi';
import { fillAddress } from './address.ts';
import type { ClientContext } from './client-context.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import { endpointNames } from './endpoints.ts';
import type { OutgoingRequest } from './ports.ts';
import { authenticatedRequest } from './token-request.ts';

/** The request (section 2.1); null where the profile does not ask. Throws `bad_request`. */
export async function introspectionRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  accessToken: string,
): Promise<OutgoingRequest | null> {
  const { introspection: rules, name } = context.profile;
  if (rules === undefined) return null;
  const { url: template, answer: _answer, ...form } = rules;
  const own =
    template === undefined
      ? null
      : fillAddress(template, context.values, name, endpointNames.introspection_endpoint);
  const url = own ?? server.introspection_endpoint;
  const parameters = { token: accessToken, token_type_hint: 'access_token' };
  const named = { access_token: accessToken };
  return url === undefined ? null : authenticatedRequest(context, server, url, form, parameters, {}, named);
}

/** Ms from `now` (Unix ms, by the vendor's clock) until the end that an answer tells (section 2.2); null: it tells none. */
export function untilIntrospectedEnd({ active, exp }: JsonAnswer, now: number): number | null {
  const end = typeof exp === 'string' ? Number(exp) : exp;
  if (active !== true || typeof end !== 'number' || !Number.isFinite(end) || end <= 0) return null;
  return Math.max(0, end * 1000 - now);
}
