// Builds the requests that a client shows itself with: a message of a grant, in the form that the vendor wants.
// Pure: an account's context and a message in, a request out; nothing is sent here.
import type * as oauth from 'oauth4webapi';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { fillAddress } from './address.ts';
import { clientAuthMethods, type ClientAuthId } from './client-auth/index.ts';
import { clientOf, furtherExchangeOf, tokenForm, type ClientContext } from './client-context.ts';
import { messageValues, ownValuesOf, type OwnValues } from './dialect/request/own-values.ts';
import type { RequestForm } from './dialect/request/index.ts';
import type { RequestValues } from './dialect/request/rule.ts';
import { toWire } from './dialect/wire.ts';
import { endpointNames, requireEndpoint } from './endpoints.ts';
import type { DeviceGrant, GrantType, Parameters, TokenMessage } from './grants/grant.ts';
import type { TokenGrantType } from './grants/index.ts';
import type { OutgoingRequest } from './ports.ts';
import { resourcesOf } from './resource.ts';
import { choose, type FieldValues } from './template.ts';
import type { Session } from './token.ts';

/**
 * The request to the vendor before the one for the token, of grants that begin so: for a code without a page
 * (the profile's `direct`), or for a device's code (RFC 8628 section 3.1); null: there is none. Throws
 * `bad_request` where the profile names no address.
 */
export async function firstRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: GrantType,
): Promise<OutgoingRequest | null> {
  const { direct, name } = context.profile;
  if (grant.mode === 'device') {
    return deviceRequest(context, server, grant);
  }
  if (grant.mode === 'redirect' || grant.code === undefined) {
    return null;
  }
  const url =
    direct === undefined
      ? null
      : fillAddress(direct.url, context.values, name, message('endpoint_direct', {}));
  if (direct === undefined || url === null) {
    throw new KeyfobError('direct_address_missing', { provider: name });
  }
  const { url: _url, answer: _answer, ...form } = direct;
  return plainRequest(context, url, form, grant.code(context));
}

/** The request for a device's code (RFC 8628 section 3.1). Throws `bad_request` where there is no address for it. */
export function deviceRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: DeviceGrant,
): Promise<OutgoingRequest> {
  const url = requireEndpoint(server, 'device_authorization_endpoint', context.profile);
  const { url: _url, answer: _answer, ...form } = context.profile.device ?? {};
  return authenticatedRequest(context, server, url, form, {
    ...grant.start(context),
    resource: resourcesOf(context.values),
  });
}

/** A request to the token endpoint in the form of one of its grants. Throws `bad_request`. */
export async function tokenRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grantType: TokenGrantType,
  message: TokenMessage,
): Promise<OutgoingRequest> {
  const url = tokenEndpoint(context, server, grantType);
  const form = tokenForm(context.profile, grantType);
  const named = Object.entries(message.whereNamed ?? {}).filter(
    ([name]) => form.parameters?.includes(name) === true,
  );
  const resource = message.parameters['resource'] ?? resourcesOf(context.values);
  const parameters = { ...Object.fromEntries(named), ...message.parameters, resource };
  const asked = { ...server, token_endpoint: url };
  const own = { redirect_uri: message.bound.redirect_uri };
  return authenticatedRequest(context, asked, url, form, parameters, own, message.whereNamed);
}

/**
 * The request that exchanges the token of a grant for another one (RFC 8693 section 2.1, in the form of the profile);
 * null: it is the one. Throws `bad_request`.
 */
export async function furtherRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grantType: TokenGrantType,
  { access_token: token, bound }: Pick<Session, 'access_token' | 'bound'>,
): Promise<OutgoingRequest | null> {
  const further = furtherExchangeOf(context.profile, grantType);
  if (further === undefined) return null;
  const { url: _url, answer: _answer, ...form } = further;
  const url = furtherEndpoint(context, grantType);
  if (url === null) {
    throw new KeyfobError('endpoint_missing', {
      provider: context.profile.name,
      endpoint: endpointNames.token_endpoint,
    });
  }
  const parameters = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  };
  const own = { redirect_uri: bound.redirect_uri, subject_token: token };
  return authenticatedRequest(context, { ...server, token_endpoint: url }, url, form, parameters, own);
}

/** Where it goes; null: nowhere, or a value that its address names is not there yet. Throws `bad_request`. */
export function furtherEndpoint(
  { profile, values }: ClientContext,
  grantType: TokenGrantType,
): string | null {
  const url = furtherExchangeOf(profile, grantType)?.url;
  return url === undefined ? null : fillAddress(url, values, profile.name, endpointNames.token_endpoint);
}

/** Where a grant asks for its token. Throws `bad_request` where there is no address for it. */
export function tokenEndpoint(
  { profile, values }: ClientContext,
  server: oauth.AuthorizationServer,
  grantType: TokenGrantType,
): string {
  const own = profile.token?.per_grant?.[grantType]?.url;
  const filled =
    own === undefined ? null : fillAddress(own, values, profile.name, endpointNames.token_endpoint);
  return filled ?? requireEndpoint(server, 'token_endpoint', profile);
}

/** A request that shows who the client is, as `client_auth` says (RFC 6749 section 2.3). Throws `bad_request`. */
export async function authenticatedRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  url: string,
  form: RequestForm,
  parameters: Parameters,
  own: OwnValues = {},
  whereNamed: Parameters = {},
): Promise<OutgoingRequest> {
  const { profile, values, registered } = context;
  const chosen =
    clientAuthMethods[registered?.client_auth ?? choose<ClientAuthId>(profile.client_auth, values)];
  const method = chosen.possible(context) ? chosen : clientAuthMethods.none;
  const body = new URLSearchParams(withoutEmpty(parameters));
  const headers = new Headers();
  await method.authenticate(context)(server, clientOf(context), body, headers);
  // A client without an id shows none.
  const standard = new Map(
    [...new Set(body.keys())].flatMap((name): [string, string | readonly string[]][] => {
      const [first = '', ...more] = body.getAll(name);
      return first === '' ? [] : [[name, more.length === 0 ? first : [first, ...more]]];
    }),
  );
  const message = messageOf([...withoutEmpty(whereNamed), ...body]);
  return toWire(new URL(url).href, standard, {
    form,
    values: { ...requestValues(context, own), message },
    headers: Object.fromEntries(headers),
  });
}

/** A request in which the client shows itself by its parameters alone, if at all. Throws `bad_request`. */
export function plainRequest(
  context: ClientContext,
  url: string,
  form: RequestForm,
  parameters: Parameters,
  whereNamed: Parameters = {},
): OutgoingRequest {
  const message = messageOf(withoutEmpty(whereNamed));
  return toWire(url, new Map(withoutEmpty(parameters)), {
    form,
    values: { ...requestValues(context, {}), message },
  });
}

function messageOf(parameters: readonly [name: string, value: string][]): FieldValues {
  return Object.fromEntries(parameters.filter(([name]) => messageValues.some((one) => one === name)));
}

function requestValues({ values, secrets, random }: ClientContext, own: OwnValues): RequestValues {
  return { values, secrets, own: ownValuesOf(own, random) };
}

function withoutEmpty(parameters: Parameters): [name: string, value: string][] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().flatMap((one): [string, string][] => (one == null || one === '' ? [] : [[name, one]])),
  );
}
