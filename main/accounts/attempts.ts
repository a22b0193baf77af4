// What the renewals of one account taught: how the last one failed, when the next try is due, what the vendor has.
//
// Invariants: waits grow to an hour at most, and never end before a vendor's own wish but for a person or a change of
// network; a caller tries at once, but for that wish and the second after a try that brought nothing (a minute where
// the vendor refuses the client).
import { judgesNothing, type Failing } from '../oauth/outcome.ts';
import type { Clock } from '../oauth/ports.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Session } from '../oauth/token.ts';
import { isClientRefused } from './refusal.ts';
import * as schedule from './schedule.ts';
import type { Gap } from './sleep-watch.ts';

/** Why the last renewal brought nothing, and when the next is due. */
export interface Failure {
  readonly count: number;
  readonly failing: Failing | { readonly kind: 'here'; readonly error: KeyfobError };
  /** Ms by the steady clock. */
  readonly nextTryAt: number;
  /** Callers do not try before (steady ms): the vendor asked to wait, or a password would be sent too often. */
  readonly notBefore: number;
  /** When it failed, in Unix ms. */
  readonly unixMs: number;
  /** Ms to which waits grow after such a failure. */
  readonly longest: number;
}

/** A caller's request does not try again when the last try is younger; where the client was refused. Ms. */
const callerPause = 1 * schedule.seconds;
const clientPause = 60 * schedule.seconds;
/** It grows to this while a vendor gives one token after the other that lives no time. Ms. */
const longestPause = 60 * schedule.seconds;
/**
 * Ms for which a token that came in place of a rejected one is not replaced itself, whoever rejects it: an API that
 * rejects whatever it gets must not make a renewal for each call. It grows fourfold, to an hour, while rejections go on.
 */
const mendPause = 15 * schedule.seconds;
const longestMendPause = 3_600 * schedule.seconds;

/** A token that came in place of a rejected one. */
interface Mend {
  /** Hex SHA-256 of it. */
  readonly hash: string;
  /** Ms by the steady clock. */
  readonly at: number;
  /** Ms for which it is not replaced for another rejection. */
  readonly pause: number;
}

export class Attempts {
  readonly #clock: Clock;
  #failure: Failure | null = null;
  #unchanged = false;
  /** Tokens in a row that lived no time. */
  #lifeless = 0;
  #refusedEarly = false;
  #rejected: string | null = null;
  #mend: Mend | null = null;
  #unclearSince: number | null = null;
  #woken = false;
  #lastTryAt: number | null = null;
  #jitter: number;
  readonly #isRefusal: (failing: Failing) => boolean;

  /** `isRefusal`: whether a failure says that the client itself is refused, whatever it asks for. */
  constructor(clock: Clock, isRefusal: (failing: Failing) => boolean = isClientRefused) {
    this.#clock = clock;
    this.#isRefusal = isRefusal;
    this.#jitter = clock.random();
  }

  /** Why the last one failed; null when all is well. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /** The vendor gave the very same token again: nothing new is to be had before its end. */
  get unchanged(): boolean {
    return this.#unchanged;
  }

  /** The vendor refused to renew before the end, which says nothing about then. */
  get refusedEarly(): boolean {
    return this.#refusedEarly;
  }

  /** Hex SHA-256 of a token that an API rejected and that none has replaced yet. */
  get rejected(): string | null {
    return this.#rejected;
  }

  /** A caller says that its API rejected this token (hex SHA-256). */
  noteRejected(hash: string): void {
    this.#rejected = hash;
  }

  /** This token (hex SHA-256) came in place of a rejected one. */
  noteMended(hash: string): void {
    const at = this.#clock.steady();
    const last = this.#mend;
    // Told by others who waited for the same renewal.
    if (last !== null && last.hash === hash && at - last.at < last.pause) return;
    const goesOn = last !== null && at - last.at < 2 * last.pause;
    this.#mend = { hash, at, pause: goesOn ? Math.min(last.pause * 4, longestMendPause) : mendPause };
  }

  /** Whether this token (hex SHA-256) has just come in place of a rejected one: another would be rejected too. */
  isJustMended(hash: string): boolean {
    const mend = this.#mend;
    return mend !== null && mend.hash === hash && this.#clock.steady() - mend.at < mend.pause;
  }

  /** Ms until the next renewal of a token by itself; 0: now; null: none. `when`: the profile's word on early ones. */
  dueIn(
    session: Session | null,
    rules: { readonly when: 'ahead' | 'on_expiry'; readonly minLead: number },
    now: schedule.Now,
    mark: number | null,
  ): number | null {
    if (this.#failure !== null) return Math.max(0, this.#failure.nextTryAt - now.steady);
    if (session === null) return 0;
    const sinceTry = this.#lastTryAt === null ? Infinity : now.steady - this.#lastTryAt;
    const when = this.#refusedEarly ? 'on_expiry' : rules.when;
    const renewal = { ...rules, when, jitter: this.#jitter, unchanged: this.#unchanged, sinceTry };
    return schedule.renewIn(session, renewal, now, mark);
  }

  /** Whether a caller's request tries at once, rather than hear of the last failure. */
  mayTry(session: Session | null, alive: boolean): boolean {
    return this.callerWait(session, alive) === 0;
  }

  /** Ms until a caller's request tries; 0: at once. */
  callerWait(session: Session | null, alive: boolean): number {
    const now = this.#clock.steady();
    const wished = this.#failure === null ? 0 : this.#failure.notBefore - now;
    // A try that brought nothing, a token of no life or an ended one, is not repeated within the second.
    const barren = this.#failure !== null || isLifeless(session) || (this.#unchanged && !alive);
    const lifeless = Math.min(callerPause * 2 ** Math.max(0, this.#lifeless - 1), longestPause);
    const pause = this.#isClientRefused ? clientPause : lifeless;
    const paused = !barren || this.#lastTryAt === null ? 0 : this.#lastTryAt + pause - now;
    return Math.max(0, wished, paused);
  }

  /** Ms until the next try that a caller may hear of: by itself, or, where that is far, for the caller's own request. */
  get nextTryIn(): number {
    if (this.#failure === null) return 0;
    const byItself = Math.max(0, this.#failure.nextTryAt - this.#clock.steady());
    return this.#isClientRefused ? Math.min(byItself, this.callerWait(null, false)) : byItself;
  }

  /** Whether the vendor has asked to wait, and that time is not over. */
  get isAskedToWait(): boolean {
    return this.#failure !== null && this.#clock.steady() < this.#failure.notBefore;
  }

  get #isClientRefused(): boolean {
    const failing = this.#failure?.failing;
    return failing !== undefined && failing.kind !== 'here' && this.#isRefusal(failing);
  }

  /** A try begins. */
  begin(): void {
    this.#lastTryAt = this.#clock.steady();
    this.#woken = false;
  }

  /** The network or the settings changed, or the machine woke: what failed is tried again now, whatever was said. */
  wake(): void {
    this.#woken = true;
    if (this.#failure !== null) {
      const now = this.#clock.steady();
      this.#failure = { ...this.#failure, count: 0, nextTryAt: now, notBefore: now };
      this.#lastTryAt = null;
    }
  }

  /** Time went on without the steady clock: what had failed is tried now, or when a vendor's wish is over. */
  slept({ since, slept }: Gap): void {
    // What a caller has tried since then, and in vain, is not what the sleep put off.
    if (this.#failure !== null && this.#failure.unixMs <= since) {
      const notBefore = this.#failure.notBefore - slept;
      this.#failure = { ...this.#failure, notBefore, nextTryAt: Math.max(notBefore, this.#clock.steady()) };
    }
  }

  /** Forgets it all: the token or the settings are new. */
  reset(): void {
    this.#failure = null;
    this.#unchanged = false;
    this.#lifeless = 0;
    this.#refusedEarly = false;
    this.#rejected = null;
    this.#mend = null;
    this.#unclearSince = null;
    this.#jitter = this.#clock.random();
  }

  /** A token came; `unchanged`: the very same again. */
  succeeded(session: Session, unchanged: boolean): void {
    const mend = this.#mend;
    const lifeless = isLifeless(session) ? this.#lifeless + 1 : 0;
    this.reset();
    this.#lifeless = lifeless;
    this.#unchanged = unchanged;
    this.#mend = mend;
  }

  /** A person is waited for: there is no next try. */
  ended(): void {
    this.#failure = null;
  }

  /** Ms since refusals began that judge nothing, the one just heard among them. */
  unclearFor(): number {
    this.#unclearSince ??= this.#clock.steady();
    return this.#clock.steady() - this.#unclearSince;
  }

  /** The vendor did not give a token; the ms until the next try. `minWaitMs`: it is not asked before. */
  fail(failing: Failing, minWaitMs = 0): number {
    const { retryAfterMs: retryAfter } = failing;
    // What failed was asked with what has changed meanwhile: it says nothing of now.
    const clientRefused = this.#isRefusal(failing) && !this.#woken;
    const longest = isPassing(failing) ? schedule.longestPassing : schedule.longestBackoff;
    const wait = Math.max(
      clientRefused ? schedule.hourly(this.#clock.random()) : this.#backoff(longest, retryAfter),
      minWaitMs,
    );
    this.#note(failing, wait, Math.max(retryAfter ?? 0, minWaitMs), longest);
    if (this.#woken) this.#lastTryAt = null;
    return wait;
  }

  /** The vendor refused a renewal before the end; it is asked again then, `left` ms from now. As `fail`. */
  failEarly(failing: Failing, left: number): number {
    this.#refusedEarly = true;
    return this.fail(failing, left);
  }

  /** What went wrong is on our side: the vault, or a request that cannot be sent as it is. */
  failHere(thrown: unknown): void {
    const error =
      thrown instanceof KeyfobError
        ? thrown
        : new KeyfobError(
            'renewal_failed_here',
            {},
            { action: { type: 'look_at_doctor', params: {} }, cause: thrown },
          );
    this.#note(
      { kind: 'here', error },
      this.#backoff(schedule.longestPassing, null),
      0,
      schedule.longestPassing,
    );
  }

  /** Which failure of its kind in a row this one is, from 1; one that a caller asked for lengthens no wait. */
  #countOf(longest: number): number {
    if (this.#failure?.longest !== longest) return 1;
    const wasDue = this.#clock.steady() >= this.#failure.nextTryAt;
    return Math.max(1, this.#failure.count + (wasDue ? 1 : 0));
  }

  #backoff(longest: number, retryAfterMs: number | null): number {
    return schedule.backoff(this.#countOf(longest), this.#clock.random(), retryAfterMs, longest);
  }

  #note(failing: Failure['failing'], wait: number, notBefore: number, longest: number): void {
    const now = this.#clock.steady();
    const count = this.#countOf(longest);
    const unixMs = this.#clock.unixMs();
    this.#failure = { count, failing, unixMs, nextTryAt: now + wait, notBefore: now + notBefore, longest };
  }
}

/** No answer, or one that says "later": the vendor is asked more often than one that says no. */
function isPassing(failing: Failing): boolean {
  return failing.kind === 'transient' && failing.unusable !== true && judgesNothing(failing.status);
}

function isLifeless(session: Session | null): boolean {
  return (session?.lifetime ?? Infinity) < callerPause;
}
