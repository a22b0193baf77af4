// One account: what it is, how it stands and what changes it. What callers get of it stands in serving.ts, how
// it comes to a new token by itself in renewal.ts, its record and generation in record-keeper.ts.
import { message, messageOf, sentence, type Message } from '../api/problems/index.ts';
import type { PlannedChange } from './account-change.ts';
import type { Granted } from '../oauth/exchange.ts';
import { fieldValues, grantOf } from '../oauth/fields.ts';
import type { Vault } from './ports.ts';
import type { Profile } from '../oauth/profile.ts';
import type { OwnScope } from './narrow.ts';
import { RecordKeeper } from './record-keeper.ts';
import { newRecord, type AccountRecord, type Origins } from './record.ts';
import { whyNoSignIn } from './refusal.ts';
import { Renewal, type RenewalPorts } from './renewal.ts';
import * as schedule from './schedule.ts';
import { OriginGate } from './origin-gate.ts';
import { originsAfter, presentOrigins, readOrigin } from './origins.ts';
import type { Party } from '../oauth/server.ts';
import { Serving, type ServedSubject } from './serving.ts';
import type { AccountSettings } from './settings.ts';
import type { AccountState, TokenAnswer, AccountChange } from '../api/accounts.ts';

export interface AccountPorts extends RenewalPorts {
  readonly vault: Vault;
}

/** Ms between two tries to have the vault take a refresh token while Keyfob ends. */
const keepAgain = 500;

/** What changed settings mean for the tokens: kept, asked for anew without a person, or ended. */
export type ChangeEffect = 'keep' | 'remint' | 'end';

export class Account {
  readonly name: string;
  settings: AccountSettings;
  profile: Profile;
  /** The flow that waits for a person, or `direct` while the vendor is asked without one. */
  signingIn: string | null = null;

  /** What is asked before anything secret of this account leaves. */
  readonly gate: OriginGate;
  readonly #ports: AccountPorts;
  readonly #keeper: RecordKeeper;
  readonly #renewal: Renewal;
  readonly #serving: Serving;
  /** The person was told that the token ends soon. */
  #warned = false;

  constructor(name: string, settings: AccountSettings, profile: Profile, ports: AccountPorts) {
    this.name = name;
    this.settings = settings;
    this.profile = profile;
    this.#ports = ports;
    this.#keeper = new RecordKeeper(name, ports.vault, ports.clock);
    this.gate = new OriginGate(this.#keeper, ports.emit, () => this.party());
    const subject = (): ServedSubject => ({
      provider: this.settings.provider,
      profile: this.profile,
      grant: grantOf(this.profile, this.settings.grant),
      grantName: this.settings.grant,
      party: this.party(),
    });
    this.#renewal = new Renewal(this.#keeper, ports, subject);
    this.#serving = new Serving(this.#keeper, this.#renewal, ports, subject);
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
      gate: this.gate,
    };
  }

  /** The origins of its addresses as they are now. */
  #presentOrigins(): Origins {
    const { profile, values } = this.party();
    return presentOrigins(profile, values);
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
    // A vendor that has nothing before the end was asked early: what it said then is no failure of the token.
    if (this.#renewal.failure === null || (this.#renewal.refusedEarly && this.#keeper.alive())) {
      return 'live';
    }
    return 'retrying';
  }

  /** What a person should know; null when all is well. */
  notice(): Message | null {
    const state = this.state();
    if (this.record === null) {
      return message('locked', {}, { type: 'unlock', params: {} });
    }
    if (state === 'sign_in_needed') {
      const alive = this.#keeper.alive() ? ' The token in hand is served until it ends.' : '';
      return sentence(whyNoSignIn(this.record.refusal ?? { error: 'token_ended', at: 0 }) + alive);
    }
    const failing = this.#renewal.failure?.failing;
    if (failing !== undefined && state === 'retrying') {
      switch (failing.kind) {
        case 'here':
          return messageOf(failing.error.problem);
        case 'refused':
          return message('renewal_refused', { error: failing.words.error });
        case 'unclear':
        case 'passing':
          return sentence(failing.message);
      }
    }
    if (failing?.kind === 'refused' && state === 'live') {
      return message('renewal_refused_early', { error: failing.words.error });
    }
    return state === 'live' && !this.#renewal.possible() ? message('not_renewable', {}) : null;
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
    await this.#keeper.load(this.#presentOrigins());
  }

  /** Forgets what is in memory, once a renewal under way has reached the vault. */
  async unload(): Promise<void> {
    await this.settled();
    this.#keeper.record = null;
    this.#serving.forget();
    this.#reset();
  }

  /** Keeps the first record of a new account. `origins`: those it brought from another home. */
  async create(secrets: Readonly<Record<string, string>>, origins: Origins | null): Promise<void> {
    await this.#keeper.create(newRecord(secrets, origins ?? this.#presentOrigins()));
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

  /** Whether a refresh token was sent whose answer is not in the vault yet. */
  get spending(): boolean {
    return this.#renewal.spending || this.#keeper.owed !== null;
  }

  /**
   * Waits for the answer to a refresh token under way and has the vault take what came, again and again until
   * it does or `until` (ms by the steady clock) is past; never rejects.
   */
  async finish(until: number): Promise<void> {
    const { clock } = this.#ports;
    await this.settled();
    for (let owed = this.#keeper.owed; owed !== null && clock.steady() < until; owed = this.#keeper.owed) {
      await this.#keeper.keep(owed).catch(
        () =>
          new Promise<void>((resolve) => {
            clock.after(keepAgain, resolve);
          }),
      );
    }
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
    await this.#keeper.keep(next, 'ours');
    if (mine !== this.epoch) {
      return false;
    }
    this.#keeper.mark = granted.mark;
    await this.#keeper.take(next, record);
    if (mine !== this.epoch) {
      return false;
    }
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
    await this.#keeper.keep(next, 'ours');
    this.#ports.reschedule();
    this.#ports.emit({ type: 'account.signed_out', account: this.name });
  }

  /** The origins that are remembered once a planned change is made. Throws `bad_request` for what is no origin. */
  originsAfter({ settings, secrets, effect }: PlannedChange, change: AccountChange): Origins {
    const record = this.#keeper.open();
    const kept = Object.keys(secrets);
    return originsAfter({
      before: record.origins,
      present: {
        before: this.#presentOrigins(),
        after: presentOrigins(this.profile, fieldValues(this.profile, settings.fields)),
      },
      given: kept.length > 0 && kept.every((field) => (change.secrets[field] ?? '') !== ''),
      nothingKept: kept.length === 0 && (record.session === null || effect === 'end'),
      refused: this.gate.refused,
      allowed: (change.allow_origins ?? []).map(readOrigin),
    });
  }

  /** Takes changed settings and secrets. */
  async change(
    settings: AccountSettings,
    secrets: Readonly<Record<string, string>>,
    effect: ChangeEffect,
    origins: Origins,
  ): Promise<void> {
    const record = this.#keeper.open();
    const changedPassword = secrets['password'] !== record.secrets['password'];
    const next: AccountRecord = {
      ...record,
      secrets: { ...secrets },
      origins,
      password_tried: record.password_tried && !changedPassword,
    };
    const { issuer } = this.#presentOrigins();
    this.settings = settings;
    this.gate.forget(issuer === this.#presentOrigins().issuer ? origins.known : 'all');
    // What failed by an old value is not waited for.
    this.#renewal.wake();
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
    await this.#keeper.keep(next, 'ours');
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
  token(minValid: number | undefined, own?: OwnScope): Promise<TokenAnswer> {
    return this.#serving.token(minValid, own);
  }

  /** Renews now; with `rejected` (hex SHA-256) only when that token is still the one in hand, and once. */
  refresh(rejected: string | undefined): Promise<void> {
    return this.#serving.refresh(rejected);
  }
}
