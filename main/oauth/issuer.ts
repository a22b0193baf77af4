// Who an issuer says it is. One that signs people in for many tenants has metadata for all of them, whose `issuer` is a
// template: Microsoft Entra ID's is `https://login.microsoftonline.com/{tenantid}/v2.0`.
//
// Invariants: pure. A tenant stands for one whole segment of the path, never for a host; a token's tenant is the GUID of
// its claim `tid`, so that nothing else of a token makes an issuer.
import { readClaims } from './jwt.ts';
import { noIssuer } from './no-issuer.ts';

const place = '{tenantid}';
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether metadata that names `told` as its issuer is that of `issuer` (OpenID Connect Discovery 1.0 section 4.3). */
export function isIssuer(told: string, issuer: string): boolean {
  const [before = '', after, ...more] = told.split(place);
  if (after === undefined) return URL.parse(told)?.href === new URL(issuer).href;
  if (more.length > 0 || !/^https?:\/\/[^/?#]+\/(?:.*\/)?$/.test(before) || !/^(?:\/|$)/.test(after))
    return false;
  const fits =
    issuer.startsWith(before) && issuer.endsWith(after) && issuer.length > told.length - place.length;
  return fits && /^[\w.-]+$/.test(issuer.slice(before.length, issuer.length - after.length));
}

/** The issuer that a token of `issuer` must name; one that is none where it names no tenant. */
export function issuerOfToken(issuer: string, token: string): string {
  if (!issuer.includes(place)) return issuer;
  const tenant = readClaims(token)?.['tid'];
  return typeof tenant === 'string' && guid.test(tenant) ? issuer.replace(place, () => tenant) : noIssuer;
}

/** Whether `iss` on a redirect is that of `issuer` (RFC 9207 section 2.4), for whichever tenant. */
export function isIssuerOfRedirect(iss: string, issuer: string): boolean {
  return iss === issuer || (issuer.includes(place) && isIssuer(issuer, iss));
}

/** Whether an issuer stands for many, so that it is nobody's name. */
export function isOfTenants(issuer: string): boolean {
  return issuer.includes(place);
}
