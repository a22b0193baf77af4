// When a token is to be renewed. Pure: token, rules and the time in, a time out.
//
// Invariants: a token is never renewed before half of its life has passed; an unchanged token or a zero
// lifetime never makes a loop; times by the wall clock are held against a clock that does not jump, and the
// smaller rest of life counts.
import type { Session, SteadyMark } from '../oauth/token.ts';

/** Now by both clocks, ms. */
export interface Now {
  readonly wall: number;
  readonly steady: number;
}

export const seconds = 1000;
/** Renewed ahead by this share of the life, */
const aheadShare = 0.1;
/** but at least this long before the end (half of the life bounds it). */
const aheadFloor = 60 * seconds;
/** At most this long: a token of a day needs no hour of lead. */
const aheadCeiling = 10 * 60 * seconds;
/** A vendor that has nothing new before the end is asked this long after it. */
const afterEnd = 1 * seconds;
/** One that repeats a token is asked again by itself no sooner than this, even when the token has ended. */
const repeatedPause = 10 * seconds;
/** The longest wait of the one timer: after sleep or a clock jump it looks again no later than this. */
export const longestWait = 15 * seconds;
/** The person of a token that cannot be renewed is told this long before it ends (or a fifth of its life). */
const warnAhead = 10 * 60 * seconds;

/** Ms of life left, 0 at least; null when the vendor did not say. */
export function remaining(session: Session, now: Now, mark: SteadyMark): number | null {
  const left = untilEnd(session, now, mark);
  return left === null ? null : Math.max(0, left);
}

/** Ms until the end, negative after it; null when the vendor did not say. */
function untilEnd(session: Session, now: Now, mark: SteadyMark): number | null {
  if (session.lifetime === null) {
    return null;
  }
  // A wall clock that now shows a time before the token was obtained has jumped: it proves no more life
  // than the token had.
  const byWall = session.lifetime - Math.max(0, now.wall - session.obtained_at);
  const bySteady = mark === null ? byWall : session.lifetime - (now.steady - mark);
  return Math.min(byWall, bySteady);
}

/** Unix ms of the end, by the wall clock. */
export function endOf(session: Session): number | null {
  return session.lifetime === null ? null : session.obtained_at + session.lifetime;
}

export interface RenewalRules {
  readonly when: 'ahead' | 'at_end';
  /** Ms before the end at which the person wants it renewed at the latest; raises the usual lead, never lowers it. */
  readonly leastLead?: number;
  /** In [0, 1), drawn once per token: spreads many accounts' refreshes. */
  readonly jitter: number;
  /** The vendor gave the same token again: nothing new is to be had before its end. */
  readonly unchanged: boolean;
  /** Ms since the vendor was last asked; Infinity when it was not, as far as is known. */
  readonly sinceTry: number;
}

/**
 * Ms from now until the token is to be renewed by itself; 0: now; null: never by itself (no end is known, or
 * the vendor's tokens live no time at all).
 */
export function renewIn(session: Session, renewal: RenewalRules, now: Now, mark: SteadyMark): number | null {
  const left = untilEnd(session, now, mark);
  if (left === null || session.lifetime === null || session.lifetime === 0) {
    return null;
  }
  if (renewal.when === 'at_end' || renewal.unchanged || session.lifetime < 2 * seconds) {
    return Math.max(0, left + afterEnd, renewal.unchanged ? repeatedPause - renewal.sinceTry : 0);
  }
  const half = session.lifetime / 2;
  const least = Math.min(renewal.leastLead ?? 0, half);
  const lead = Math.min(Math.max(session.lifetime * aheadShare, aheadFloor), aheadCeiling);
  const wanted = Math.min(Math.max(lead, least), half);
  // Jitter moves a refresh to earlier by up to a quarter of the lead. What would be before half of the life then is as
  // much after it, for short lives are to be spread too; but no later than the person wants it.
  const early = wanted * (1 + renewal.jitter / 4);
  return Math.max(0, left - Math.max(early > half ? 2 * half - early : early, least));
}

/** Ms before its end at which the person of a token that cannot be renewed is told. */
export function warnBefore(session: Session): number {
  return Math.min(warnAhead, (session.lifetime ?? 0) / 5);
}

/** Seconds that a caller gets who did not say: 60, or a tenth of the life where that is less. Ms. */
export function wishedValidity(session: Session): number {
  return Math.min(60 * seconds, (session.lifetime ?? 600 * seconds) / 10);
}

const firstWait = 1 * seconds;
const longestBackoff = 5 * 60 * seconds;

/** Ms to wait after the n-th failure in a row (n from 1): doubles, jittered by a fifth, honours the vendor's wish. */
export function backoff(failures: number, random: number, retryAfterMs: number | null): number {
  const base = Math.min(firstWait * 2 ** Math.min(failures - 1, 20), longestBackoff);
  const jittered = base * (0.8 + 0.4 * random);
  return retryAfterMs === null ? jittered : Math.max(jittered, retryAfterMs + random * seconds);
}
