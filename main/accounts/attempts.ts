// What the renewals of one account taught: how the last one failed, when the next try is due, what the vendor has.
//
// Invariants: waits grow, and never end before a vendor's own wish; a caller tries at once, but for that wish and
// the second after a try that brought nothing.
import type { Failing } from '../oauth/outcome.ts';
import type { Clock } from '../oauth/ports.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Session } from '../oauth/token.ts';
import * as schedule from './schedule.ts';

/** Why the last renewal brought nothing, and when the next is due. */
export interface Failure {
  readonly count: number;
  readonly failing: Failing | { readonly kind: 'here'; readonly error: KeyfobError };
  /** Ms by the steady clock. */
  readonly nextTryAt: number;
  /** The vendor asked to wait until then (steady ms); callers do not try before. */
  readonly notBefore: number;
}

/** An answer without a reason counts as a refusal when it comes again this much later. Ms. */
const unclearSettles = 10 * schedule.seconds;
/** A caller's request does not try again when the last try is younger. Ms. */
const callerPause = 1 * schedule.seconds;
/** It grows to this while a vendor gives one token after the other that lives no time. Ms. */
const longestPause = 60 * schedule.seconds;

export class Attempts {
  readonly #clock: Clock;
  #failure: Failure | null = null;
  #unchanged = false;
  /** Tokens in a row that lived no time. */
  #lifeless = 0;
  #refusedEarly = false;
  #rejected: string | null = null;
  #unclearSince: number | null = null;
  #lastTryAt: number | null = null;
  #jitter: number;

  constructor(clock: Clock) {
    this.#clock = clock;
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

  /** Hex SHA-256 of the token for whose rejection a renewal was made. */
  get rejected(): string | null {
    return this.#rejected;
  }

  /** A caller says that its API rejected this token (hex SHA-256); null: nothing came of it. */
  noteRejected(hash: string | null): void {
    this.#rejected = hash;
  }

  /** Ms until the next renewal of a token by itself; 0: now; null: none. `when`: the profile's word on early ones. */
  dueIn(
    session: Session | null,
    rules: { readonly when: 'ahead' | 'at_end'; readonly leastLead: number },
    now: schedule.Now,
    mark: number | null,
  ): number | null {
    if (this.#failure !== null) return Math.max(0, this.#failure.nextTryAt - now.steady);
    if (session === null) return 0;
    const sinceTry = this.#lastTryAt === null ? Infinity : now.steady - this.#lastTryAt;
    const when = this.#refusedEarly ? 'at_end' : rules.when;
    const renewal = { ...rules, when, jitter: this.#jitter, unchanged: this.#unchanged, sinceTry };
    return schedule.renewIn(session, renewal, now, mark);
  }

  /** Whether a caller's request tries at once, rather than hear of the last failure. */
  mayTry(session: Session | null, alive: boolean): boolean {
    const now = this.#clock.steady();
    if (this.#failure !== null && now < this.#failure.notBefore) {
      return false;
    }
    // A try that brought nothing, a token of no life or an ended one, is not repeated within the second.
    const barren = this.#failure !== null || isLifeless(session) || (this.#unchanged && !alive);
    const pause = Math.min(callerPause * 2 ** Math.max(0, this.#lifeless - 1), longestPause);
    return !barren || this.#lastTryAt === null || now - this.#lastTryAt >= pause;
  }

  /** A try begins. */
  begin(): void {
    this.#lastTryAt = this.#clock.steady();
  }

  /** The network changed or the machine woke: a failed one is tried again now, unless the vendor asked to wait. */
  wake(): void {
    if (this.#failure !== null) {
      const nextTryAt = Math.max(this.#failure.notBefore, this.#clock.steady());
      this.#failure = { ...this.#failure, nextTryAt };
    }
  }

  /** Time went on for `ms` without the steady clock: a failed one is tried now, or when a vendor's wish is over. */
  slept(ms: number): void {
    if (this.#failure !== null) {
      const notBefore = this.#failure.notBefore - ms;
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
    this.#unclearSince = null;
    this.#jitter = this.#clock.random();
  }

  /** A token came; `unchanged`: the very same again. */
  succeeded(session: Session, unchanged: boolean): void {
    const rejected = this.#rejected;
    const lifeless = isLifeless(session) ? this.#lifeless + 1 : 0;
    this.reset();
    this.#lifeless = lifeless;
    this.#unchanged = unchanged;
    this.#rejected = unchanged ? rejected : null;
  }

  /** A person is waited for: there is no next try. */
  ended(): void {
    this.#failure = null;
  }

  /** An answer without a reason is passing, until it comes again; `atOnce`: it counts the first time (lockouts). */
  settle(failing: Failing, atOnce: boolean): Failing {
    if (failing.kind !== 'ambiguous') {
      this.#unclearSince = null;
      return failing;
    }
    const now = this.#clock.steady();
    this.#unclearSince ??= now;
    return atOnce || now - this.#unclearSince >= unclearSettles
      ? { kind: 'rejected', status: failing.status, words: { error: `http_${String(failing.status)}` } }
      : failing;
  }

  /** The vendor did not give a token; the ms until the next try. `atLeastMs`: it is not asked before. */
  fail(failing: Failing, atLeastMs = 0): number {
    const retryAfter = failing.kind === 'transient' ? failing.retryAfterMs : null;
    const wait = Math.max(
      this.#backoff(retryAfter),
      atLeastMs,
      failing.kind === 'ambiguous' ? unclearSettles : 0,
    );
    this.#note(failing, wait, retryAfter ?? 0);
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
    this.#note({ kind: 'here', error }, this.#backoff(null), 0);
  }

  #backoff(retryAfterMs: number | null): number {
    return schedule.backoff((this.#failure?.count ?? 0) + 1, this.#clock.random(), retryAfterMs);
  }

  #note(failing: Failure['failing'], wait: number, notBefore: number): void {
    const now = this.#clock.steady();
    const count = (this.#failure?.count ?? 0) + 1;
    this.#failure = { count, failing, nextTryAt: now + wait, notBefore: now + notBefore };
  }
}

function isLifeless(session: Session | null): boolean {
  return (session?.lifetime ?? Infinity) < callerPause;
}
