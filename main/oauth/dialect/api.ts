// How an API takes the token: as data that a caller can put on its own request.
import type { ApiPlacement, Profile } from '../profile.ts';
import { choose, type FieldValues } from '../template.ts';

/** Headers and query parameters to send to the vendor's API (RFC 6750 section 2 where the vendor follows it). */
export function apiPlacement(
  profile: Pick<Profile, 'api'>,
  values: FieldValues,
  accessToken: string,
): { headers: Record<string, string>; query: Record<string, string> } {
  const way = choose<ApiPlacement>(profile.api, values);
  if ('query' in way) {
    return { headers: {}, query: { [way.query]: accessToken } };
  }
  const value = way.scheme === undefined ? accessToken : `${way.scheme} ${accessToken}`;
  return { headers: { [way.header]: value }, query: {} };
}
