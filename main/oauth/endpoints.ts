// The vendor's endpoints as an account's settings make them: by the profile's templates, or by what its issuer's
// metadata names. Pure.
import type * as oauth from 'oauth4webapi';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { fillAddress, usableAddress, type Address } from './address.ts';
import type { ClientContext } from './client-context.ts';
import { noIssuer } from './no-issuer.ts';
import { unusable, type Failed } from './outcome.ts';
import { revocationRules, type Profile } from './profile.ts';
import { originOf, urlFault, withoutRoute } from './url.ts';

export const endpointNames = {
  authorization_endpoint: message('endpoint_authorization', {}),
  token_endpoint: message('endpoint_token', {}),
  revocation_endpoint: message('endpoint_revocation', {}),
  introspection_endpoint: message('endpoint_introspection', {}),
  device_authorization_endpoint: message('endpoint_device', {}),
  registration_endpoint: message('endpoint_registration', {}),
  pushed_authorization_request_endpoint: message('endpoint_pushed_authorization', {}),
} as const satisfies Readonly<Record<string, Message>>;
export type Endpoint = keyof typeof endpointNames;
// The keys of the table.
export const endpoints = Object.keys(endpointNames) as readonly Endpoint[];

/** The account's issuer; null where the profile has none. Throws `bad_request`. */
export function issuerOf({ profile, values }: ClientContext): string | null {
  return profile.issuer === undefined
    ? null
    : fillAddress(profile.issuer, values, profile.name, message('endpoint_issuer', {}));
}

/**
 * The origin of the token endpoint as the profile writes it out, else of the issuer whose metadata names it; the
 * empty text where neither makes an address.
 */
export function tokenOrigin({ profile, values }: ClientContext): string {
  const address = usableAddress(profile.token?.url ?? profile.issuer ?? '', values);
  return (address === null ? null : originOf(address)) ?? '';
}

/** Whether authorization requests have to be pushed (RFC 9126 section 5), to where the issuer's metadata says. */
export function mustPush(
  { pushed_authorization: pushed }: Profile,
  server: oauth.AuthorizationServer,
): boolean {
  const saysSo = pushed !== undefined && pushed.url === undefined;
  return saysSo || server.require_pushed_authorization_requests === true;
}

/** Endpoints that a sign-in needs: an issuer that has none leaves them out. Others are left alone where they are no text. */
const signInEndpoints: ReadonlySet<Endpoint> = new Set<Endpoint>([
  'authorization_endpoint',
  'token_endpoint',
  'device_authorization_endpoint',
]);

/** Where a profile itself says that an endpoint is. */
function templatesOf(profile: Profile): Readonly<Record<Endpoint, Address | undefined>> {
  const { authorize, token, device, introspection, registration, pushed_authorization: pushed } = profile;
  return {
    authorization_endpoint: authorize?.url,
    token_endpoint: token?.url,
    revocation_endpoint: revocationRules(profile)?.url,
    introspection_endpoint: introspection?.url,
    device_authorization_endpoint: device?.url,
    registration_endpoint: registration?.url,
    pushed_authorization_request_endpoint: pushed?.url,
  };
}

/**
 * The vendor's endpoints: what the profile writes out over what the issuer's metadata names; `named` are those
 * that the metadata alone names. Each is https, or http on loopback, which an issuer of https does not name; else throws
 * `bad_request`, or Failed where the metadata names it.
 */
export function endpointsOf(
  { profile, values, registered }: ClientContext,
  metadata: oauth.AuthorizationServer | null,
): { readonly server: oauth.AuthorizationServer; readonly named: readonly string[] } {
  const { introspection, name } = profile;
  const named: string[] = [];
  const server: { -readonly [K in keyof oauth.AuthorizationServer]: oauth.AuthorizationServer[K] } = {
    ...(metadata ?? { issuer: noIssuer }),
  };
  // An account with a client of its own choice has no business there.
  if (registered === undefined) Reflect.deleteProperty(server, 'registration_endpoint');
  // Many issuers name one that nobody has to use.
  if (!mustPush(profile, server)) Reflect.deleteProperty(server, 'pushed_authorization_request_endpoint');
  // Nor is every vendor asked that can be.
  if (introspection === undefined) Reflect.deleteProperty(server, 'introspection_endpoint');
  for (const [endpoint, template] of Object.entries(templatesOf(profile)) as [
    Endpoint,
    Address | undefined,
  ][]) {
    if (endpoint === 'registration_endpoint' && registered === undefined) continue;
    const shown = endpointNames[endpoint];
    const filled = template === undefined ? null : fillAddress(template, values, name, shown);
    const url: unknown = filled ?? server[endpoint];
    if (typeof url !== 'string' || (url === '' && filled === null)) {
      // Metadata is what the issuer sent: null, say, for what it does not have.
      const isLeftOut = url == null || url === false || url === '';
      if (!isLeftOut && signInEndpoints.has(endpoint)) throw unusableMetadata(shown, message('no_url', {}));
      Reflect.deleteProperty(server, endpoint);
      continue;
    }
    // A secret of an encrypted vendor would go to whoever listens on a port of this machine.
    const downgrade = filled === null && server.issuer.startsWith('https:') && /^http:/i.test(url);
    const fault =
      urlFault(endpoint === 'authorization_endpoint' ? withoutRoute(url) : url) ??
      (downgrade ? message('url_http_of_https_issuer', {}) : null);
    if (fault !== null) {
      if (filled === null) throw unusableMetadata(shown, fault);
      throw new KeyfobError('address_unusable', { provider: name, endpoint: shown, fault });
    }
    server[endpoint] = url;
    if (filled === null) named.push(url);
  }
  return { server, named };
}

/** What the issuer sent names an endpoint that cannot be used: no setting of the account is at fault. */
function unusableMetadata(endpoint: Message, fault: Message): Failed {
  return unusable(message('metadata_endpoint_unusable', { endpoint, fault }));
}

/** An endpoint that must be there. Throws `bad_request` naming it. */
export function requireEndpoint(
  server: oauth.AuthorizationServer,
  endpoint: Endpoint,
  profile: Profile,
): string {
  const url = server[endpoint];
  if (url === undefined) {
    const isMetadatas = profile.issuer !== undefined && templatesOf(profile)[endpoint] === undefined;
    throw new KeyfobError(isMetadatas ? 'endpoint_not_in_metadata' : 'endpoint_missing', {
      provider: profile.name,
      endpoint: endpointNames[endpoint],
    });
  }
  return url;
}
