// The stored password as a way to a new token: it is sent by itself only while that can lock nobody out.
//
// Invariants: once the vendor has turned it away it is never sent by itself again; what may have counted as a wrong
// password is noted in the vault before it goes out, and goes out three times a day at most, over restarts too, but
// for what a person asks for.
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import type { Failing, Outcome, Rejected } from '../oauth/outcome.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Profile } from '../oauth/profile.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { judge } from './refusal.ts';
import * as transitions from './transitions.ts';

/** Where there is nothing to renew by any more. */
export const nothingToSend: Rejected = {
  kind: 'rejected',
  status: 0,
  vendorError: { error: 'token_ended' },
  retryAfterMs: null,
};

/** Why it is not sent where nothing else is known: a restart came between. */
export const heldBack: Failing = {
  kind: 'transient',
  status: null,
  message: message('password_not_sent_again', {}),
  retryAfterMs: null,
};

export class StoredPassword {
  readonly #keeper: RecordKeeper;
  readonly #clock: Clock;

  /** A person wants it sent in the renewal under way, however often it was. */
  isWanted = false;

  constructor(keeper: RecordKeeper, clock: Clock) {
    this.#keeper = keeper;
    this.#clock = clock;
  }

  /** Ms until it may go out; 0: now. */
  wait(): number {
    return this.isWanted ? 0 : transitions.passwordWait(this.#keeper.demand(), this.#clock.unixMs());
  }

  /** Sends it by `signIn`, and notes whether that may count. Throws what the vault and `signIn` throw. */
  async send(signIn: () => Promise<Outcome<IssuedToken>>, profile: Profile): Promise<Outcome<IssuedToken>> {
    const { epoch } = this.#keeper;
    const at = this.#clock.unixMs();
    this.isWanted = false;
    await this.#keeper.update(transitions.passwordSent(at));
    if (epoch !== this.#keeper.epoch) return nothingToSend;
    let outcome: Outcome<IssuedToken>;
    try {
      outcome = await signIn();
    } catch (error) {
      // It did not go out. A person can let it go to another address; whatever else is wrong stays so.
      const mayGo = error instanceof KeyfobError && error.problem.origins !== undefined;
      await this.#keeper.note(mayGo ? transitions.passwordNotJudged(at) : transitions.passwordEnded);
      throw error;
    }
    const counts =
      outcome.kind === 'granted' || judge('stored_password', outcome, profile).kind !== 'not_judged';
    if (!counts && epoch === this.#keeper.epoch) await this.#keeper.note(transitions.passwordNotJudged(at));
    return outcome;
  }
}
