// How old a token is, and when it is to be renewed. Pure: token, rules and the time in, a time out.
//
// Invariants: a token is never renewed before half of its life has passed; an unchanged token or a zero
// lifetime never makes a loop; of all clocks the one counts that makes a token the oldest; where a clock was set
// between two processes, a token counts as ended.
import type { BootTime, Session, SteadyMark } from '../oauth/token.ts';

/** Now by all clocks, ms. */
export interface Now {
  readonly unixMs: number;
  readonly steady: number;
  readonly boot: BootTime | null;
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
/** What two clocks may differ by, for the requests between them and a clock that is put right by a little. */
const clockTolerance = 30 * seconds;
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
  const bySteady = mark === null ? 0 : now.steady - mark;
  // A wall clock that now shows a time before the token was obtained has jumped: it proves no more life
  // than the token had.
  const age = Math.max(0, now.unixMs - session.obtained_at, bySteady, ageByBoot(session, now) ?? 0);
  return session.lifetime - age;
}

/** Ms since the token was asked for by the machine's own time; null: it is not known, or the machine started anew. */
function ageByBoot({ clocks }: Session, { boot }: Now): number | null {
  const then = clocks?.boot ?? null;
  return boot === null || then?.id !== boot.id || boot.ms < then.ms ? null : boot.ms - then.ms;
}

/**
 * The mark of a token that another process asked for (before a restart, mostly). It is as old as the oldest of its
 * clocks has it: the machine's own, and the wall clock, as it was then and put right by the vendor's. Where the wall
 * clock stands before the time that it showed then, or behind the machine's own, somebody set it, nobody knows the
 * token's age, and it counts as ended: what is handed out is known to be valid.
 */
export function markOf(session: Session, now: Now): SteadyMark {
  const { lifetime, obtained_at, clocks } = session;
  if (lifetime === null) return null;
  const byUnixClock = now.unixMs - obtained_at;
  const byOther = ageByBoot(session, now) ?? byUnixClock + (clocks?.ahead ?? 0);
  const minAge = ageByBoot(session, now) ?? 0;
  const isInDoubt = Math.min(byUnixClock, byOther) < minAge - clockTolerance;
  return now.steady - (isInDoubt ? lifetime : Math.max(byUnixClock, byOther, 0));
}

/** Unix ms of the end by the wall clock of now; null when the vendor did not say. */
export function endOf(session: Session, now: Now, mark: SteadyMark): number | null {
  const left = untilEnd(session, now, mark);
  if (left === null || session.lifetime === null) return null;
  const end = now.unixMs + left;
  const asTold = session.obtained_at + session.lifetime;
  // Clocks that agree differ by parts of a second, which are no news to anybody.
  return Math.abs(end - asTold) < 1 * seconds ? asTold : end;
}

export interface RenewalRules {
  readonly when: 'ahead' | 'on_expiry';
  /** Ms before the end at which the person wants it renewed at the latest; raises the usual lead, never lowers it. */
  readonly minLead?: number;
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
  if (renewal.when === 'on_expiry' || renewal.unchanged || session.lifetime < 2 * seconds) {
    return Math.max(0, left + afterEnd, renewal.unchanged ? repeatedPause - renewal.sinceTry : 0);
  }
  const half = session.lifetime / 2;
  const minLead = Math.min(renewal.minLead ?? 0, half);
  const lead = Math.min(Math.max(session.lifetime * aheadShare, aheadFloor), aheadCeiling);
  const wanted = Math.min(Math.max(lead, minLead), half);
  // Jitter moves a refresh to earlier by up to a quarter of the lead. What would be before half of the life then is as
  // much after it, for short lives are to be spread too; but no later than the person wants it.
  const early = wanted * (1 + renewal.jitter / 4);
  return Math.max(0, left - Math.max(early > half ? 2 * half - early : early, minLead));
}

/** Ms before its end at which the person of a token that cannot be renewed is told. */
export function warnBefore(session: Session): number {
  return Math.min(warnAhead, (session.lifetime ?? 0) / 5);
}

/** Seconds that a caller gets who did not say: 60, or a tenth of the life where that is less. Ms. */
export function wishedValidity({ lifetime }: Pick<Session, 'lifetime'>): number {
  return Math.min(60 * seconds, (lifetime ?? 600 * seconds) / 10);
}

/** Whether a token that lives as long as this one still has `needMs` when it comes, after a second on its way. */
export function wouldDo({ lifetime }: Session, needMs: number): boolean {
  return lifetime !== null && lifetime >= needMs + 1 * seconds;
}

const firstWait = 1 * seconds;
/** The longest wait by itself. */
export const longestBackoff = 60 * 60 * seconds;
/** To this the waits grow where no answer came, or one that says "later". */
export const longestPassing = 5 * 60 * seconds;

/**
 * Ms to wait after the n-th failure in a row (n from 1): doubles up to `longest`, jittered by a fifth, honours the
 * vendor's wish; an hour at most.
 */
export function backoff(
  failures: number,
  random: number,
  retryAfterMs: number | null,
  longest: number = longestPassing,
): number {
  const base = Math.min(firstWait * 2 ** Math.min(failures - 1, 20), longest / 1.2);
  const jittered = base * (0.8 + 0.4 * random);
  const wished = retryAfterMs === null ? 0 : retryAfterMs + random * seconds;
  return Math.min(Math.max(jittered, wished), longestBackoff);
}

/** Ms to wait for what only a change of settings mends: an hour, jittered to a little less. */
export function hourly(random: number): number {
  return longestBackoff * (0.9 + 0.1 * random);
}
