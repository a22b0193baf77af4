// Pushed authorization requests (RFC 9126): what a person's browser would carry to the vendor goes there first, by the
// client itself, and the browser carries a name for it.
//
// Invariants: pure. It is pushed where the vendor's metadata requires it, or the profile says so, and nowhere else; it
// is never sent through the browser in its place. The client shows itself as at the token endpoint.
import * as oauth from 'oauth4webapi';
import { withQuery } from './authorization-request.ts';
import { readingClientOf, type ClientContext } from './client-context.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import type { WireParameters } from './dialect/wire.ts';
import { mustPush, requireEndpoint } from './endpoints.ts';
import type { OutgoingRequest } from './ports.ts';
import { authenticatedRequest } from './token-request.ts';

/** Where authorization requests are pushed to; null: they are not. Throws `bad_request` where that is not known. */
export function pushEndpoint({ profile }: ClientContext, server: oauth.AuthorizationServer): string | null {
  const endpoint = 'pushed_authorization_request_endpoint';
  const isNeeded = mustPush(profile, server);
  return server[endpoint] ?? (isNeeded ? requireEndpoint(server, endpoint, profile) : null);
}

/** The request that pushes another one's parameters (section 2.1). */
export function pushRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  url: string,
  parameters: WireParameters,
): Promise<OutgoingRequest> {
  return authenticatedRequest(context, server, url, {}, Object.fromEntries(parameters));
}

/** What the browser carries in place of what was pushed, and the seconds for which the vendor knows it. */
interface Pushed {
  readonly request_uri: string;
  readonly expires_in: number;
}

/** Reads the answer to a push (section 2.2). Throws the library's errors. */
export async function readPushed(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  json: JsonAnswer,
): Promise<Pushed> {
  const client = readingClientOf(context);
  const response = Response.json(json, { status: 201 });
  return oauth.processPushedAuthorizationResponse(server, client, response);
}

/** The address of the sign-in page for what was pushed (section 4). */
export function pushedUrl(
  { profile, values }: ClientContext,
  server: oauth.AuthorizationServer,
  requestUri: string,
): string {
  const clientId = profile.authorize?.names?.['client_id'] ?? 'client_id';
  return withQuery(requireEndpoint(server, 'authorization_endpoint', profile), {
    [clientId]: values['client_id'] ?? '',
    request_uri: requestUri,
  });
}
