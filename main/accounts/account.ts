// One account: what it is, and what changes it. How it stands in words is in account-view.ts, what callers get of it
// in serving.ts, how it comes to a new token by itself in renewal.ts, its record in record-keeper.ts.
//
// Invariant: nobody outside sets anything of it; each change is a method here and a transition of its record.
import type { Gap } from './sleep-watch.ts';
import { planChange, type PlannedChange } from './account-change.ts';
import type { Copies } from './copies.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import { lastLifetimeOf } from '../oauth/dialect/lifetime.ts';
import type { Parameter } from '../oauth/dialect/redirect.ts';
import { fieldValues } from '../oauth/fields.ts';
import { keptForTemplates, readKeptValues } from '../oauth/kept-values.ts';
import type { KeyfobError } from '../api/errors.ts';
import { messageOf, type Message } from '../api/problems/index.ts';
import type { Vault, Version } from '../vaults/port.ts';
import type { Profile } from '../oauth/profile.ts';
import { RecordKeeper } from './record-keeper.ts';
import { newRecord, type AccountRecord, type Origins } from './record.ts';
import { Renewal } from './renewal.ts';
import type { RenewalPorts } from './renewal-ports.ts';
import * as schedule from './schedule.ts';
import type { IssuedToken } from '../oauth/response.ts';
import { OriginGate } from './origin-gate.ts';
import { originsAfter, presentOrigins, readOrigin, withKeptOrigins } from './origins.ts';
import { Serving } from './serving.ts';
import { Subject } from './subject.ts';
import type { AccountSettings } from './settings.ts';
import type { FieldValues } from '../oauth/template.ts';
import type { Session } from '../oauth/token.ts';
import { withRegistered } from './registered.ts';
import * as transitions from './transitions.ts';
import type { AccountChange } from '../api/accounts.ts';

export interface AccountPorts extends RenewalPorts {
  readonly vault: Vault;
  readonly copies: Copies;
}

/** Ms between two tries to have the vault take a refresh token while Keyfob ends. */
const keepAgain = 500;

/** Ms for which a lock or a revocation waits for a renewal under way. */
export const patience = 25 * schedule.seconds;

/** What a change came to. */
export interface Changed {
  readonly plan: PlannedChange;
  /** There was a token that the plan's notes are about. */
  readonly hadToken: boolean;
  /** Origins that secrets may go to from now on, and could not before. */
  readonly agreed: readonly string[];
}

export class Account {
  readonly name: string;
  /** What is asked before anything secret of this account leaves. */
  readonly gate: OriginGate;
  readonly renewal: Renewal;
  readonly #ports: AccountPorts;
  readonly #keeper: RecordKeeper;
  /** What callers get of it. */
  readonly serving: Serving;
  #profile: Profile;
  /** The settings while there is no record: those of config.json, or of the record before the lock. */
  #listed: AccountSettings;
  #signingIn: string | null = null;
  /** The person was told that the token ends soon. */
  #warned = false;

  constructor(name: string, settings: AccountSettings, profile: Profile, ports: AccountPorts) {
    this.name = name;
    this.#listed = settings;
    this.#profile = profile;
    this.#ports = ports;
    this.#keeper = new RecordKeeper(name, ports);
    this.gate = new OriginGate(this.#keeper, ports.emit, this);
    this.renewal = new Renewal(this.#keeper, ports, this);
    this.serving = new Serving(this.#keeper, this.renewal, ports, this);
  }

  /** Null while the vault is locked or could not be read. */
  get record(): AccountRecord | null {
    return this.#keeper.record;
  }

  get settings(): AccountSettings {
    return this.#keeper.record?.settings ?? this.#listed;
  }

  get profile(): Profile {
    return this.#profile;
  }

  /** The token in hand, or null. */
  get session(): Session | null {
    return this.#keeper.session;
  }

  /** Which epoch of the account counts; see record.ts. */
  get epoch(): number {
    return this.#keeper.epoch;
  }

  /** The flow that waits for a person, `direct` while the vendor is asked without one, or null. */
  get signingIn(): string | null {
    return this.#signingIn;
  }

  clientContext(): ClientContext {
    const context = {
      profile: this.#profile,
      values: this.#valuesOf(this.settings),
      secrets: this.record?.secrets ?? {},
      gate: this.gate,
      lastLifetime: lastLifetimeOf(this.session, this.#profile),
      proofKey: this.session?.proof_key ?? null,
    };
    return withRegistered(context, this.record);
  }

  /** Values of its fields, and those of the vendor's that its profile keeps. */
  #valuesOf(settings: AccountSettings, kept = this.session?.kept): FieldValues {
    const profile = this.#profile;
    return { ...fieldValues(profile, settings.fields), ...keptForTemplates(profile.kept_values, kept) };
  }

  /** What is served and renewed, as it is now. */
  subject(): Subject {
    return new Subject(this);
  }

  /** Ms of life left; 0 when there is no token; null when its end is not known. */
  left(): number | null {
    return this.#keeper.left();
  }

  /** Unix ms of its end, by the wall clock of now; null when there is no token, or it is not known. */
  get end(): number | null {
    return this.#keeper.end();
  }

  /** Ms until the timer has something to do here; null: nothing. */
  dueIn(): number | null {
    if (this.record?.state.status !== 'signed_in') {
      return null;
    }
    const { session } = this;
    if (this.renewal.possible() || session === null) {
      return this.renewal.dueIn();
    }
    // Nothing can renew this token: its person is told ahead of the end, and at the end.
    const left = this.left();
    return left === null || this.#warned ? left : Math.max(0, left - schedule.warnBefore(session));
  }

  /** Unix seconds of the next renewal by itself, or null. */
  nextRefreshAt(): number | null {
    const due = this.record?.state.status === 'signed_in' ? this.renewal.dueIn() : null;
    return due === null ? null : Math.ceil((this.#ports.clock.unixMs() + due) / 1000);
  }

  // ---- the vault ----

  /** Takes what was read from the vault; see RecordKeeper. */
  open(record: AccountRecord, version: Version): void {
    this.#keeper.open(record, version);
  }

  /** Its record was read: the timer looks when it is due. */
  scheduled(): void {
    this.#ports.reschedule(this.name);
  }

  /** Its entry in the vault could not be read. */
  notRead(why: KeyfobError): void {
    this.#keeper.notRead(why);
  }

  /** Why there is no record, where it is not for a lock; else null. */
  get whyNoRecord(): Message | null {
    return this.#keeper.why === null ? null : messageOf(this.#keeper.why.problem);
  }

  /** Whether its entry in the vault was read, or why it cannot be is known. */
  get isRead(): boolean {
    return this.record !== null || this.#keeper.why !== null;
  }

  /**
   * Forgets what is in memory, once a renewal under way has reached the vault; one that takes longer than `patience`
   * is kept at the next unlock. What came of a refresh token and the vault does not take is held until it does: the
   * vendor takes no older one any more.
   */
  async unload(): Promise<void> {
    await this.settled(patience);
    if (!this.renewal.underWay) await this.renewal.keepOwed().catch(() => undefined);
    this.#listed = this.settings;
    this.renewal.holdOwed();
    await this.#keeper.close();
    this.serving.forget();
    this.#warned = false;
  }

  /** Keeps the first record of a new account. `origins`: those it brought from another home. */
  async create(secrets: Readonly<Record<string, string>>, origins: Origins | null): Promise<void> {
    await this.#keeper.create(newRecord(this.settings, secrets, origins ?? this.presentOrigins()));
  }

  /** Keeps the record as it is, where the vault has it in an older format. Throws what the vault throws. */
  async keepAgain(): Promise<void> {
    await this.#keeper.update((record) => record);
  }

  /** Forgets everything in the vault; `gone` is called once it is. */
  async remove(gone: () => void): Promise<void> {
    await this.#ports.copies.remove(this.name, async () => {
      await this.#keeper.delete();
      gone();
    });
  }

  /** Forgets in the vault what a failing `create` may have left there. */
  async undoCreate(): Promise<void> {
    await this.#keeper.delete();
  }

  /** Lets a renewal under way end, for `ms` at most; never rejects. */
  async settled(ms?: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = ms === undefined ? () => undefined : this.#ports.clock.after(ms, late.resolve);
    await Promise.race([this.renewal.settled(), late.promise]);
    cancel();
    await this.#keeper.settled();
  }

  /**
   * Waits for the answer to a refresh token under way and has the vault take what came, again and again until
   * it does or `until` (ms by the steady clock) is past; never rejects.
   */
  async finish(until: number): Promise<void> {
    const { clock } = this.#ports;
    await this.settled();
    while (this.renewal.isSpending && clock.steady() < until) {
      await this.renewal.keepOwed().catch(
        () =>
          new Promise<void>((resolve) => {
            clock.after(keepAgain, resolve);
          }),
      );
    }
  }

  #reset(): void {
    this.renewal.reset();
    this.#warned = false;
  }

  // ---- sign-in, sign-out, settings ----

  /** A flow begins; it is the one that counts. */
  beginSignIn(flow: string): void {
    this.#signingIn = flow;
  }

  /** A flow has ended; another one goes on. */
  endSignIn(flow: string): void {
    if (this.#signingIn === flow) this.#signingIn = null;
  }

  /** Takes what a sign-in brought, unless something newer happened since `epoch`. False: superseded. */
  async signedIn({ session, mark }: IssuedToken, epoch: number): Promise<boolean> {
    if (this.record === null) return false;
    const origins = this.#originsNamedBy(session.kept);
    const record = await this.#keeper.update(transitions.signedIn(session, epoch, origins), { mark });
    if (record === null) return false;
    this.#reset();
    this.#ports.reschedule(this.name);
    this.#ports.emit({ type: 'account.signed_in', account: this.name });
    return true;
  }

  /** Its registered client becomes another one, or none. False: superseded. */
  async changeClient(transition: transitions.Transition): Promise<boolean> {
    return (await this.#keeper.update(transition)) !== null;
  }

  /** What came on the redirect of a sign-in that was begun in `epoch` may name where its code goes. */
  async redirected(parameters: ReadonlyMap<string, Parameter>, epoch: number): Promise<void> {
    const rules = this.#profile.kept_values;
    if (rules === undefined) return;
    const kept = readKeptValues(rules, { answer: {}, redirect: parameters });
    await this.#keeper.update(transitions.originsNamed(epoch, this.#originsNamedBy(kept)));
  }

  #originsNamedBy(kept: Session['kept']): (origins: Origins) => Origins {
    const values = this.#valuesOf(this.settings, kept);
    return (origins) => withKeptOrigins(origins, this.#profile, values);
  }

  /** Forgets the tokens; nothing is minted until a new sign-in. */
  async signOut(): Promise<void> {
    await this.#keeper.update(transitions.signedOut);
    this.#reset();
    this.#ports.reschedule(this.name);
    this.#ports.emit({ type: 'account.signed_out', account: this.name });
  }

  /** Takes another profile of its provider. */
  useProfile(profile: Profile): void {
    this.#profile = profile;
    // What failed by the old profile is not waited for.
    this.renewal.attempts.wake();
  }

  /**
   * Takes changed settings, secrets and origins, whole or not at all. Throws `bad_request` as planChange and
   * readOrigin do, and what the vault throws.
   */
  async change(change: AccountChange): Promise<Changed> {
    const issuerBefore = this.presentOrigins().issuer;
    // Planned anew where the record was changed elsewhere meanwhile: the last plan is the one that was made.
    const plans: { before: AccountRecord; plan: PlannedChange; origins: Origins }[] = [];
    await this.#keeper.update((before) => {
      const plan = planChange(this.#profile, before.settings, before.secrets, change);
      const origins = this.#originsAfter(before, plan, change);
      plans.push({ before, plan, origins });
      return transitions.changed(before, plan, origins, this.#profile);
    });
    const made = plans.at(-1);
    if (made === undefined) throw new TypeError('a change is planned before it is made');
    const { before, plan, origins } = made;
    this.gate.forget(issuerBefore === this.presentOrigins().issuer ? origins.known : 'all');
    // What failed by an old value is not waited for.
    this.renewal.attempts.wake();
    if (plan.effect !== 'keep' || before.state.status !== this.record?.state.status) this.#reset();
    this.#ports.reschedule(this.name);
    return {
      plan,
      hadToken: before.state.status !== 'signed_out' && before.state.session !== null,
      agreed: origins.known.filter((origin) => !before.origins.known.includes(origin)),
    };
  }

  /** The origins of its addresses as they are now, or with other settings. */
  presentOrigins(settings: AccountSettings = this.settings): Origins {
    return presentOrigins(this.#profile, this.#valuesOf(settings));
  }

  /** The origins that are remembered once a planned change is made. */
  #originsAfter(
    record: AccountRecord,
    { settings, secrets, effect }: PlannedChange,
    change: AccountChange,
  ): Origins {
    const kept = Object.keys(secrets);
    const hasToken = record.state.status !== 'signed_out' && record.state.session !== null;
    return originsAfter({
      before: record.origins,
      present: { before: this.presentOrigins(record.settings), after: this.presentOrigins(settings) },
      given: kept.length > 0 && kept.every((field) => (change.secrets[field] ?? '') !== ''),
      nothingKept: kept.length === 0 && (!hasToken || effect === 'end'),
      refused: this.gate.refused,
      allowed: (change.allow_origins ?? []).map(readOrigin),
    });
  }

  /** The timer's call: does what is due. */
  async runDue(): Promise<void> {
    if (this.record?.state.status !== 'signed_in') {
      return;
    }
    if (this.renewal.possible()) {
      await this.renewal.run('scheduled');
      return;
    }
    const { end } = this;
    if (this.left() === 0) {
      await this.renewal.end({ error: 'token_ended' });
    } else if (!this.#warned && end !== null) {
      this.#warned = true;
      this.#ports.emit({
        type: 'account.ending_soon',
        account: this.name,
        expires_at: Math.floor(end / 1000),
      });
      this.#ports.reschedule(this.name);
    }
  }

  /** The network changed or the machine woke. */
  wake(): void {
    this.renewal.attempts.wake();
  }

  /** The machine slept, or its wall clock was set ahead. */
  slept(gap: Gap): void {
    this.renewal.attempts.slept(gap);
  }
}
