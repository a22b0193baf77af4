// What the requests for tokens with a scope of their own taught: how the last one for each scope and audience failed.
//
// Invariants: nobody asks for such a token by itself, so that only callers wait; what a vendor says of the client, or
// that it wants to be left alone for a while, holds for every scope of the account.
import type { Clock } from '../oauth/ports.ts';
import type { Failing } from '../oauth/outcome.ts';
import { Attempts } from './attempts.ts';
import { isClientGone } from './refusal.ts';
import type { Gap } from './sleep-watch.ts';

/** Most kept at once for one account; the oldest goes. */
const maxScopes = 50;

/** Why a request does not go out, and the ms until one does. */
export interface Standing {
  readonly failing: Failing;
  readonly wait: number;
}

class ScopeAttempts {
  readonly #clock: Clock;
  readonly #byScope = new Map<string, Attempts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those for one scope and audience. */
  of(key: string): Attempts {
    // Another scope may be granted to a client that is refused this one, and this one soon after.
    const attempts = this.#byScope.get(key) ?? new Attempts(this.#clock, isClientGone);
    this.#byScope.delete(key);
    this.#byScope.set(key, attempts);
    const [oldest] = this.#byScope.keys();
    if (this.#byScope.size > maxScopes && oldest !== undefined) this.#byScope.delete(oldest);
    return attempts;
  }

  /** What keeps a caller's request for this scope and audience from going out; null: nothing. */
  standing(key: string): Standing | null {
    let longest: Standing | null = null;
    for (const [scope, attempts] of this.#byScope) {
      const failing = attempts.failure?.failing;
      if (failing === undefined || failing.kind === 'here') continue;
      const isOfAll = isClientGone(failing) || (failing.kind !== 'rejected' && attempts.isAskedToWait);
      const wait = scope === key || isOfAll ? attempts.callerWait(null, false) : 0;
      if (wait > (longest?.wait ?? 0)) longest = { failing, wait };
    }
    return longest;
  }

  /** As of the account's own attempts. */
  wake(): void {
    for (const attempts of this.#byScope.values()) attempts.wake();
  }

  slept(gap: Gap): void {
    for (const attempts of this.#byScope.values()) attempts.slept(gap);
  }

  /** Forgets it all: the token or the settings are new. */
  reset(): void {
    this.#byScope.clear();
  }
}

/** An account's tries for its own token, and those for tokens with a scope of their own. */
export class AccountAttempts extends Attempts {
  readonly ofScopes: ScopeAttempts;

  constructor(clock: Clock) {
    super(clock);
    this.ofScopes = new ScopeAttempts(clock);
  }

  override wake(): void {
    super.wake();
    this.ofScopes.wake();
  }

  override slept(gap: Gap): void {
    super.slept(gap);
    this.ofScopes.slept(gap);
  }

  override reset(): void {
    super.reset();
    this.ofScopes.reset();
  }
}
