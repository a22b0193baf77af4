// How one account comes to a new token without a person, or to know that only a person can help.
//
// Invariants:
// - One renewal is under way at most; whoever asks meanwhile joins it. What uses the refresh token has the vault's
//   lease, so that no other process over the same vault sends it too; the record's version still decides.
// - What was granted is in the vault before anyone is served from it. What the vault did not take is kept
//   again before the vendor is asked for more.
// - Only words that judge the grant end a sign-in; a refusal never takes a living token away.
import { createQueue } from '../platform/serial-queue.ts';
import { Attempts } from './attempts.ts';
import { KeyfobError, type VendorWords } from '../api/errors.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import type { Exchange, Spending } from '../oauth/exchange.ts';
import type { Failing, Outcome } from '../oauth/outcome.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Clock } from '../oauth/ports.ts';
import type { GrantProfile, Profile, RenewalStep } from '../oauth/profile.ts';
import type { Lease, Vault } from '../vaults/port.ts';
import { takeLease } from './lease.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { Refusal } from './record.ts';
import type { Session } from '../oauth/token.ts';
import { isClientRefused, judge, whyNoSignIn, whyNotRenewed } from './refusal.ts';
import * as schedule from './schedule.ts';
import { orLater, sameToken } from './repeated-token.ts';
import { heldBack, nothingToSend, StoredPassword } from './stored-password.ts';
import * as transitions from './transitions.ts';
import type { KeyfobEvent } from '../api/events.ts';

/** What a renewal came to. `superseded`: something newer happened meanwhile; `ended`: a person is needed. */
export type Renewed = 'renewed' | 'superseded' | 'failed' | 'ended';

/** Ms after which a vendor that refuses a refresh, and judges nothing, is sent the stored password. */
const longUnclear = 10 * 60 * schedule.seconds;

/** What was granted, and in which epoch it was asked for. */
interface Granted {
  readonly issued: IssuedToken;
  readonly epoch: number;
}

/** What a renewal must know of its account, as it is now. */
export interface RenewalSubject {
  readonly profile: Profile;
  readonly grant: GrantProfile;
  readonly grantName: string;
  readonly party: ClientContext;
}

export interface RenewalPorts {
  readonly vault: Pick<Vault, 'lease'>;
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly emit: (event: KeyfobEvent) => void;
  readonly reschedule: () => void;
  /** Ms before its end at which a token is renewed at the latest; see schedule.ts. */
  readonly leastLead: () => number;
}

export class Renewal {
  readonly attempts: Attempts;
  readonly #keeper: RecordKeeper;
  readonly #ports: RenewalPorts;
  readonly #subject: () => RenewalSubject;
  readonly #queue = createQueue();
  readonly #password: StoredPassword;
  #flight: Promise<Renewed> | null = null;
  /** What was granted and the vault did not take. */
  #unsaved: Granted | null = null;
  #isSpending = false;
  /** The epoch of what is under way, or was at last. */
  #begunIn: number | null = null;
  /** Ends the wait for what is under way: something newer has happened. */
  #giveUp: () => void = () => undefined;

  constructor(keeper: RecordKeeper, ports: RenewalPorts, subject: () => RenewalSubject) {
    this.#keeper = keeper;
    this.#ports = ports;
    this.#subject = subject;
    this.attempts = new Attempts(ports.clock);
    this.#password = new StoredPassword(keeper, ports.clock);
  }

  get underWay(): boolean {
    return this.#flight !== null;
  }

  /** Whether a refresh token was sent, and what came of it is not in the vault yet. */
  get isSpending(): boolean {
    return this.#isSpending || this.#unsaved?.issued.session.refresh_token != null || this.#keeper.owes;
  }

  /** What is done while a refresh token is spent in the turn under way. */
  spending(epoch: number): Spending {
    return {
      onSpend: () => {
        this.#isSpending = epoch === this.#keeper.epoch;
      },
      keep: (refreshToken) => this.#keeper.note(transitions.refreshTokenIs(refreshToken, epoch)),
    };
  }

  /** Ways to a new token that are open now. */
  steps(): RenewalStep[] {
    const { record } = this.#keeper;
    return record === null ? [] : transitions.renewalSteps(record, this.#subject().grant);
  }

  /** Whether a renewal could bring something: a way is open, or a token waits to be kept. */
  possible(): boolean {
    return this.#unsaved !== null || this.steps().length > 0;
  }

  /** Ms until the next renewal by itself; 0: now; null: none. */
  dueIn(): number | null {
    if (this.underWay || !this.possible()) {
      return null;
    }
    if (this.#unsaved !== null && this.attempts.failure === null) {
      return 0;
    }
    const rules = { when: this.#subject().profile.refresh_when, leastLead: this.#ports.leastLead() };
    return this.attempts.dueIn(this.#keeper.session, rules, this.#keeper.now(), this.#keeper.mark);
  }

  /** Whether a caller's request tries at once, rather than hear of the last failure. */
  mayTry(): boolean {
    return this.underWay || this.attempts.mayTry(this.#keeper.session, this.#keeper.alive());
  }

  /** Forgets what earlier tries taught, and what is under way of before: the token or the settings are new. */
  reset(): void {
    this.attempts.reset();
    const { record, epoch } = this.#keeper;
    // While the vault is locked, what is on its way waits for it.
    if (record === null) return;
    if (this.#unsaved?.epoch !== epoch) this.#unsaved = null;
    if (this.#begunIn === epoch) return;
    this.#giveUp();
  }

  /** Resolves when no renewal is under way; never rejects. */
  async settled(): Promise<void> {
    await this.#queue(async () => undefined);
  }

  /** Renews, or joins the renewal under way. */
  run(): Promise<Renewed> {
    this.#flight ??= this.inTurn(
      (isNewer) => (isNewer ? 'renewed' : this.#renew()),
      (error) => this.#failHere(error),
    ).finally(() => {
      this.#flight = null;
      this.#ports.reschedule();
    });
    return this.#flight;
  }

  /** Has the vault take what came of a refresh token and is not there yet. Throws what the vault throws. */
  async keepOwed(): Promise<void> {
    await this.#queue(async () => {
      const granted = this.#unsaved;
      if (granted !== null) await this.#keep(granted);
      else if (this.#keeper.owes) await this.#keeper.update((record) => record);
      this.#unsaved = null;
    });
  }

  /**
   * Does what uses the refresh token, one after the other, under the vault's lease: no two requests ever carry the
   * same one. `isNewer`: another process has brought a newer token meanwhile. `failed` judges what the lease threw.
   */
  inTurn<T>(
    act: (isNewer: boolean) => T | Promise<T>,
    failed: (error: unknown) => T = (error) => {
      throw error;
    },
  ): Promise<T> {
    return this.#queue(async () => {
      const before = this.#keeper.session?.access_token;
      let lease: Lease;
      try {
        lease = await takeLease(this.#ports.vault, this.#ports.clock, this.#keeper.name);
        await this.#keeper.refresh();
      } catch (error) {
        return failed(error);
      }
      this.#begunIn = this.#keeper.epoch;
      try {
        const now = this.#keeper.session?.access_token;
        return await act(now !== undefined && before !== undefined && now !== before && this.#keeper.alive());
      } finally {
        this.#isSpending = false;
        await lease.release().catch(() => undefined);
      }
    });
  }

  async #renew(): Promise<Renewed> {
    const { epoch } = this.#keeper;
    this.attempts.begin();
    if (this.#unsaved !== null) {
      return this.#take(this.#unsaved);
    }
    const { profile } = this.#subject();
    const steps = this.steps();
    let ended: VendorWords | null = null;
    // What a refresh was refused with that judged nothing, where another way was tried too.
    let open: Failing | null = null;
    for (const [index, step] of steps.entries()) {
      const wait = step === 'stored_password' ? this.#password.wait() : 0;
      if (wait > 0) {
        return open === null ? this.#fail(this.#lastFailing(), wait) : this.#fail(open);
      }
      let outcome: Outcome<IssuedToken> | null;
      try {
        outcome = await this.unlessNewer(this.#try(step, epoch));
      } catch (error) {
        // It could not even be sent, or the vault did not take the note before it.
        return epoch === this.#keeper.epoch ? this.#failHere(error) : 'superseded';
      }
      if (outcome?.kind === 'granted') {
        // Only what the client asks for on its own is asked for twice: never a refresh token, never a password.
        const again = step === 'client_credentials' ? () => this.#try(step, epoch) : null;
        const issued = await orLater(outcome.value, again, this.#keeper, this.#ports.clock);
        return this.#take({ issued, epoch });
      }
      if (outcome === null || epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
      const judged = judge(step, outcome, profile);
      const next = steps[index + 1];
      if (judged.kind !== 'ended') {
        if (step === 'refresh_token' && this.#goesOn(outcome, next)) {
          open = outcome;
          continue;
        }
        // While a refresh may still bring a token, it is not held back for the password's sake.
        const own = step === 'stored_password' && open === null ? this.#password.wait() : 0;
        return this.#fail(outcome, own);
      }
      ended = judged.words;
      if (step === 'refresh_token') {
        if (next === undefined && this.#isEarly()) return this.#failEarly(outcome);
        await this.dropRefreshToken();
      } else if (step === 'stored_password') {
        await this.#keeper.note(transitions.passwordEnded);
      }
      if (epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
    }
    return open === null ? this.end(ended ?? { error: 'token_ended' }) : this.#fail(open);
  }

  /** What came of a request, or null where something newer has happened meanwhile and nobody wants it any more. */
  unlessNewer<T>(request: Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => {
        resolve(null);
      };
      request.then(resolve, reject);
    });
  }

  /**
   * Whether a refresh that was refused, which judged nothing, is followed by the way after it: the client's own by
   * itself; the stored password only when the token has ended and the vendor has said so for a while.
   */
  #goesOn(failing: Failing, next: RenewalStep | undefined): boolean {
    if (failing.kind === 'transient' || isClientRefused(failing)) return false;
    const unclearFor = this.attempts.unclearFor();
    return (
      next === 'client_credentials' ||
      (next !== undefined && !this.#keeper.alive() && unclearFor >= longUnclear)
    );
  }

  /** Why the last try brought nothing, or that the password is held back. */
  #lastFailing(): Failing {
    const failing = this.attempts.failure?.failing;
    return failing === undefined || failing.kind === 'here' ? heldBack : failing;
  }

  /** Whether a vendor that has nothing before the end was asked before it. */
  #isEarly(): boolean {
    return this.#subject().profile.refresh_when === 'at_end' && this.#keeper.alive();
  }

  async #try(step: RenewalStep, epoch: number): Promise<Outcome<IssuedToken>> {
    const { exchange } = this.#ports;
    const { party, grantName } = this.#subject();
    const { session } = this.#keeper;
    switch (step) {
      case 'refresh_token':
        return session === null ? nothingToSend : exchange.refresh(party, session, {}, this.spending(epoch));
      case 'client_credentials':
        return exchange.signIn(party, 'client_credentials');
      case 'stored_password':
        return this.#password.send(() => exchange.signIn(party, grantName), this.#subject().profile);
    }
  }

  /** Keeps what was granted, then serves it. */
  async #take(granted: Granted): Promise<Renewed> {
    let kept: Session | null;
    const unchanged = this.#keeper.session?.access_token === granted.issued.session.access_token;
    try {
      kept = await this.#keep(granted);
    } catch (error) {
      if (this.#keeper.record !== null && granted.epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
      this.#unsaved = granted;
      return this.#failHere(notKept(error));
    }
    this.#unsaved = null;
    if (kept === null || granted.epoch !== this.#keeper.epoch) {
      return 'superseded';
    }
    this.attempts.succeeded(kept, unchanged);
    const end = this.#keeper.end();
    this.#ports.emit({
      type: 'token.refreshed',
      account: this.#keeper.name,
      expires_at: end === null ? null : Math.floor(end / 1000),
    });
    return 'renewed';
  }

  /** The session as it was kept; null: something newer has happened. Throws what the vault throws. */
  async #keep({ issued, epoch }: Granted): Promise<Session | null> {
    const before = this.#keeper.session;
    const { session, mark } =
      before?.access_token === issued.session.access_token
        ? sameToken(before, this.#keeper.mark, issued)
        : issued;
    const kept = await this.#keeper.update(transitions.renewed(session, before, epoch), { mark });
    return kept === null ? null : session;
  }

  /** Tells that the vendor gave no token; `atLeastMs`: it is not asked before. */
  #fail(failing: Failing, atLeastMs = 0): Renewed {
    return this.#tellFailed(failing, this.attempts.fail(failing, atLeastMs));
  }

  /** The vendor refused a renewal before the end: it is asked again then. */
  #failEarly(failing: Failing): Renewed {
    return this.#tellFailed(failing, this.attempts.failEarly(failing, this.#keeper.left() ?? 0));
  }

  #tellFailed(failing: Failing, wait: number): Renewed {
    this.#ports.emit({
      type: 'token.refresh_failed',
      account: this.#keeper.name,
      error: failing.kind === 'rejected' ? failing.words.error : null,
      why: whyNotRenewed(this.#keeper.name, this.#subject().profile, failing),
      next_try_at: Math.ceil((this.#ports.clock.wall() + wait) / 1000),
    });
    return 'failed';
  }

  #failHere(thrown: unknown): Renewed {
    this.attempts.failHere(thrown);
    return 'failed';
  }

  /** A person is needed. The token in hand stays until it ends. */
  async end(words: Omit<Refusal, 'at'>): Promise<Renewed> {
    const cause: Refusal = { ...words, at: this.#ports.clock.wall() };
    const ending = transitions.signInNeeded(cause, this.#keeper.epoch);
    // Should it not be kept: after a restart the vendor is asked once more and says the same.
    const record = await this.#keeper.update(ending, { unkept: 'stays' }).catch(() => this.#keeper.record);
    if (record?.state.status !== 'sign_in_needed') {
      return 'superseded';
    }
    this.attempts.ended();
    this.#ports.emit({
      type: 'account.sign_in_needed',
      account: this.#keeper.name,
      error: words.error,
      why: whyNoSignIn(cause),
    });
    return 'ended';
  }

  /** A refused refresh token is never sent again, over a restart neither. */
  async dropRefreshToken(): Promise<void> {
    await this.#keeper.note(transitions.refreshTokenIs(null, this.#keeper.epoch));
  }
}

function notKept(thrown: unknown): KeyfobError {
  return thrown instanceof KeyfobError
    ? thrown
    : new KeyfobError(
        'token_not_kept',
        {},
        { action: { type: 'look_at_doctor', params: {} }, cause: thrown },
      );
}
