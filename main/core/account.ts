// One account: what it is, how it stands, what changes it and what callers get of it. How it comes to a new
// token by itself stands in renewal.ts, its record and generation in record-keeper.ts.
import type { Failing } from './dialects/answer.ts';
import { apiPlacement } from './dialects/api.ts';
import { KeyfobError } from './errors.ts';
import type { Granted } from './exchange.ts';
import { fieldValues, grantOf } from './fields.ts';
import type { Vault } from './ports.ts';
import type { Profile } from './profile.ts';
import { NarrowTokens, type OwnScope } from './narrow.ts';
import { RecordKeeper } from './record-keeper.ts';
import { newRecord, type AccountRecord, type Session } from './record.ts';
import { refusalError, unreachableError, whyNoSignIn } from './refusal.ts';
import { Renewal, type Renewed, type RenewalPorts, type RenewalSubject } from './renewal.ts';
import * as schedule from './schedule.ts';
import type { Party } from './server.ts';
import type { AccountSettings } from './settings.ts';
import type { AccountState, TokenAnswer } from './views.ts';

export interface AccountPorts extends RenewalPorts {
  readonly vault: Vault;
}

/** Ms after which a caller is told that the vendor has not answered. */
const callerLimit = 28 * schedule.seconds;
const notYet: Exclude<Failing, { kind: 'refused' }> = {
  kind: 'passing',
  status: null,
  message: 'The vendor has not answered in time.',
  retryAfterMs: null,
};

const repeated: typeof notYet = { ...notYet, message: 'The vendor gives a token that has ended.' };

/** What changed settings mean for the tokens: kept, asked for anew without a person, or ended. */
export type ChangeEffect = 'keep' | 'remint' | 'end';

export class Account {
  readonly name: string;
  settings: AccountSettings;
  profile: Profile;
  /** The flow that waits for a person, or `direct` while the vendor is asked without one. */
  signingIn: string | null = null;

  readonly #ports: AccountPorts;
  readonly #keeper: RecordKeeper;
  readonly #renewal: Renewal;
  readonly #narrow: NarrowTokens;
  /** The person was told that the token ends soon. */
  #warned = false;

  constructor(name: string, settings: AccountSettings, profile: Profile, ports: AccountPorts) {
    this.name = name;
    this.settings = settings;
    this.profile = profile;
    this.#ports = ports;
    this.#keeper = new RecordKeeper(name, ports.vault, ports.clock);
    const subject = (): RenewalSubject => ({
      profile: this.profile,
      grant: grantOf(this.profile, this.settings.grant),
      grantName: this.settings.grant,
      party: this.party(),
    });
    this.#renewal = new Renewal(this.#keeper, ports, subject);
    this.#narrow = new NarrowTokens(this.#keeper, this.#renewal, ports.exchange, subject);
  }

  // ---- reading ----

  /** Null while the vault is locked or could not be read. */
  get record(): AccountRecord | null {
    return this.#keeper.record;
  }

  get epoch(): number {
    return this.#keeper.epoch;
  }

  party(): Party {
    return {
      profile: this.profile,
      values: fieldValues(this.profile, this.settings.fields),
      secrets: this.record?.secrets ?? {},
    };
  }

  /** Ms of life left; 0 when there is no token; null when its end is not known. */
  left(): number | null {
    return this.#keeper.left();
  }

  state(): AccountState {
    if (this.record === null) {
      return 'locked';
    }
    if (this.signingIn !== null) {
      return 'signing_in';
    }
    if (this.#renewal.underWay) {
      return 'refreshing';
    }
    if (this.record.standing !== 'signed_in') {
      return this.record.standing;
    }
    if (!this.#keeper.alive() && !this.#renewal.possible()) {
      return 'sign_in_needed';
    }
    return this.#renewal.failure === null ? 'live' : 'retrying';
  }

  /** In words, what a person should know; null when all is well. */
  notice(): string | null {
    const state = this.state();
    if (this.record === null) {
      return 'Locked: run `keyfob unlock`.';
    }
    if (state === 'sign_in_needed') {
      const alive = this.#keeper.alive() ? ' The token in hand is served until it ends.' : '';
      return whyNoSignIn(this.record.refusal ?? { error: 'token_ended', at: 0 }) + alive;
    }
    const failing = this.#renewal.failure?.failing;
    if (failing !== undefined && state === 'retrying') {
      switch (failing.kind) {
        case 'here':
          return failing.error.message;
        case 'refused':
          return `The vendor refused (${failing.words.error}).`;
        case 'unclear':
        case 'passing':
          return failing.message;
      }
    }
    return state === 'live' && !this.#renewal.possible()
      ? 'This token cannot be renewed without you: sign in again when it ends.'
      : null;
  }

  /** Ms until the timer has something to do here; null: nothing. */
  dueIn(): number | null {
    const { record } = this;
    if (record?.standing !== 'signed_in') {
      return null;
    }
    if (this.#renewal.possible() || record.session === null) {
      return this.#renewal.dueIn();
    }
    // Nothing can renew this token: its person is told ahead of the end, and at the end.
    const left = this.left();
    return left === null || this.#warned ? left : Math.max(0, left - schedule.warnBefore(record.session));
  }

  /** Unix seconds of the next renewal by itself, or null. */
  nextRefreshAt(): number | null {
    const due = this.record?.standing === 'signed_in' ? this.#renewal.dueIn() : null;
    return due === null ? null : Math.ceil((this.#ports.clock.wall() + due) / 1000);
  }

  // ---- the vault ----

  /** Reads the record from the vault. */
  async load(): Promise<void> {
    await this.#keeper.load();
  }

  /** Forgets what is in memory, once a renewal under way has reached the vault. */
  async unload(): Promise<void> {
    await this.settled();
    this.#keeper.record = null;
    this.#reset();
  }

  /** Keeps the first record of a new account. */
  async create(secrets: Readonly<Record<string, string>>): Promise<void> {
    const record = newRecord(secrets);
    await this.#keeper.keep(record);
    this.#keeper.record = record;
  }

  /** Forgets everything in the vault. */
  async remove(): Promise<void> {
    await this.#keeper.delete();
  }

  /** Lets a renewal under way end; never rejects. */
  async settled(): Promise<void> {
    await this.#renewal.settled();
    await this.#keeper.settled();
  }

  #reset(): void {
    this.#renewal.reset();
    this.#warned = false;
  }

  // ---- sign-in, sign-out, settings ----

  /** Takes what a sign-in brought, unless something newer happened since `epoch`. False: superseded. */
  async signedIn(granted: Granted, epoch: number): Promise<boolean> {
    const { record } = this;
    if (record === null || epoch !== this.epoch) {
      return false;
    }
    this.#keeper.epoch += 1;
    const mine = this.epoch;
    const next: AccountRecord = {
      ...record,
      session: granted.session,
      standing: 'signed_in',
      refusal: null,
      password_tried: false,
    };
    await this.#keeper.keep(next);
    if (mine !== this.epoch) {
      return false;
    }
    this.#keeper.record = { ...next, secrets: this.record?.secrets ?? next.secrets };
    this.#keeper.mark = granted.mark;
    this.#reset();
    this.#ports.reschedule();
    this.#ports.emit({ type: 'account.signed_in', account: this.name });
    return true;
  }

  /** Forgets the tokens; nothing is minted until a new sign-in. */
  async signOut(): Promise<void> {
    const record = this.#keeper.open();
    this.#keeper.epoch += 1;
    const next: AccountRecord = {
      ...record,
      session: null,
      standing: 'signed_out',
      refusal: null,
      password_tried: false,
    };
    this.#keeper.record = next;
    this.#reset();
    await this.#keeper.keep(next);
    this.#ports.reschedule();
    this.#ports.emit({ type: 'account.signed_out', account: this.name });
  }

  /** Takes changed settings and secrets. */
  async change(
    settings: AccountSettings,
    secrets: Readonly<Record<string, string>>,
    effect: ChangeEffect,
  ): Promise<void> {
    const record = this.#keeper.open();
    const changedPassword = secrets['password'] !== record.secrets['password'];
    const next: AccountRecord = {
      ...record,
      secrets: { ...secrets },
      password_tried: record.password_tried && !changedPassword,
    };
    this.settings = settings;
    if (effect !== 'keep') {
      this.#keeper.epoch += 1;
      next.session = null;
      next.refusal = null;
      next.standing = effect === 'end' || record.standing === 'signed_out' ? 'signed_out' : 'signed_in';
      this.#reset();
    }
    this.#keeper.record = next;
    if (next.standing === 'sign_in_needed' && this.#renewal.possible()) {
      // What was refused may be granted with the new values: the sign-in is given another try.
      next.standing = 'signed_in';
      next.refusal = null;
      this.#reset();
    }
    await this.#keeper.keep(next);
    this.#ports.reschedule();
  }

  // ---- what the timer and callers ask ----

  /** The timer's call: does what is due. */
  async runDue(): Promise<void> {
    const { record } = this;
    if (record?.standing !== 'signed_in') {
      return;
    }
    if (this.#renewal.possible()) {
      await this.#renewal.run();
      return;
    }
    const end = record.session === null ? null : schedule.endOf(record.session);
    if (this.left() === 0) {
      await this.#renewal.end({ error: 'token_ended' });
    } else if (!this.#warned && end !== null) {
      this.#warned = true;
      this.#ports.emit({
        type: 'account.ending_soon',
        account: this.name,
        expires_at: Math.floor(end / 1000),
      });
      this.#ports.reschedule();
    }
  }

  /** The network changed or the machine woke. */
  wake(): void {
    this.#renewal.wake();
  }

  /** A token that is valid for at least `minValid` seconds (undefined: a wish), or the reason why not. */
  async token(
    minValid: number | undefined,
    own: OwnScope = { scope: undefined, audience: undefined },
  ): Promise<TokenAnswer> {
    if (!this.#narrow.isOwn(own)) {
      const { session, mark } = await this.#narrow.token(own, minValid);
      return this.#answer(session, schedule.remaining(session, this.#keeper.now(), mark));
    }
    const needMs = minValid === undefined ? undefined : minValid * 1000;
    const first = this.#serve(needMs);
    if (first !== null) {
      return first;
    }
    this.#refuseWithoutTry(needMs);
    const maySend = this.record?.standing === 'signed_in' && this.#renewal.mayTry();
    const renewed = maySend ? await this.#renewalInTime() : 'failed';
    const served = this.#serve(needMs) ?? (needMs === undefined ? this.#serveWhatIsLeft() : null);
    return served ?? this.#throwWhy(renewed, minValid);
  }

  /** A caller is answered within 30 s, however slowly a vendor refuses one way after the other. */
  #renewalInTime(): Promise<Renewed> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.clock.after(callerLimit, () => {
        reject(unreachableError(notYet, null));
      });
      this.#renewal.run().then(resolve, reject).finally(cancel);
    });
  }

  /** The token in hand when it will do, or null. */
  #serve(needMs: number | undefined): TokenAnswer | null {
    const { session, standing } = this.#keeper.open();
    if (session === null || standing === 'signed_out') {
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
    const nothingFresher =
      this.#renewal.unchanged || this.profile.refresh_when === 'at_end' || !this.#renewal.possible();
    return needMs === undefined && left > 0 && nothingFresher ? this.#answer(session, left) : null;
  }

  #serveWhatIsLeft(): TokenAnswer | null {
    const { session } = this.#keeper;
    return session !== null && this.#keeper.alive() ? this.#answer(session, this.left()) : null;
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
    const { standing, session } = this.#keeper.open();
    if (standing === 'signed_out') {
      this.#throwStanding();
    }
    const alive = this.#keeper.alive();
    if (needMs !== undefined && session !== null && alive) {
      const known = session.lifetime === null || session.lifetime < needMs;
      if (known || this.#renewal.unchanged || this.#renewal.refusedEarly) {
        throw tooShort(this.profile, session);
      }
    }
    const wishOfALivingToken = needMs === undefined && alive;
    if (!wishOfALivingToken && (standing === 'sign_in_needed' || !this.#renewal.possible())) {
      this.#throwStanding();
    }
  }

  #throwStanding(): never {
    const { standing, refusal } = this.#keeper.open();
    throw refusalError(this.name, this.profile, standing, refusal ?? { error: 'token_ended', at: 0 });
  }

  #throwWhy(renewed: Renewed, minValid: number | undefined): never {
    const record = this.#keeper.open();
    if (record.standing !== 'signed_in') {
      this.#throwStanding();
    }
    const { failure } = this.#renewal;
    if (renewed === 'renewed' || failure === null) {
      // Nobody asked for a length of life: the vendor gave no token that lives at all, for the moment.
      throw minValid === undefined && (record.session?.lifetime ?? 0) > 0
        ? unreachableError(repeated, schedule.seconds)
        : tooShort(this.profile, record.session);
    }
    const { failing } = failure;
    switch (failing.kind) {
      case 'here':
        throw failing.error;
      case 'refused':
        throw minValid === undefined
          ? refusalError(this.name, this.profile, 'sign_in_needed', { ...failing.words, at: 0 })
          : tooShort(this.profile, record.session);
      case 'unclear':
      case 'passing':
        throw unreachableError(failing, Math.max(0, failure.nextTryAt - this.#ports.clock.steady()));
    }
  }

  /** Renews now; with `rejected` (hex SHA-256) only when that token is still the one in hand, and once. */
  async refresh(rejected: string | undefined): Promise<void> {
    const { session, standing } = this.#keeper.open();
    if (standing === 'signed_out') {
      this.#throwStanding();
    }
    if (rejected !== undefined) {
      const current = session === null ? null : await sha256(session.access_token);
      if (current !== rejected.toLowerCase() || this.#renewal.rejected === current) {
        return;
      }
      this.#renewal.rejected = current;
    }
    if (!this.#renewal.possible()) {
      this.#throwStanding();
    }
    const renewed = await this.#renewal.run();
    if (renewed === 'renewed') {
      return;
    }
    this.#renewal.rejected = null;
    if (renewed === 'superseded') {
      throw new KeyfobError('sign_in_cancelled', `${this.name} was changed while it was being refreshed.`, {
        hint: 'Run it again if it is still wanted.',
      });
    }
    this.#throwWhy(renewed, undefined);
  }
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

/** Hex SHA-256 of a text. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
