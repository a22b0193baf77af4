// How one account comes to a new token without a person, or to know that only a person can help.
//
// Invariants:
// - One renewal is under way at most; whoever asks meanwhile joins it. It waits for a slot at its vendor's host, and
//   keeps it until what was granted is in the vault, so that no more can be lost at a kill than there are slots.
// - What uses the refresh token has the vault's lease, so that no other process over the same vault sends it too;
//   the record's version still decides.
// - What was granted is in the vault before anyone is served from it. What the vault did not take is kept
//   again before the vendor is asked for more.
// - Only words that judge the grant end a sign-in; a refusal never takes a living token away.
import { SerialQueue } from '../platform/serial-queue.ts';
import type { VendorError } from '../api/errors.ts';
import type { Spending } from '../oauth/asking.ts';
import type { Failing, Outcome } from '../oauth/outcome.ts';
import type { IssuedToken } from '../oauth/response.ts';
import { tokenOrigin } from '../oauth/endpoints.ts';
import { isClientGrant } from '../oauth/grants/index.ts';
import type { RenewalStep } from '../oauth/profile.ts';
import type { Lease } from '../vaults/port.ts';
import type { HostSlot, WaitedFor } from './host-slots.ts';
import { takeLease } from './lease.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { Refusal } from './record.ts';
import type { Session } from '../oauth/token.ts';
import { isClientRefused, judge } from './refusal.ts';
import { refreshFailed, signInNeeded, tokenRefreshed } from './renewal-events.ts';
import * as schedule from './schedule.ts';
import type { HasSubject, RenewalPorts, RenewalSubject, Renewed } from './renewal-ports.ts';
import { orLater, sameToken } from './repeated-token.ts';
import { AccountAttempts } from './scope-attempts.ts';
import { heldBack, nothingToSend, StoredPassword } from './stored-password.ts';
import * as transitions from './transitions.ts';
import { notKept, type GrantedToken } from './unsaved.ts';

const nothing = (): void => undefined;
/** Ms after which a vendor that refuses a refresh, and judges nothing, is sent the stored password. */
const longUnclear = 10 * 60 * schedule.seconds;

/** A renewal that is under way, or waits for its slot at the vendor's host. */
interface Flight {
  readonly slot: HostSlot;
  readonly renewed: Promise<Renewed>;
}

export class Renewal {
  readonly attempts: AccountAttempts;
  readonly #keeper: RecordKeeper;
  readonly #ports: RenewalPorts;
  readonly #account: HasSubject<RenewalSubject>;
  readonly #queue = new SerialQueue();
  readonly #password: StoredPassword;
  #flight: Flight | null = null;
  /** What was granted and the vault did not take. */
  #unsaved: GrantedToken | null = null;
  #isSpending = false;
  /** The epoch of what is under way, or was at last. */
  #begunIn: number | null = null;
  /** Ends the wait for what is under way: something newer has happened. */
  #giveUp = nothing;

  constructor(keeper: RecordKeeper, ports: RenewalPorts, account: HasSubject<RenewalSubject>) {
    this.#keeper = keeper;
    this.#ports = ports;
    this.#account = account;
    this.attempts = new AccountAttempts(ports.clock);
    this.#password = new StoredPassword(keeper, ports.clock);
  }

  /** Whether a renewal has begun; one that waits for its turn at a host has not. */
  get underWay(): boolean {
    return this.#flight?.slot.wasHad === true;
  }

  /** Whether a refresh token was sent, and what came of it is not in the vault yet. */
  get isSpending(): boolean {
    return this.#isSpending || this.owed;
  }

  /** Whether the vault has not taken a new refresh token. */
  get owed(): boolean {
    return this.#unsaved?.issued.session.refresh_token != null || this.#keeper.owes;
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
    return record === null ? [] : transitions.renewalSteps(record, this.#account.subject().profile);
  }

  /** Whether a renewal could bring something: a way is open, or a token waits to be kept. */
  possible(): boolean {
    return this.#unsaved !== null || this.steps().length > 0;
  }

  /** Ms until the next renewal by itself; 0: now; null: none. */
  dueIn(): number | null {
    if (this.underWay || !this.possible()) return null;
    if (this.#unsaved !== null && this.attempts.failure === null) return 0;
    const rules = { when: this.#account.subject().profile.refresh_when, minLead: this.#ports.minLead() };
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

  /** The timer looks again at what is due. */
  reschedule(): void {
    this.#ports.reschedule(this.#keeper.name);
  }

  /** Resolves when no renewal is under way; never rejects. */
  async settled(): Promise<void> {
    await this.#queue.run(async () => undefined);
  }

  /** Renews, or joins the renewal that is under way or waits for its slot. `isPersons`: a person's own wish. */
  run(by: WaitedFor = 'caller', isPersons = false): Promise<Renewed> {
    this.#password.isWanted ||= isPersons;
    this.#flight ??= this.#begin(by);
    if (by === 'caller') this.#flight.slot.hasten();
    return this.#flight.renewed;
  }

  #begin(by: WaitedFor): Flight {
    const slot = this.#slot(by);
    const renewed = this.inTurn(
      (isNewer) => (isNewer ? 'renewed' : this.#renew()),
      (error) => this.#failHere(error),
      slot,
    ).finally(() => {
      this.#flight = null;
      this.#password.isWanted = false;
      this.#ports.reschedule(this.#keeper.name);
    });
    return { slot, renewed };
  }

  #slot(by: WaitedFor): HostSlot {
    return this.#ports.slots.take(tokenOrigin(this.#account.subject().clientContext), by);
  }

  /** Has the vault take what came of a refresh token and is not there yet. Throws what the vault throws. */
  async keepOwed(): Promise<void> {
    await this.#queue.run(async () => {
      const granted = this.#unsaved;
      if (granted !== null) await this.#keep(granted);
      else if (this.#keeper.owes) await this.#keeper.update((record) => record);
      this.#unsaved = null;
    });
  }

  /** The same in the turn under way, before the refresh token is sent: the vendor takes no older one any more. */
  async keepFirst(): Promise<void> {
    if (this.#unsaved === null) {
      if (this.#keeper.owes) await this.#keeper.update((record) => record);
      return;
    }
    if ((await this.#take(this.#unsaved)) !== 'failed') return;
    const failing = this.attempts.failure?.failing;
    if (failing?.kind === 'here') throw failing.error;
  }

  /** Before the record is forgotten: holds what the vault has not taken of it, and forgets what else was taught. */
  holdOwed(): void {
    const { session, mark, epoch } = this.#keeper;
    const unsaved = this.#unsaved;
    const { owes } = this.#keeper;
    this.reset();
    if (unsaved?.issued.session.refresh_token != null) this.#unsaved = unsaved;
    else this.#unsaved = owes && session !== null ? { issued: { session, mark }, epoch } : null;
  }

  /**
   * Does what uses the refresh token, one after the other, under the vault's lease: no two requests ever carry the
   * same one. `isNewer`: another process, or a sign-in, has brought a newer token meanwhile. `failed` judges what the
   * lease threw. `slot`: at the vendor's host; a caller's when left out.
   */
  inTurn<T>(
    act: (isNewer: boolean) => T | Promise<T>,
    failed: (error: unknown) => T = (error) => {
      throw error;
    },
    slot = this.#slot('caller'),
  ): Promise<T> {
    const before = this.#keeper.session?.access_token;
    const turn = async (): Promise<T> => {
      let lease: Lease | null = null;
      try {
        try {
          lease = await takeLease(this.#ports.vault, this.#ports.clock, this.#keeper.name);
          await this.#keeper.refresh();
        } catch (error) {
          return failed(error);
        }
        this.#begunIn = this.#keeper.epoch;
        const now = this.#keeper.session?.access_token;
        return await act(now !== undefined && before !== undefined && now !== before && this.#keeper.alive());
      } finally {
        this.#isSpending = false;
        await lease?.release().catch(() => undefined);
      }
    };
    return slot.had.then(() => this.#queue.run(turn)).finally(() => slot.release());
  }

  async #renew(): Promise<Renewed> {
    const { epoch } = this.#keeper;
    this.attempts.begin();
    if (this.#unsaved !== null) return this.#take(this.#unsaved);
    try {
      await this.keepFirst();
    } catch (error) {
      return this.#failHere(error);
    }
    const { profile, clientContext } = this.#account.subject();
    const steps = this.steps();
    let ended: VendorError | null = null;
    // What a refresh was refused with that judged nothing, where another way was tried too.
    let open: Failing | null = null;
    for (const [index, step] of steps.entries()) {
      const wait = step === 'stored_password' ? this.#password.wait() : 0;
      if (wait > 0) {
        const last = this.attempts.failure?.failing;
        const known = last === undefined || last.kind === 'here' ? heldBack : last;
        return open === null ? this.#fail(known, wait) : this.#fail(open);
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
        const again = isClientGrant(step) ? () => this.#try(step, epoch) : null;
        const issued = await orLater(outcome.value, again, this.#keeper, this.#ports.clock);
        return this.#take({ issued, epoch });
      }
      if (outcome === null || epoch !== this.#keeper.epoch) return 'superseded';
      const judged = judge(step, outcome, profile, clientContext.registered != null);
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
      ended = judged.vendorError;
      if (step === 'refresh_token') {
        if (next === undefined && this.#isEarly()) return this.#failEarly(outcome);
        await this.dropRefreshToken();
      } else if (step === 'stored_password') {
        await this.#keeper.note(transitions.passwordEnded);
      }
      if (epoch !== this.#keeper.epoch) return 'superseded';
    }
    return open === null ? this.end(ended ?? { error: 'token_ended' }) : this.#fail(open);
  }

  /** What came of a request, or null where something newer has happened meanwhile and nobody wants it any more. */
  unlessNewer<T>(request: Promise<T>): Promise<T | null> {
    const newer = Promise.withResolvers<null>();
    this.#giveUp = newer.resolve.bind(null, null);
    // Whoever could give up holds on to what came: a token, over a lock too.
    return Promise.race([request, newer.promise]).finally(() => (this.#giveUp = nothing));
  }

  /**
   * Whether a refresh that was refused, which judged nothing, is followed by the way after it: the client's own by
   * itself; the stored password only when the token has ended and the vendor has said so for a while.
   */
  #goesOn(failing: Failing, next: RenewalStep | undefined): boolean {
    if (failing.kind === 'transient' || isClientRefused(failing)) return false;
    const isLong = this.attempts.unclearFor() >= longUnclear;
    return isClientGrant(next) || (next !== undefined && !this.#keeper.alive() && isLong);
  }

  /** Whether a vendor that has nothing before the end was asked before it. */
  #isEarly(): boolean {
    return this.#account.subject().profile.refresh_when === 'on_expiry' && this.#keeper.alive();
  }

  async #try(step: RenewalStep, epoch: number): Promise<Outcome<IssuedToken>> {
    const { exchange } = this.#ports;
    const { clientContext, grantName } = this.#account.subject();
    const { session } = this.#keeper;
    switch (step) {
      case 'refresh_token':
        return session === null
          ? nothingToSend
          : exchange.refresh(clientContext, session, {}, this.spending(epoch));
      case 'client_credentials':
      case 'jwt_bearer':
        return exchange.signIn(clientContext, step);
      case 'stored_password':
        return this.#password.send(
          () => exchange.signIn(clientContext, grantName),
          this.#account.subject().profile,
        );
    }
  }

  /** Keeps what was granted, then serves it. */
  async #take(granted: GrantedToken): Promise<Renewed> {
    let kept: Session | null;
    const unchanged = this.#keeper.session?.access_token === granted.issued.session.access_token;
    try {
      kept = await this.#keep(granted);
    } catch (error) {
      if (this.#keeper.record !== null && granted.epoch !== this.#keeper.epoch) return 'superseded';
      this.#unsaved = granted;
      return this.#failHere(notKept(error));
    }
    this.#unsaved = null;
    if (kept === null || granted.epoch !== this.#keeper.epoch) return 'superseded';
    this.attempts.succeeded(kept, unchanged);
    this.#ports.emit(tokenRefreshed(this.#keeper.name, this.#keeper.end()));
    return 'renewed';
  }

  /** The session as it was kept; null: something newer has happened. Throws what the vault throws. */
  async #keep({ issued, epoch }: GrantedToken): Promise<Session | null> {
    const before = this.#keeper.session;
    const { session, mark } =
      before?.access_token === issued.session.access_token
        ? sameToken(before, this.#keeper.mark, issued)
        : issued;
    const kept = await this.#keeper.update(transitions.renewed(session, before, epoch), { mark });
    return kept === null ? null : session;
  }

  /** Tells that the vendor gave no token; `minWaitMs`: it is not asked before. */
  #fail(failing: Failing, minWaitMs = 0): Renewed {
    return this.#tellFailed(failing, this.attempts.fail(failing, minWaitMs));
  }

  /** The vendor refused a renewal before the end: it is asked again then. */
  #failEarly(failing: Failing): Renewed {
    return this.#tellFailed(failing, this.attempts.failEarly(failing, this.#keeper.left() ?? 0));
  }

  #tellFailed(failing: Failing, wait: number): Renewed {
    const nextTryAt = this.#ports.clock.unixMs() + wait;
    this.#ports.emit(refreshFailed(this.#keeper.name, this.#account.subject().profile, failing, nextTryAt));
    return 'failed';
  }

  #failHere(thrown: unknown): Renewed {
    this.attempts.failHere(thrown);
    return 'failed';
  }

  /** A person is needed. The token in hand stays until it ends. */
  async end(refusal: Omit<Refusal, 'at'>): Promise<Renewed> {
    const cause: Refusal = { ...refusal, at: this.#ports.clock.unixMs() };
    const ending = transitions.signInNeeded(cause, this.#keeper.epoch);
    // Should it not be kept: after a restart the vendor is asked once more and says the same.
    const record = await this.#keeper.update(ending, { unkept: 'stays' }).catch(() => this.#keeper.record);
    if (record?.state.status !== 'sign_in_needed') return 'superseded';
    this.attempts.ended();
    this.#ports.emit(signInNeeded(this.#keeper.name, cause));
    return 'ended';
  }

  /** A refused refresh token is never sent again, over a restart neither. */
  async dropRefreshToken(): Promise<void> {
    await this.#keeper.note(transitions.refreshTokenIs(null, this.#keeper.epoch));
  }
}
