// The requests that a sign-in, a refresh and a revocation by a profile would send: built, and not sent.
//
// Invariants: the builders are those of the real exchanges, so nothing here knows how a request is made. Their
// secrets, and what would be drawn at random or come in an answer, are marks from the start, so that no secret
// can be in what is shown.
import type * as oauth from 'oauth4webapi';
import type { DryRequest } from '../api/providers.ts';
import { addressTemplates, hostFields } from './address.ts';
import { authorizationParameters, authorizationUrl, wantsNonce, wantsPkce } from './authorization-request.ts';
import type { ClientContext } from './client-context.ts';
import { discoveryRequests } from './discovery.ts';
import { endpointsOf, issuerOf } from './endpoints.ts';
import { checkFields, clientCanAsk, fieldValues, grantOf } from './fields.ts';
import type { TokenMessage } from './grants/grant.ts';
import { grantType, isClientGrant, type TokenGrantType } from './grants/index.ts';
import { refreshGrantType, refreshMessage } from './grants/refresh-token.ts';
import type { OutgoingRequest } from './ports.ts';
import { throwawayKey } from './private-key.ts';
import type { Profile, ProfileField } from './profile.ts';
import { pushedUrl, pushEndpoint, pushRequest } from './pushed-authorization.ts';
import { revocationRequests } from './revocation.ts';
import type { FieldValues } from './template.ts';
import { firstRequest, furtherRequest, tokenRequest } from './token-request.ts';
import type { Session } from './token.ts';

const masked = '••••';
/** Stands for a secret: letters and digits alone, so that no encoding alters it. */
const mark = 'KeyfobMaskedValue';
/** Stands before an address that the issuer's metadata would name. */
const unnamed = 'https://named-by-the-metadata.invalid/';
const ownRedirectUri = 'http://127.0.0.1/callback';
const get = { method: 'GET', headers: {}, body: null } as const;

/**
 * Makes the requests of a sign-in with these values, and of a refresh and a revocation after it, where the
 * profile has them. Values of secret fields are not looked at; what is missing stands by its name. Throws
 * `bad_request` for a grant, a field or a value that the profile does not take.
 */
export async function dryRun(profile: Profile, grant: string, given: FieldValues): Promise<DryRequest[]> {
  const { settings, secrets } = fillIn(profile, grant, given);
  checkFields(profile, grant, settings, secrets);
  const values = { ...keptPlaceholders(profile), ...fieldValues(profile, settings) };
  const context: ClientContext = { profile, values, secrets, gate: open, random: () => mark };
  if (secrets['private_key'] !== undefined) secrets['private_key'] = await keyFor(profile);
  const issuer = issuerOf(context);
  const { server } = endpointsOf(context, issuer === null ? null : metadata(issuer));
  const session = sessionOf(context, grant);
  const all: [DryRequest['step'], readonly OutgoingRequest[]][] = [
    ['discovery', issuer === null ? [] : discoveryRequests(issuer).slice(0, 1)],
    ['authorize', await authorizePage(context, server, grant)],
    ['sign_in', await signIn(context, server, grant)],
    ['refresh', await renewal(context, server, grant, session)],
    ['revoke', (await revocationRequests(context, server, session)) ?? []],
  ];
  return all.flatMap(([step, requests]) => requests.map((request) => shown(step, request)));
}

/** A key so that an assertion can be made: it is nobody's, and what it signs is masked. */
function keyFor({ signed_jwt: jwts = {} }: Profile): Promise<string> {
  const named = Object.values(jwts).flatMap((jwt) => jwt?.header?.['alg'] ?? []);
  return throwawayKey(named.find((alg) => alg !== 'HS256'));
}

const open: ClientContext['gate'] = { check: () => undefined, discovered: async () => true };

/** OpenID Connect Discovery 1.0 section 3: what is used of it. */
function metadata(issuer: string): oauth.AuthorizationServer {
  return {
    issuer,
    authorization_endpoint: `${unnamed}authorization_endpoint`,
    token_endpoint: `${unnamed}token_endpoint`,
    revocation_endpoint: `${unnamed}revocation_endpoint`,
    device_authorization_endpoint: `${unnamed}device_authorization_endpoint`,
    pushed_authorization_request_endpoint: `${unnamed}pushed_authorization_request_endpoint`,
  };
}

/** What a sign-in would bring: a redirect alone brings no refresh token. */
function sessionOf(context: ClientContext, grant: string): Session {
  return {
    access_token: mark,
    token_type: 'bearer',
    obtained_at: 0,
    lifetime: null,
    refresh_token: grantType(grant).tokenGrantType === null ? null : mark,
    scope: null,
    bound: { redirect_uri: redirectUri(context, grant), scope: context.values['scope'] ?? null },
  };
}

function redirectUri({ values }: ClientContext, grant: string): string | null {
  return values['redirect_uri'] ?? (grantType(grant).mode === 'redirect' ? ownRedirectUri : null);
}

async function authorizePage(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: string,
): Promise<OutgoingRequest[]> {
  const type = grantType(grant);
  if (type.mode !== 'redirect') return [];
  const redirect = redirectUri(context, grant) ?? '';
  const parameters = authorizationParameters(context, server, type, redirect, {
    state: mark,
    nonce: wantsNonce(context) ? mark : null,
    codeChallenge: wantsPkce(context, type) ? mark : null,
  });
  const pushedTo = pushEndpoint(context, server);
  return pushedTo === null
    ? [{ ...get, url: authorizationUrl(context, server, parameters) }]
    : [
        await pushRequest(context, server, pushedTo, parameters),
        { ...get, url: pushedUrl(context, server, mark) },
      ];
}

/** The requests of a sign-in by a grant, but for the page of one that has a page. */
async function signIn(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: string,
): Promise<OutgoingRequest[]> {
  const type = grantType(grant);
  const first = await firstRequest(context, server, type);
  const requests = first === null ? [] : [first];
  if (type.tokenGrantType !== null && type.token !== undefined) {
    const codeVerifier = type.mode === 'redirect' && wantsPkce(context, type) ? mark : null;
    const marks = { code: mark, redirectUri: redirectUri(context, grant), codeVerifier };
    const message = await type.token(context, marks);
    requests.push(...(await tokenRequests(context, server, type.tokenGrantType, message)));
  }
  return requests;
}

/** A grant's request at the token endpoint, and the one that exchanges its token further. */
async function tokenRequests(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grantType: TokenGrantType,
  message: TokenMessage,
): Promise<OutgoingRequest[]> {
  const session = { access_token: mark, bound: message.bound };
  const further = await furtherRequest(context, server, grantType, session);
  return [await tokenRequest(context, server, grantType, message), ...(further === null ? [] : [further])];
}

/** The first way to a new token that would be open after the sign-in. */
async function renewal(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: string,
  session: Session,
): Promise<OutgoingRequest[]> {
  for (const step of grantOf(context.profile, grant).renewal) {
    if (step === 'refresh_token' && session.refresh_token !== null) {
      return tokenRequests(context, server, refreshGrantType, refreshMessage(session, {}));
    }
    if (isClientGrant(step) && clientCanAsk(context.profile, step, grant, context.secrets)) {
      return signIn(context, server, step);
    }
    if (step === 'stored_password' && context.secrets['password'] !== undefined) {
      return signIn(context, server, grant);
    }
  }
  return [];
}

/** Settings and secrets that are complete: what is missing stands by its name, each secret by the mark. */
function fillIn(
  profile: Profile,
  grant: string,
  given: FieldValues,
): { readonly settings: Record<string, string>; readonly secrets: Record<string, string> } {
  const { required } = grantOf(profile, grant);
  const inHost = new Set(addressTemplates(profile).flatMap(({ template }) => hostFields(template)));
  const settings: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const name of new Set([...required, ...Object.keys(given)])) {
    const field = Object.hasOwn(profile.fields, name) ? profile.fields[name] : undefined;
    const value = given[name] ?? '';
    const needed = required.includes(name) && field?.default === undefined;
    if (field?.secret === true) {
      if (needed || value !== '') secrets[name] = mark;
    } else if (value !== '' || (field?.may_be_empty === true && given[name] !== undefined)) {
      settings[name] = value;
    } else if (needed) {
      settings[name] = inHost.has(name) ? hostLabel(name) : placeholder(name, field);
    }
  }
  return { settings, secrets };
}

/** What a sign-in would bring of the values that the profile keeps. */
function keptPlaceholders({ kept_values: rules = {} }: Profile): Record<string, string> {
  return Object.fromEntries(
    Object.entries(rules).map(([name, { hosts }]) => [
      name,
      hosts === undefined ? hostLabel(name) : `https://${(hosts[0] ?? '').replace('*', hostLabel(name))}`,
    ]),
  );
}

/** A field's name with host characters alone. */
function hostLabel(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function placeholder(name: string, field: ProfileField | undefined): string {
  const host = `${hostLabel(name)}.example`;
  switch (field?.kind) {
    case 'url':
    case 'base_url':
      return `https://${host}`;
    case 'server':
      return host;
    case 'redirect_uri':
      return ownRedirectUri;
    default:
      return field?.choices?.[0] ?? `{${name}}`;
  }
}

/** A client's assertion (RFC 7519): `{"alg"` in Base64, and what follows. */
const signed = /eyJhbGciOi[\w-]*\.[\w-]+\.[\w-]+/g;

/** As a person may see it: marks as dots, an address of the metadata by its name. */
function shown(step: DryRequest['step'], { method, url, headers, body }: OutgoingRequest): DryRequest {
  const mask = (text: string): string =>
    text
      .replaceAll(mark, masked)
      .replaceAll(signed, masked)
      .replaceAll(new RegExp(`${unnamed}(\\w+)`, 'g'), '{$1}');
  return {
    step,
    method,
    url: mask(url),
    headers: Object.entries(headers).map(([name, value]) => [name, mask(opened(value))] as const),
    body: body === null ? null : mask(body),
  };
}

/** HTTP Basic (RFC 7617) as it is before Base64, so that what is in it can be seen and masked. */
function opened(value: string): string {
  const coded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(value)?.[1];
  if (coded === undefined) return value;
  const bytes = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0));
  return `Basic base64(${new TextDecoder().decode(bytes)})`;
}
