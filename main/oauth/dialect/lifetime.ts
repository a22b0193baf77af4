// How long a token lives whose answer has no `expires_in`: by the moment of its end, or by what else is known.
//
// Invariants: pure; a claim of the token itself is verified by nobody, so that it only ever shortens what is known.
import { z } from 'zod';
import { readClaims } from '../jwt.ts';
import type { Profile } from '../profile.ts';
import type { Session } from '../token.ts';
import { maxLifetime } from './answer.ts';
import type { JsonAnswer } from './answer-form.ts';

/** Numbers below are no date in seconds (9 September 2001), those from a hundred times as much on are milliseconds. */
const firstSecond = 1e9;

/**
 * Ms from `now` (Unix ms, by the vendor's clock where it is known) until the end that `expires_at` or `expires_on`
 * names, 0 at least: Unix seconds or ms, as a number or in text, or ISO 8601, by UTC where it names no zone. Null: none
 * is named.
 */
export function untilNamedEnd(json: JsonAnswer, now: number): number | null {
  const end = unixMs(json['expires_at']) ?? unixMs(json['expires_on']);
  return end === null ? null : Math.max(0, end - now);
}

/**
 * Ms that a token lives of which its answer does not say it: as long as the account's last one (`earlier`), else as
 * the profile says (`usual`), and no longer than the token's own claims `exp` and `iat` say where it is a JWT
 * (RFC 7519 section 4.1). Null: nothing is known.
 */
export function assumedLifetime(
  accessToken: string,
  { earlier, usual }: { readonly earlier: number | null; readonly usual: number | null },
  now: number,
): number | null {
  const known = earlier ?? usual;
  const claimed = claimedLifetime(accessToken, now);
  return known === null || claimed === null ? (known ?? claimed) : Math.min(known, claimed);
}

/** Whether a lifetime (ms) says how long later tokens live: none, or one that was cut, is a slip of the vendor's. */
export function isTelling(
  lifetime: number,
  { zero_lifetime: zero }: Pick<Profile, 'zero_lifetime'>,
): boolean {
  return lifetime > 0 && (lifetime < maxLifetime * 1000 || zero === 'endless');
}

/** Ms that the account's tokens live, by its last one; null: nothing is known. */
export function lastLifetimeOf(
  session: Session | null,
  profile: Pick<Profile, 'zero_lifetime'>,
): number | null {
  const { lifetime = null, earlier_lifetime: earlier = null } = session ?? {};
  return lifetime !== null && isTelling(lifetime, profile) ? lifetime : earlier;
}

function unixMs(value: unknown): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const number = Number(value);
  if (Number.isNaN(number)) return isoMs(String(value).trim());
  if (!Number.isFinite(number) || number < firstSecond) return null;
  return number < 100 * firstSecond ? number * 1000 : number;
}

function isoMs(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/i.test(text)) return null;
  const ms = Date.parse(/(?:z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}

const claims = z.object({ exp: z.number().positive(), iat: z.number().positive().optional() });

/** Ms; null: it is no JWT, or claims nothing of use. */
function claimedLifetime(accessToken: string, now: number): number | null {
  const { exp, iat } = claims.safeParse(readClaims(accessToken)).data ?? {};
  if (exp === undefined) return null;
  if (iat === undefined) return Math.max(0, exp * 1000 - now);
  return exp > iat ? (exp - iat) * 1000 : null;
}
