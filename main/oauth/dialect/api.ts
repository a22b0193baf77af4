// How an API takes the token: as data that a caller can put on its own request.
import type { ApiPlacement, Profile } from '../profile.ts';
import { choose, type ClientValues } from '../template.ts';
import type { Session } from '../token.ts';
import { headerValue } from './header-value.ts';
import { fillRequestTemplate, ownValuesOf } from './request/own-values.ts';

/**
 * Headers and query parameters to send to the vendor's API (RFC 6750 section 2 where the vendor follows it), with
 * the headers of the profile's own; those that an account's fields leave empty are not there. The proof that a bound
 * token takes is another one for each request: see sender-constraint/dpop.ts.
 */
export function apiPlacement(
  { api, api_headers: fixed = {} }: Pick<Profile, 'api' | 'api_headers'>,
  { values, secrets }: ClientValues,
  { access_token: accessToken, proof_key: key }: Pick<Session, 'access_token' | 'proof_key'>,
): { headers: Record<string, string>; query: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(fixed)) {
    const filled = fillRequestTemplate(template, { values, secrets, own: ownValuesOf({}) });
    if (filled !== null) headers[name] = headerValue(name, filled);
  }
  const way = choose<ApiPlacement>(api, values);
  if ('query' in way) return { headers, query: { [way.query]: accessToken } };
  // RFC 9449 section 7.1.
  const scheme = key !== undefined && way.scheme?.toLowerCase() === 'bearer' ? 'DPoP' : way.scheme;
  headers[way.header] = scheme === undefined ? accessToken : `${scheme} ${accessToken}`;
  return { headers, query: {} };
}
