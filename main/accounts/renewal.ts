// How one account comes to a new token without a person, or to know that only a person can help.
//
// Invariants:
// - One renewal is under way at most; whoever asks meanwhile joins it.
// - What was granted is in the vault before anyone is served from it. What the vault did not take is kept
//   again before the vendor is asked for more.
// - Only the vendor's own refusal ends a sign-in; a refusal never takes a living token away.
import { createQueue } from '../platform/serial-queue.ts';
import { KeyfobError } from '../api/errors.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { judgesNothing, type Failing, type Outcome, type Rejected } from '../oauth/outcome.ts';
import type { Clock } from '../oauth/ports.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { GrantProfile, Profile, RenewalStep } from '../oauth/profile.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { AccountRecord, Refusal } from './record.ts';
import type { Session } from '../oauth/token.ts';
import { endsSignIn, whyNoSignIn, whyNotRenewed } from './refusal.ts';
import * as schedule from './schedule.ts';
import type { KeyfobEvent } from '../api/events.ts';

/** Why the last renewal brought nothing, and when the next is due. */
export interface Failure {
  readonly count: number;
  readonly failing: Failing | { readonly kind: 'here'; readonly error: KeyfobError };
  /** Ms by the steady clock. */
  readonly nextTryAt: number;
  /** The vendor asked to wait until then (steady ms); callers do not try before. */
  readonly notBefore: number;
}

/** What a renewal came to. `superseded`: something newer happened meanwhile; `ended`: a person is needed. */
export type Renewed = 'renewed' | 'superseded' | 'failed' | 'ended';

/** An answer without a reason counts as a refusal when it comes again this much later. Ms. */
const unclearSettles = 10 * schedule.seconds;
/** A caller's request does not try again when the last try is younger. Ms. */
const callerPause = 1 * schedule.seconds;
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
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly emit: (event: KeyfobEvent) => void;
  readonly reschedule: () => void;
  /** Ms before its end at which a token is renewed at the latest; see schedule.ts. */
  readonly leastLead: () => number;
}

export class Renewal {
  /** Why the last one failed; null when all is well. */
  failure: Failure | null = null;
  /** The vendor gave the very same token again: nothing new is to be had before its end. */
  unchanged = false;
  /** The vendor refused to renew before the end, which says nothing about then. */
  refusedEarly = false;
  /** Hex SHA-256 of the token for whose rejection a renewal was made. */
  rejected: string | null = null;

  readonly #keeper: RecordKeeper;
  readonly #ports: RenewalPorts;
  readonly #subject: () => RenewalSubject;
  #flight: Promise<Renewed> | null = null;
  readonly #queue = createQueue();
  #unclearSince: number | null = null;
  #lastTryAt: number | null = null;
  #unsaved: IssuedToken | null = null;
  #spending = false;
  #jitter: number;

  constructor(keeper: RecordKeeper, ports: RenewalPorts, subject: () => RenewalSubject) {
    this.#keeper = keeper;
    this.#ports = ports;
    this.#subject = subject;
    this.#jitter = ports.clock.random();
  }

  get underWay(): boolean {
    return this.#flight !== null;
  }

  /** Whether a refresh token was sent, and what came of it is not in the vault yet. */
  get spending(): boolean {
    return this.#spending;
  }

  /** Notes that a refresh token goes out, in the turn under way. */
  readonly spend = (): void => {
    this.#spending = true;
  };

  /** Ways to a new token that are open now. */
  steps(): RenewalStep[] {
    const { record } = this.#keeper;
    if (record === null || record.standing === 'signed_out') {
      return [];
    }
    return this.#subject().grant.renewal.filter((step) => {
      switch (step) {
        case 'refresh_token':
          return record.session !== null && record.session.refresh_token !== null;
        case 'client_credentials':
          return (record.secrets['client_secret'] ?? '') !== '';
        case 'stored_password':
          return !record.password_tried && (record.secrets['password'] ?? '') !== '';
      }
    });
  }

  /** Whether a renewal could bring something: a way is open, or a token waits to be kept. */
  possible(): boolean {
    return this.#unsaved !== null || this.steps().length > 0;
  }

  /** Ms until the next renewal by itself; 0: now; null: none. */
  dueIn(): number | null {
    const { session } = this.#keeper;
    if (this.underWay || !this.possible()) {
      return null;
    }
    if (this.failure !== null) {
      return Math.max(0, this.failure.nextTryAt - this.#ports.clock.steady());
    }
    if (session === null) {
      return 0;
    }
    const rules = {
      when: this.refusedEarly ? ('at_end' as const) : this.#subject().profile.refresh_when,
      jitter: this.#jitter,
      leastLead: this.#ports.leastLead(),
      unchanged: this.unchanged,
      sinceTry: this.#lastTryAt === null ? Infinity : this.#ports.clock.steady() - this.#lastTryAt,
    };
    return schedule.renewIn(session, rules, this.#keeper.now(), this.#keeper.mark);
  }

  /** Whether a caller's request tries at once, rather than hear of the last failure. */
  mayTry(): boolean {
    if (this.underWay) {
      return true;
    }
    const now = this.#ports.clock.steady();
    if (this.failure !== null && now < this.failure.notBefore) {
      return false;
    }
    // A try that brought nothing, a token of no life or an ended one, is not repeated within the second.
    const { session } = this.#keeper;
    const barren =
      this.failure !== null ||
      (session?.lifetime ?? Infinity) < callerPause ||
      (this.unchanged && !this.#keeper.alive());
    return !barren || this.#lastTryAt === null || now - this.#lastTryAt >= callerPause;
  }

  /** The network changed or the machine woke: a failed one is tried again now, unless the vendor asked to wait. */
  wake(): void {
    if (this.failure !== null) {
      const nextTryAt = Math.max(this.failure.notBefore, this.#ports.clock.steady());
      this.failure = { ...this.failure, nextTryAt };
    }
  }

  /** Forgets what earlier tries taught: the token or the settings are new. */
  reset(): void {
    this.failure = null;
    this.unchanged = false;
    this.refusedEarly = false;
    this.rejected = null;
    this.#unclearSince = null;
    this.#unsaved = null;
    this.#jitter = this.#ports.clock.random();
  }

  /** Resolves when no renewal is under way; never rejects. */
  async settled(): Promise<void> {
    await this.#queue(async () => undefined);
  }

  /** Renews, or joins the renewal under way. */
  run(): Promise<Renewed> {
    this.#flight ??= this.inTurn(() => this.#renew()).finally(() => {
      this.#flight = null;
      this.#ports.reschedule();
    });
    return this.#flight;
  }

  /** Does what uses the refresh token, one after the other: no two requests ever carry the same one. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#queue(() =>
      act().finally(() => {
        this.#spending = false;
      }),
    );
  }

  async #renew(): Promise<Renewed> {
    const { epoch } = this.#keeper;
    this.#lastTryAt = this.#ports.clock.steady();
    if (this.#unsaved !== null) {
      return this.#take(this.#unsaved, epoch);
    }
    let refused: Rejected | null = null;
    const steps = this.steps();
    for (const [index, step] of steps.entries()) {
      let outcome: Outcome<IssuedToken>;
      try {
        outcome = await this.#try(step);
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
        return this.#take(await this.#orLater(outcome.value, step), epoch);
      }
      const failing = this.#settle(outcome, step);
      if (failing.kind !== 'rejected') {
        if (step === 'stored_password' && judgesNothing(failing.status)) {
          await this.#notePassword(false).catch(() => undefined);
        }
        return this.#fail(failing);
      }
      refused = failing;
      if (step === 'refresh_token') {
        if (
          index === steps.length - 1 &&
          this.#subject().profile.refresh_when === 'at_end' &&
          this.#keeper.alive()
        ) {
          this.refusedEarly = true;
          return this.#fail(failing, this.#keeper.left() ?? 0);
        }
        if (endsSignIn(failing.words.error)) {
          await this.dropRefreshToken();
        }
      }
      if (epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
    }
    return this.end(refused?.words ?? { error: 'token_ended' });
  }

  async #try(step: RenewalStep): Promise<Outcome<IssuedToken>> {
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
        return exchange.signIn(party, grantName);
    }
  }

  /** An answer without a reason counts as a refusal when it comes again; for a password at once (lockouts). */
  #settle(failing: Failing, step: RenewalStep): Failing {
    if (failing.kind !== 'ambiguous') {
      this.#unclearSince = null;
      return failing;
    }
    const now = this.#ports.clock.steady();
    this.#unclearSince ??= now;
    return step === 'stored_password' || now - this.#unclearSince >= unclearSettles
      ? { kind: 'rejected', status: failing.status, words: { error: `http_${String(failing.status)}` } }
      : failing;
  }

  /**
   * The vendor repeated a token that has ended by what it told, and that it may hold good a moment longer (a
   * life in whole seconds is rounded down): what comes after is waited for, twice at most.
   */
  async #orLater(granted: IssuedToken, step: RenewalStep): Promise<IssuedToken> {
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
      const outcome = await this.#try(step).catch(() => null);
      latest = outcome?.kind === 'granted' ? outcome.value : latest;
    }
    return latest;
  }

  /** Keeps what was granted, then serves it. */
  async #take(granted: IssuedToken, epoch: number): Promise<Renewed> {
    const { record } = this.#keeper;
    if (record === null || epoch !== this.#keeper.epoch) {
      return 'superseded';
    }
    const unchanged = record.session?.access_token === granted.session.access_token;
    const { session, mark } = unchanged ? sameToken(record.session, granted) : granted;
    const next: AccountRecord = {
      ...record,
      session,
      standing: 'signed_in',
      refusal: null,
      password_tried: false,
    };
    try {
      await this.#keeper.keep(next);
      if (epoch === this.#keeper.epoch) {
        this.#keeper.mark = mark;
        await this.#keeper.take(next, record);
      }
    } catch (error) {
      if (epoch !== this.#keeper.epoch) {
        return 'superseded';
      }
      this.#unsaved = granted;
      return this.#failHere(notKept(error));
    }
    if (epoch !== this.#keeper.epoch) {
      return 'superseded';
    }
    const { rejected } = this;
    this.reset();
    this.unchanged = unchanged;
    this.rejected = unchanged ? rejected : null;
    const end = schedule.endOf(session);
    this.#ports.emit({
      type: 'token.refreshed',
      account: this.#keeper.name,
      expires_at: end === null ? null : Math.floor(end / 1000),
    });
    return 'renewed';
  }

  #fail(failing: Failing, atLeastMs = 0): Renewed {
    const { clock } = this.#ports;
    const count = (this.failure?.count ?? 0) + 1;
    const retryAfter = failing.kind === 'transient' ? failing.retryAfterMs : null;
    const wait = Math.max(
      schedule.backoff(count, clock.random(), retryAfter),
      atLeastMs,
      failing.kind === 'ambiguous' ? unclearSettles : 0,
    );
    const now = clock.steady();
    const notBefore = retryAfter === null ? now : now + retryAfter;
    this.failure = { count, failing, nextTryAt: now + wait, notBefore };
    this.#ports.emit({
      type: 'token.refresh_failed',
      account: this.#keeper.name,
      error: failing.kind === 'rejected' ? failing.words.error : null,
      why: whyNotRenewed(failing),
      next_try_at: Math.ceil((clock.wall() + wait) / 1000),
    });
    return 'failed';
  }

  /** What went wrong is on our side: the vault, or a request that cannot be sent as it is. */
  #failHere(thrown: unknown): Renewed {
    const error =
      thrown instanceof KeyfobError
        ? thrown
        : new KeyfobError(
            'unexpected',
            'The token could not be renewed: something went wrong inside Keyfob.',
            {
              hint: 'Keyfob tries again by itself; look at `keyfob doctor`.',
              cause: thrown,
            },
          );
    const { clock } = this.#ports;
    const count = (this.failure?.count ?? 0) + 1;
    const now = clock.steady();
    const wait = schedule.backoff(count, clock.random(), null);
    this.failure = { count, failing: { kind: 'here', error }, nextTryAt: now + wait, notBefore: now };
    return 'failed';
  }

  /** A person is needed. The token in hand stays until it ends. */
  async end(words: Omit<Refusal, 'at'>): Promise<Renewed> {
    const { record } = this.#keeper;
    if (record === null) {
      return 'superseded';
    }
    const refusal: Refusal = { ...words, at: this.#ports.clock.wall() };
    const next: AccountRecord = { ...record, standing: 'sign_in_needed', refusal };
    this.#keeper.record = next;
    this.failure = null;
    this.#ports.emit({
      type: 'account.sign_in_needed',
      account: this.#keeper.name,
      error: words.error,
      why: whyNoSignIn(refusal),
    });
    // Should it not be kept: after a restart the vendor is asked once more and says the same.
    await this.#keeper.keep(next).catch(() => undefined);
    return 'ended';
  }

  /** A refused refresh token is never sent again, over a restart neither. */
  async dropRefreshToken(): Promise<void> {
    const { record } = this.#keeper;
    if (record?.session != null) {
      const next: AccountRecord = { ...record, session: { ...record.session, refresh_token: null } };
      this.#keeper.record = next;
      await this.#keeper.keep(next).catch(() => undefined);
    }
  }

  /** Notes before the stored password is sent that it was, so that a crash cannot send it again. */
  async #notePassword(tried: boolean): Promise<void> {
    await this.#keeper.keep({ ...this.#keeper.open(), password_tried: tried });
    this.#keeper.record = { ...this.#keeper.open(), password_tried: tried };
  }
}

function notKept(thrown: unknown): KeyfobError {
  return thrown instanceof KeyfobError
    ? thrown
    : new KeyfobError('vault_unavailable', 'The new token could not be kept in the vault.', {
        hint: 'Keyfob keeps trying; look at `keyfob doctor`.',
        cause: thrown,
      });
}

const nothingToSend: Rejected = { kind: 'rejected', status: 0, words: { error: 'token_ended' } };

/** The vendor repeated its token: its life goes on as it was, however much the new answer says is left. */
function sameToken(previous: Session | null, granted: IssuedToken): IssuedToken {
  const { session, mark } = granted;
  const lifetime = previous?.lifetime ?? null;
  if (lifetime === null || session.lifetime === null || session.lifetime > lifetime) {
    return granted;
  }
  const used = lifetime - session.lifetime;
  return {
    session: { ...session, lifetime, obtained_at: session.obtained_at - used },
    mark: mark === null ? null : mark - used,
  };
}
