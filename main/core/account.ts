// One account's token: its state, and everything that changes it.
//
// Invariants:
// - One renewal is under way at most; whoever asks meanwhile joins it.
// - What was granted is in the vault before anyone is served from it; writes reach the vault in the order
//   in which they were decided.
// - `epoch` is the generation: sign-in, sign-out, settings that end tokens and removal raise it, and it is
//   looked at again after every await; a result of an older epoch changes nothing.
// - Only the vendor's own refusal ends a sign-in; a refusal never takes a living token away.
import type { Failing } from './dialects/answer.ts';
import { apiPlacement } from './dialects/api.ts';
import { KeyfobError } from './errors.ts';
import type { Exchange, Granted, Outcome } from './exchange.ts';
import { fieldValues, grantOf } from './fields.ts';
import type { Clock, Vault } from './ports.ts';
import type { GrantProfile, Profile, RenewalStep } from './profile.ts';
import { newRecord, readRecord, type AccountRecord, type Session } from './record.ts';
import { refusalError, unreachableError, whyNoSignIn } from './refusal.ts';
import * as schedule from './schedule.ts';
import type { Party } from './server.ts';
import type { AccountSettings } from './settings.ts';
import { signInDirectly } from './direct-sign-in.ts';
import type { AccountState, KeyfobEvent, TokenAnswer } from './views.ts';

/** Why the last renewal brought nothing, and when the next is due. */
interface Failure {
  readonly count: number;
  readonly failing: Failing | { readonly kind: 'vault'; readonly error: KeyfobError };
  /** Ms by the steady clock. */
  readonly nextTryAt: number;
  /** The vendor asked to wait until then (steady ms); callers do not try before. */
  readonly notBefore: number;
}

/** What a renewal came to. */
type Renewed = 'renewed' | 'superseded' | 'failed' | 'ended';

/** An answer without a reason counts as a refusal when it comes again this much later. Ms. */
const unclearSettles = 10 * schedule.seconds;
/** A caller's request does not try again when the last try is younger. Ms. */
const callerPause = 1 * schedule.seconds;

export interface AccountPorts {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly emit: (event: KeyfobEvent) => void;
  /** Something that the one timer waits for may have changed. */
  readonly reschedule: () => void;
}

export class Account {
  readonly name: string;
  settings: AccountSettings;
  profile: Profile;
  /** Null while the vault is locked or could not be read. */
  record: AccountRecord | null = null;
  /** The id of the flow that waits for a person. */
  signingIn: string | null = null;

  readonly #ports: AccountPorts;
  #epoch = 0;
  #mark: schedule.SteadyMark = null;
  #flight: Promise<Renewed> | null = null;
  #failure: Failure | null = null;
  #unclearSince: number | null = null;
  #lastTryAt: number | null = null;
  #unchanged = false;
  #refusedEarly = false;
  #rejected: string | null = null;
  #warned = false;
  #jitter: number;
  /** Granted, but the vault did not take it: it is kept again before the vendor is asked for more. */
  #unsaved: Granted | null = null;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(name: string, settings: AccountSettings, profile: Profile, ports: AccountPorts) {
    this.name = name;
    this.settings = settings;
    this.profile = profile;
    this.#ports = ports;
    this.#jitter = ports.clock.random();
  }

  // ---- reading ----

  get grant(): GrantProfile {
    return grantOf(this.profile, this.settings.grant);
  }

  get epoch(): number {
    return this.#epoch;
  }

  party(): Party {
    return {
      profile: this.profile,
      values: fieldValues(this.profile, this.settings.fields),
      secrets: this.record?.secrets ?? {},
    };
  }

  #now(): schedule.Now {
    return { wall: this.#ports.clock.wall(), steady: this.#ports.clock.steady() };
  }

  /** Ms of life left; 0 when there is no token; null when its end is not known. */
  left(): number | null {
    const session = this.record?.session ?? null;
    return session === null ? 0 : schedule.remaining(session, this.#now(), this.#mark);
  }

  #alive(): boolean {
    return this.left() !== 0;
  }

  state(): AccountState {
    if (this.record === null) {
      return 'locked';
    }
    if (this.signingIn !== null) {
      return 'signing_in';
    }
    if (this.#flight !== null) {
      return 'refreshing';
    }
    if (this.record.standing !== 'signed_in') {
      return this.record.standing;
    }
    if (!this.#alive() && !this.#canRenew()) {
      return 'sign_in_needed';
    }
    return this.#failure === null ? 'live' : 'retrying';
  }

  /** In words, what a person should know; null when all is well. */
  notice(): string | null {
    const state = this.state();
    if (this.record === null) {
      return 'Locked: run `keyfob unlock`.';
    }
    if (state === 'sign_in_needed') {
      const alive = this.#alive() ? ' The token in hand is served until it ends.' : '';
      return whyNoSignIn(this.record.refusal) + alive;
    }
    if (this.#failure !== null && state === 'retrying') {
      const { failing } = this.#failure;
      return failing.kind === 'vault'
        ? failing.error.message
        : failing.kind === 'refused'
          ? `The vendor refused (${failing.words.error}).`
          : failing.message;
    }
    if (state === 'live' && !this.#canRenew()) {
      return 'This token cannot be renewed without you: sign in again when it ends.';
    }
    return null;
  }

  /** Ms until the timer has something to do here; null: nothing. */
  dueIn(): number | null {
    const { record } = this;
    if (record?.standing !== 'signed_in' || this.#flight !== null) {
      return null;
    }
    if (this.#failure !== null) {
      return Math.max(0, this.#failure.nextTryAt - this.#ports.clock.steady());
    }
    if (record.session === null) {
      return this.#canRenew() ? 0 : null;
    }
    const left = this.left();
    if (!this.#canRenew()) {
      return left === null || this.#warned ? left : Math.max(0, left - schedule.warnBefore(record.session));
    }
    const renewal = {
      when: this.#refusedEarly ? ('at_end' as const) : this.profile.refresh_when,
      jitter: this.#jitter,
      unchanged: this.#unchanged,
    };
    return schedule.renewIn(record.session, renewal, this.#now(), this.#mark);
  }

  /** Unix seconds of the next renewal by itself, or null. */
  nextRefreshAt(): number | null {
    const due = this.#canRenew() ? this.dueIn() : null;
    return due === null ? null : Math.ceil((this.#ports.clock.wall() + due) / 1000);
  }

  #canRenew(): boolean {
    return this.#steps().length > 0;
  }

  /** Ways to a new token that are open now. */
  #steps(): RenewalStep[] {
    const { record } = this;
    if (record === null || record.standing === 'signed_out') {
      return [];
    }
    return this.grant.renewal.filter((step) => {
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

  // ---- the vault ----

  /** Reads the record. A missing one counts as signed out without secrets. */
  async load(): Promise<void> {
    const text = await this.#ports.vault.read(this.name);
    this.record = text === null ? newRecord({}) : readRecord(this.name, text);
    this.#mark = null;
  }

  /** Forgets what is in memory, once a renewal under way has reached the vault. */
  async unload(): Promise<void> {
    await this.#flight;
    await this.#writes;
    this.record = null;
    this.#resetTries();
  }

  /** Decides on a new record and keeps it; throws what the vault throws. */
  async #keep(next: AccountRecord): Promise<void> {
    const write = this.#writes.then(() => this.#ports.vault.write(this.name, JSON.stringify(next)));
    this.#writes = write.catch(() => undefined);
    await write;
  }

  #resetTries(): void {
    this.#failure = null;
    this.#unclearSince = null;
    this.#unchanged = false;
    this.#refusedEarly = false;
    this.#rejected = null;
    this.#warned = false;
    this.#unsaved = null;
    this.#jitter = this.#ports.clock.random();
  }

  // ---- sign-in, sign-out, settings ----

  /** Takes what a sign-in brought, unless something newer happened since `epoch`. False: superseded. */
  async signedIn(granted: Granted, epoch: number): Promise<boolean> {
    if (this.record === null || epoch !== this.#epoch) {
      return false;
    }
    this.#epoch += 1;
    const mine = this.#epoch;
    const next: AccountRecord = {
      ...this.record,
      session: granted.session,
      standing: 'signed_in',
      refusal: null,
      password_tried: false,
    };
    await this.#keep(next);
    if (mine !== this.#epoch) {
      return false;
    }
    this.record = next;
    this.#mark = granted.mark;
    this.#resetTries();
    this.#lastTryAt = this.#ports.clock.steady();
    this.#ports.reschedule();
    this.#ports.emit({ type: 'account.signed_in', account: this.name });
    return true;
  }

  /** Forgets the tokens; nothing is minted until a new sign-in. */
  async signOut(): Promise<void> {
    const record = this.#open();
    this.#epoch += 1;
    const next: AccountRecord = {
      ...record,
      session: null,
      standing: 'signed_out',
      refusal: null,
      password_tried: false,
    };
    this.record = next;
    this.#resetTries();
    await this.#keep(next);
    this.#ports.reschedule();
    this.#ports.emit({ type: 'account.signed_out', account: this.name });
  }

  /**
   * Takes changed settings and secrets. `end`: the tokens do not hold any more; `remint`: they are asked for
   * anew without a person.
   */
  async change(
    settings: AccountSettings,
    secrets: Readonly<Record<string, string>>,
    effect: 'keep' | 'remint' | 'end',
  ): Promise<void> {
    const record = this.#open();
    const changedPassword = secrets['password'] !== record.secrets['password'];
    let next: AccountRecord = {
      ...record,
      secrets: { ...secrets },
      password_tried: record.password_tried && !changedPassword,
    };
    if (effect !== 'keep') {
      this.#epoch += 1;
      next = { ...next, session: null, refusal: null };
      if (effect === 'end' || record.standing === 'signed_out') {
        next.standing = 'signed_out';
      } else {
        next.standing = 'signed_in';
      }
    }
    this.settings = settings;
    this.record = next;
    if (effect !== 'keep') {
      this.#resetTries();
    } else if (record.standing === 'sign_in_needed' && this.#canRenew()) {
      // What was refused may be granted with the new values: the sign-in is given another try.
      next = { ...next, standing: 'signed_in', refusal: null };
      this.record = next;
      this.#resetTries();
    }
    await this.#keep(next);
    this.#ports.reschedule();
  }

  /** Forgets everything in the vault. */
  async remove(): Promise<void> {
    this.#epoch += 1;
    this.record = null;
    const deletion = this.#writes.then(() => this.#ports.vault.delete(this.name));
    this.#writes = deletion.catch(() => undefined);
    await deletion;
  }

  /** Keeps the first record of a new account. */
  async create(secrets: Readonly<Record<string, string>>): Promise<void> {
    const record = newRecord(secrets);
    await this.#keep(record);
    this.record = record;
  }

  #open(): AccountRecord {
    if (this.record === null) {
      throw lockedError();
    }
    return this.record;
  }

  // ---- renewal ----

  /** Lets a renewal under way end; never throws. */
  async settled(): Promise<void> {
    await this.#flight;
    await this.#writes;
  }

  /** The timer's call: does what is due. */
  async runDue(): Promise<void> {
    const { record } = this;
    if (record?.standing !== 'signed_in') {
      return;
    }
    if (this.#canRenew() || this.#unsaved !== null) {
      await this.#renew();
      return;
    }
    const { session } = record;
    if (session === null || this.left() === 0) {
      await this.#end({ error: 'token_ended', at: this.#ports.clock.wall() });
      return;
    }
    if (!this.#warned) {
      this.#warned = true;
      const end = schedule.endOf(session);
      if (end !== null) {
        this.#ports.emit({
          type: 'account.ending_soon',
          account: this.name,
          expires_at: Math.floor(end / 1000),
        });
      }
      this.#ports.reschedule();
    }
  }

  /** The network changed or the machine woke: a failed renewal is tried again now, unless the vendor asked to wait. */
  wake(): void {
    const failure = this.#failure;
    if (failure !== null) {
      this.#failure = { ...failure, nextTryAt: Math.max(failure.notBefore, this.#ports.clock.steady()) };
    }
  }

  #renew(): Promise<Renewed> {
    this.#flight ??= this.#runRenewal().finally(() => {
      this.#flight = null;
      this.#ports.reschedule();
    });
    return this.#flight;
  }

  async #runRenewal(): Promise<Renewed> {
    // Everything below may await: a tick first, so that `#flight` is set before any of it runs.
    await Promise.resolve();
    const epoch = this.#epoch;
    this.#lastTryAt = this.#ports.clock.steady();
    if (this.#unsaved !== null) {
      return this.#take(this.#unsaved, epoch);
    }
    let refused: Extract<Failing, { kind: 'refused' }> | null = null;
    const steps = this.#steps();
    for (const [index, step] of steps.entries()) {
      const outcome = await this.#tryStep(step);
      if (epoch !== this.#epoch) {
        return 'superseded';
      }
      if (outcome.ok) {
        return this.#take(await this.#orLater(outcome.value), epoch);
      }
      const failing = this.#settle(outcome.failing, step);
      if (failing.kind !== 'refused') {
        if (step === 'stored_password') {
          await this.#notePassword(false);
        }
        return this.#fail(failing);
      }
      refused = failing;
      if (step === 'refresh_token') {
        const last = index === steps.length - 1;
        if (last && this.profile.refresh_when === 'at_end' && this.#alive()) {
          // This vendor renews at the end only: what it refuses before says nothing about then.
          this.#refusedEarly = true;
          return this.#fail(failing, this.left() ?? 0);
        }
        if (failing.words.error === 'invalid_grant' && !(await this.#dropRefreshToken(epoch))) {
          return 'superseded';
        }
      }
    }
    const words = refused?.words ?? { error: 'token_ended' };
    return this.#end({ ...words, at: this.#ports.clock.wall() });
  }

  async #tryStep(step: RenewalStep): Promise<Outcome<Granted>> {
    const { exchange } = this.#ports;
    const party = this.party();
    const session = this.record?.session ?? null;
    switch (step) {
      case 'refresh_token':
        return session === null ? { ok: false, failing: nothingToSend } : exchange.refresh(party, session);
      case 'client_credentials':
        return signInDirectly(exchange, 'client_credentials', party);
      case 'stored_password':
        await this.#notePassword(true);
        return signInDirectly(exchange, this.settings.grant, party);
    }
  }

  /** An answer without a reason is passing, until it comes again; for a password at once (lockouts). */
  #settle(failing: Failing, step: RenewalStep): Failing {
    if (failing.kind !== 'unclear') {
      this.#unclearSince = null;
      return failing;
    }
    const now = this.#ports.clock.steady();
    this.#unclearSince ??= now;
    return step === 'stored_password' || now - this.#unclearSince >= unclearSettles
      ? { kind: 'refused', status: failing.status, words: { error: `http_${String(failing.status)}` } }
      : failing;
  }

  /** The vendor gave the very same token in its last moments: what comes after is waited for, once. */
  async #orLater(granted: Granted): Promise<Granted> {
    const { session } = granted;
    const previous = this.record?.session;
    if (
      session.access_token !== previous?.access_token ||
      session.lifetime === null ||
      previous.lifetime === 0
    ) {
      return granted;
    }
    const left = schedule.remaining(session, this.#now(), granted.mark) ?? 0;
    if (left > 2 * schedule.seconds || this.left() !== 0) {
      return granted;
    }
    await new Promise<void>((resolve) => {
      this.#ports.clock.after(left + 250, resolve);
    });
    const again = await this.#tryStep(this.grant.renewal.at(-1) ?? 'client_credentials');
    return again.ok ? again.value : granted;
  }

  /** Keeps what was granted, then serves it. */
  async #take(granted: Granted, epoch: number): Promise<Renewed> {
    const record = this.record;
    if (record === null || epoch !== this.#epoch) {
      return 'superseded';
    }
    const previous = record.session;
    const unchanged = previous?.access_token === granted.session.access_token;
    const { session, mark } = unchanged ? sameToken(previous, granted) : granted;
    const next: AccountRecord = {
      ...record,
      session,
      standing: 'signed_in',
      refusal: null,
      password_tried: false,
    };
    try {
      await this.#keep(next);
    } catch (error) {
      if (epoch !== this.#epoch) {
        return 'superseded';
      }
      this.#unsaved = granted;
      return this.#failVault(error);
    }
    if (epoch !== this.#epoch) {
      return 'superseded';
    }
    // Secrets may have been changed while the vault wrote: they are the newer ones.
    this.record = { ...next, secrets: this.record?.secrets ?? next.secrets };
    const rejected = this.#rejected;
    this.#mark = mark;
    this.#resetTries();
    this.#unchanged = unchanged;
    this.#rejected = unchanged ? rejected : null;
    const end = schedule.endOf(session);
    this.#ports.emit({
      type: 'token.refreshed',
      account: this.name,
      expires_at: end === null ? null : Math.floor(end / 1000),
    });
    return 'renewed';
  }

  #fail(failing: Failing, atLeastMs = 0): Renewed {
    const { clock } = this.#ports;
    const count = (this.#failure?.count ?? 0) + 1;
    const retryAfter = failing.kind === 'passing' ? failing.retryAfterMs : null;
    const wait = Math.max(
      schedule.backoff(count, clock.random(), retryAfter),
      atLeastMs,
      failing.kind === 'unclear' ? unclearSettles : 0,
    );
    const now = clock.steady();
    this.#failure = {
      count,
      failing,
      nextTryAt: now + wait,
      notBefore: retryAfter === null ? now : now + retryAfter,
    };
    this.#ports.emit({
      type: 'token.refresh_failed',
      account: this.name,
      reason: failing.kind === 'refused' ? failing.words.error : failing.message,
      next_try_at: Math.ceil((clock.wall() + wait) / 1000),
    });
    return 'failed';
  }

  #failVault(thrown: unknown): Renewed {
    const error =
      thrown instanceof KeyfobError
        ? thrown
        : new KeyfobError('vault_unavailable', 'The new token could not be kept in the vault.', {
            cause: thrown,
          });
    const { clock } = this.#ports;
    const count = (this.#failure?.count ?? 0) + 1;
    const now = clock.steady();
    const wait = schedule.backoff(count, clock.random(), null);
    this.#failure = { count, failing: { kind: 'vault', error }, nextTryAt: now + wait, notBefore: now };
    return 'failed';
  }

  /** A person is needed. The token in hand stays until it ends. */
  async #end(refusal: NonNullable<AccountRecord['refusal']>): Promise<Renewed> {
    const record = this.record;
    if (record === null) {
      return 'superseded';
    }
    const next: AccountRecord = { ...record, standing: 'sign_in_needed', refusal };
    this.record = next;
    this.#failure = null;
    this.#ports.emit({ type: 'account.sign_in_needed', account: this.name, reason: refusal.error });
    // Not kept: after a restart the vendor is asked once more and says the same.
    await this.#keep(next).catch(() => undefined);
    return 'ended';
  }

  async #dropRefreshToken(epoch: number): Promise<boolean> {
    const record = this.record;
    if (record?.session == null) {
      return false;
    }
    const next: AccountRecord = { ...record, session: { ...record.session, refresh_token: null } };
    this.record = next;
    await this.#keep(next).catch(() => undefined);
    return epoch === this.#epoch;
  }

  /** Notes before the stored password is sent that it was, so that a crash cannot send it again. */
  async #notePassword(tried: boolean): Promise<void> {
    if (this.record !== null) {
      this.record = { ...this.record, password_tried: tried };
      await this.#keep(this.record);
    }
  }

  // ---- what callers ask ----

  /** A token that is valid for at least `minValid` seconds (undefined: a wish), or the reason why not. */
  async token(minValid: number | undefined): Promise<TokenAnswer> {
    const needMs = minValid === undefined ? undefined : minValid * 1000;
    const first = this.#serve(needMs);
    if (first !== null) {
      return first;
    }
    this.#refuseWithoutTry(needMs);
    const renewed = this.#mayTry() ? await this.#renew() : 'failed';
    if (renewed === 'superseded') {
      return this.#serve(needMs) ?? this.#throwStanding();
    }
    const served = this.#serve(needMs) ?? (minValid === undefined ? this.#serveWhatIsLeft() : null);
    return served ?? this.#throwWhy(renewed, minValid);
  }

  /** The token in hand when it will do, or null. */
  #serve(needMs: number | undefined): TokenAnswer | null {
    const record = this.#open();
    const { session } = record;
    if (session === null || record.standing === 'signed_out') {
      return null;
    }
    const left = this.left();
    if (left === null) {
      // The vendor does not say how long its tokens live: nothing can be promised, and all can be wished.
      return needMs === undefined ? this.#answer(session, null) : null;
    }
    if (left > 0 && left >= (needMs ?? schedule.wishedValidity(session))) {
      return this.#answer(session, left);
    }
    // A wish is no reason to ask a vendor that has nothing new before the end.
    const nothingFresher = this.#unchanged || this.profile.refresh_when === 'at_end' || !this.#canRenew();
    return needMs === undefined && left > 0 && nothingFresher ? this.#answer(session, left) : null;
  }

  #serveWhatIsLeft(): TokenAnswer | null {
    const session = this.record?.session ?? null;
    const left = this.left();
    return session !== null && left !== 0 ? this.#answer(session, left) : null;
  }

  #answer(session: Session, left: number | null): TokenAnswer {
    const end = left === null ? null : this.#ports.clock.wall() + left;
    return {
      account: this.name,
      provider: this.settings.provider,
      access_token: session.access_token,
      token_type: session.token_type.toLowerCase() === 'bearer' ? 'Bearer' : session.token_type,
      expires_at: end === null ? null : Math.floor(end / 1000),
      expires_in: left === null ? null : Math.floor(left / 1000),
      scope: session.scope,
      ...apiPlacement(this.profile, this.party().values, session.access_token),
    };
  }

  /** Throws when no try could bring what is asked for. */
  #refuseWithoutTry(needMs: number | undefined): void {
    const record = this.#open();
    if (record.standing === 'signed_out') {
      this.#throwStanding();
    }
    const { session } = record;
    const alive = this.#alive();
    if (needMs !== undefined && session !== null && alive) {
      if (session.lifetime === null || session.lifetime < needMs || this.#unchanged || this.#refusedEarly) {
        throw tooShort(this.profile, session);
      }
    }
    if (record.standing === 'sign_in_needed') {
      if (!(needMs === undefined && alive)) {
        this.#throwStanding();
      }
    } else if (!this.#canRenew() && this.#unsaved === null) {
      this.#throwStanding();
    }
  }

  /** Whether a caller's request tries at once (contract of the endpoint), rather than hear of the last failure. */
  #mayTry(): boolean {
    if (this.record?.standing === 'sign_in_needed') {
      return false;
    }
    if (this.#flight !== null) {
      return true;
    }
    const now = this.#ports.clock.steady();
    if (this.#failure !== null && now < this.#failure.notBefore) {
      return false;
    }
    // A try that brought nothing, or a token of no life, is not repeated within the second.
    const barren = this.#failure !== null || (this.record?.session?.lifetime ?? Infinity) < callerPause;
    return !barren || this.#lastTryAt === null || now - this.#lastTryAt >= callerPause;
  }

  #throwStanding(): never {
    const record = this.#open();
    throw refusalError(this.name, this.profile, record.standing, record.refusal);
  }

  #throwWhy(renewed: Renewed, minValid: number | undefined): never {
    const record = this.#open();
    if (record.standing !== 'signed_in') {
      this.#throwStanding();
    }
    const failure = this.#failure;
    if (renewed === 'renewed' || failure === null) {
      throw tooShort(this.profile, record.session);
    }
    const { failing } = failure;
    if (failing.kind === 'vault') {
      throw failing.error;
    }
    if (failing.kind === 'refused') {
      if (minValid !== undefined && record.session !== null) {
        throw tooShort(this.profile, record.session);
      }
      throw refusalError(this.name, this.profile, 'sign_in_needed', { ...failing.words, at: 0 });
    }
    throw unreachableError(failing, Math.max(0, failure.nextTryAt - this.#ports.clock.steady()));
  }

  /** Renews now; with `rejected` (hex SHA-256) only when that token is still the one in hand, and once. */
  async refresh(rejected: string | undefined): Promise<void> {
    const record = this.#open();
    if (record.standing === 'signed_out') {
      this.#throwStanding();
    }
    if (rejected !== undefined) {
      const current = record.session === null ? null : await sha256(record.session.access_token);
      if (current !== rejected.toLowerCase() || this.#rejected === current) {
        return;
      }
      this.#rejected = current;
    }
    if (!this.#canRenew() && this.#unsaved === null) {
      this.#throwStanding();
    }
    const renewed = await this.#renew();
    if (renewed === 'renewed') {
      return;
    }
    this.#rejected = null;
    if (renewed === 'superseded') {
      throw new KeyfobError('sign_in_cancelled', `${this.name} was changed while it was being refreshed.`, {
        hint: 'Run it again if it is still wanted.',
      });
    }
    this.#throwWhy(renewed, undefined);
  }
}

const nothingToSend: Failing = { kind: 'refused', status: 0, words: { error: 'token_ended' } };

/** The vendor repeated its token: its life goes on as it was, however much the new answer says is left. */
function sameToken(previous: Session, granted: Granted): Granted {
  const { session, mark } = granted;
  if (previous.lifetime === null || session.lifetime === null || session.lifetime > previous.lifetime) {
    return granted;
  }
  const used = previous.lifetime - session.lifetime;
  return {
    session: { ...session, lifetime: previous.lifetime, obtained_at: session.obtained_at - used },
    mark: mark === null ? null : mark - used,
  };
}

function tooShort(profile: Profile, session: Session | null): KeyfobError {
  const lifetime = session?.lifetime ?? null;
  const life =
    lifetime === null
      ? `${profile.name} does not say how long its tokens live`
      : lifetime === 0
        ? `${profile.name} gives tokens that live no time at all`
        : `${profile.name} has no token now that lives that long (its tokens live ${String(Math.round(lifetime / 1000))} s)`;
  return new KeyfobError('lifetime_too_short', `${life}.`, {
    hint: 'Ask for less with min_valid, or leave it out to get what is left.',
  });
}

export function lockedError(): KeyfobError {
  return new KeyfobError('vault_locked', 'Keyfob is locked.', { hint: 'Run `keyfob unlock`.' });
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
