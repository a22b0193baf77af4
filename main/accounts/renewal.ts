// How one account comes to a new token without a person, or to know that only a person can help.
//
// Invariants:
// - One renewal is under way at most; whoever asks meanwhile joins it. What uses the refresh token has the vault's
//   lease, so that no other process over the same vault sends it too; the record's version still decides.
// - What was granted is in the vault before anyone is served from it. What the vault did not take is kept
//   again before the vendor is asked for more.
// - Only the vendor's own refusal ends a sign-in; a refusal never takes a living token away.
import { createQueue } from '../platform/serial-queue.ts';
import { Attempts } from './attempts.ts';
import { KeyfobError } from '../api/errors.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { judgesNothing, type Failing, type Outcome, type Rejected } from '../oauth/outcome.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Clock } from '../oauth/ports.ts';
import type { GrantProfile, Profile, RenewalStep } from '../oauth/profile.ts';
import type { Lease, Vault } from '../vaults/port.ts';
import { takeLease } from './lease.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { Refusal } from './record.ts';
import type { Session } from '../oauth/token.ts';
import { endsSignIn, whyNoSignIn, whyNotRenewed } from './refusal.ts';
import * as schedule from './schedule.ts';
import * as transitions from './transitions.ts';
import { notKept, sameToken, type Unsaved } from './unsaved.ts';
import type { KeyfobEvent } from '../api/events.ts';

/** What a renewal came to. `superseded`: something newer happened meanwhile; `ended`: a person is needed. */
export type Renewed = 'renewed' | 'superseded' | 'failed' | 'ended';

/** Ms after a token's end, as the vendor told it, at which one that repeated it is asked again. */
const pastTheEnd = 1.25 * schedule.seconds;

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
  #flight: Promise<Renewed> | null = null;
  /** What was granted and the vault did not take. */
  #unsaved: Unsaved | null = null;
  #spending = false;

  constructor(keeper: RecordKeeper, ports: RenewalPorts, subject: () => RenewalSubject) {
    this.#keeper = keeper;
    this.#ports = ports;
    this.#subject = subject;
    this.attempts = new Attempts(ports.clock);
  }

  get underWay(): boolean {
    return this.#flight !== null;
  }

  /** Whether a refresh token was sent, and what came of it is not in the vault yet. */
  get spending(): boolean {
    return this.#spending || this.owed;
  }

  /** Whether the vault has not taken a new refresh token. */
  get owed(): boolean {
    return this.#unsaved?.granted.session.refresh_token != null || this.#keeper.owes;
  }

  /** Notes that a refresh token goes out, in the turn under way. */
  readonly spend = (): void => {
    this.#spending = true;
  };

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
    if (this.#unsaved !== null && this.attempts.failure === null) return 0;
    const rules = { when: this.#subject().profile.refresh_when, leastLead: this.#ports.leastLead() };
    return this.attempts.dueIn(this.#keeper.session, rules, this.#keeper.now(), this.#keeper.mark);
  }

  /** Whether a caller's request tries at once, rather than hear of the last failure. */
  mayTry(): boolean {
    return this.underWay || this.attempts.mayTry(this.#keeper.session, this.#keeper.alive());
  }

  /** Forgets what earlier tries taught: the token or the settings are new. */
  reset(): void {
    this.attempts.reset();
    this.#unsaved = null;
  }

  /** The timer looks again at what is due. */
  reschedule(): void {
    this.#ports.reschedule();
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
      const unsaved = this.#unsaved;
      if (unsaved !== null) await this.#keep(unsaved.granted, unsaved.epoch);
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
    if (unsaved?.granted.session.refresh_token != null) this.#unsaved = unsaved;
    else if (owes && session !== null) this.#unsaved = { granted: { session, mark }, epoch };
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
      let lease: Lease | null = null;
      try {
        try {
          lease = await takeLease(this.#ports.vault, this.#ports.clock, this.#keeper.name);
          await this.#keeper.refresh();
        } catch (error) {
          return failed(error);
        }
        const now = this.#keeper.session?.access_token;
        return await act(now !== undefined && before !== undefined && now !== before && this.#keeper.alive());
      } finally {
        this.#spending = false;
        await lease?.release().catch(() => undefined);
      }
    });
  }

  async #renew(): Promise<Renewed> {
    const { epoch } = this.#keeper;
    this.attempts.begin();
    if (this.#unsaved !== null) {
      return this.#take(this.#unsaved);
    }
    try {
      await this.keepFirst();
    } catch (error) {
      return this.#failHere(error);
    }
    let refused: Rejected | null = null;
    const steps = this.steps();
    for (const [index, step] of steps.entries()) {
      let outcome: Outcome<IssuedToken>;
      try {
        outcome = await this.#try(step, epoch);
      } catch (error) {
        // It could not even be sent, or the vault did not take the note before it.
        if (
          step === 'stored_password' &&
          error instanceof KeyfobError &&
          error.problem.origins !== undefined
        ) {
          await this.#notePassword(false).catch(() => undefined);
        }
        return epoch === this.#keeper.epoch ? this.#failHere(error) : 'superseded';
      }
      if (epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
      if (outcome.kind === 'granted') {
        return this.#take({ granted: await this.#orLater(outcome.value, step, epoch), epoch });
      }
      const failing = this.attempts.settle(outcome, step === 'stored_password');
      if (failing.kind !== 'rejected') {
        if (step === 'stored_password' && judgesNothing(failing.status)) {
          await this.#notePassword(false).catch(() => undefined);
        }
        return this.#fail(failing, this.attempts.fail(failing));
      }
      refused = failing;
      const isLast = index === steps.length - 1;
      if (step === 'refresh_token' && isLast && this.#isEarly()) {
        return this.#fail(failing, this.attempts.failEarly(failing, this.#keeper.left() ?? 0));
      }
      if (step === 'refresh_token' && endsSignIn(failing.words.error)) {
        await this.dropRefreshToken();
      }
      if (epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
    }
    return this.end(refused?.words ?? { error: 'token_ended' });
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
        return session === null ? nothingToSend : exchange.refresh(party, session, {}, this.spend);
      case 'client_credentials':
        return exchange.signIn(party, 'client_credentials');
      case 'stored_password':
        await this.#notePassword(true);
        return epoch === this.#keeper.epoch ? exchange.signIn(party, grantName) : nothingToSend;
    }
  }

  /**
   * The vendor repeated a token that has ended by what it told, and that it may hold good a moment longer (a
   * life in whole seconds is rounded down): what comes after is waited for, twice at most.
   */
  async #orLater(granted: IssuedToken, step: RenewalStep, epoch: number): Promise<IssuedToken> {
    const previous = this.#keeper.session;
    let latest = granted;
    for (let again = 0; again < 2; again++) {
      const { session, mark } = latest;
      // Only what the client asks for on its own is asked for twice: never a refresh token, never a password.
      if (session.access_token !== previous?.access_token || step !== 'client_credentials') {
        return latest;
      }
      const left = schedule.remaining(session, this.#keeper.now(), mark);
      if (left === null || left > schedule.seconds || previous.lifetime === 0 || this.#keeper.alive()) {
        return latest;
      }
      await new Promise<void>((resolve) => {
        this.#ports.clock.after(left + pastTheEnd, resolve);
      });
      const outcome = await this.#try(step, epoch).catch(() => null);
      latest = outcome?.kind === 'granted' ? outcome.value : latest;
    }
    return latest;
  }

  /** Keeps what was granted, then serves it. */
  async #take(one: Unsaved): Promise<Renewed> {
    const { granted, epoch } = one;
    let kept: Session | null;
    const unchanged = this.#keeper.session?.access_token === granted.session.access_token;
    try {
      kept = await this.#keep(granted, epoch);
    } catch (error) {
      if (epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
      this.#unsaved = one;
      return this.#failHere(notKept(error));
    }
    this.#unsaved = null;
    if (kept === null || epoch !== this.#keeper.epoch) {
      return 'superseded';
    }
    this.attempts.succeeded(unchanged);
    const end = schedule.endOf(kept);
    this.#ports.emit({
      type: 'token.refreshed',
      account: this.#keeper.name,
      expires_at: end === null ? null : Math.floor(end / 1000),
    });
    return 'renewed';
  }

  /** The session as it was kept; null: something newer has happened. Throws what the vault throws. */
  async #keep(granted: IssuedToken, epoch: number): Promise<Session | null> {
    const before = this.#keeper.session;
    const { session, mark } =
      before?.access_token === granted.session.access_token ? sameToken(before, granted) : granted;
    const kept = await this.#keeper.update(transitions.renewed(session, before, epoch), { mark });
    return kept === null ? null : session;
  }

  /** Tells that the vendor gave no token; `wait`: ms until the next try. */
  #fail(failing: Failing, wait: number): Renewed {
    this.#ports.emit({
      type: 'token.refresh_failed',
      account: this.#keeper.name,
      error: failing.kind === 'rejected' ? failing.words.error : null,
      why: whyNotRenewed(failing),
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
    const drop = transitions.refreshTokenIs(null, this.#keeper.epoch);
    await this.#keeper.update(drop, { unkept: 'stays' }).catch(() => undefined);
  }

  /** Notes before the stored password is sent that it was, so that a crash cannot send it again. */
  async #notePassword(tried: boolean): Promise<void> {
    await this.#keeper.update(transitions.passwordTried(tried));
  }
}

const nothingToSend: Rejected = { kind: 'rejected', status: 0, words: { error: 'token_ended' } };
