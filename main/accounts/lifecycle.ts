// What concerns all accounts at once: start, lock, unlock, a vault that is away and comes back, end.
//
// Invariants: nothing is served while a person has locked Keyfob, nor before the vault's records were read; a vault
// that went away later leaves what is in memory to be served, and what is owed to it is written once it is back. Only
// `unlock`, and a start with a locked keychain once, may have the system ask a person.
import type { KeyfobEvent } from '../api/events.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Annotations } from './annotations.ts';
import type { Catalogue } from '../providers/registry.ts';
import { settleAtEnd } from './end.ts';
import type { HostSlots } from './host-slots.ts';
import { listAccounts, Loading, type LoadingPorts } from './loading.ts';
import { lockedError } from './record-keeper.ts';
import type { SignIns } from './sign-in.ts';
import type { Timer } from './timer.ts';

/** Ms between two looks at a vault that is away. */
const lookEvery = 3_000;
/** The same where it is there, and has none of the accounts. */
const listEvery = 30_000;

/** Ms that a start waits for the records: with many, or a slow keychain, they are read while it goes on. */
const startPatience = 50;

/** What a person can have a new vault begun for. */
const canBeBegun = ['vault_missing', 'vault_damaged', 'vault_is_folder', 'vault_entries_gone'];

export interface LifecyclePorts extends LoadingPorts {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly annotations: Annotations;
  readonly timer: Timer;
  readonly slots: HostSlots;
  /** What is asked for at the lock and the end alone: the flows know of the end themselves. */
  signIns(): SignIns;
  emit(event: KeyfobEvent): void;
  /** Between two changes of accounts. */
  oneByOne<T>(task: () => Promise<T>): Promise<T>;
}

export interface UnlockOptions {
  /** Begin a new vault where this one is missing, cannot be used, or holds none of the accounts. */
  readonly begin?: boolean;
}

export class Lifecycle {
  readonly #ports: LifecyclePorts;
  /** By a person; or the vault waits for its passphrase. */
  #locked: boolean;
  /** Why the records could not be read; null once they are. */
  #unread: KeyfobError | null = null;
  /** Counts locks and unlocks: only the last one counts. */
  #turn = 0;
  #locking: Promise<unknown> = Promise.resolve();
  #ending: Promise<void> | null = null;
  #cancelLook: (() => void) | null = null;
  readonly #loading: Loading;

  constructor(ports: LifecyclePorts) {
    this.#ports = ports;
    this.#loading = new Loading(ports);
    this.#locked = ports.vault.locked;
    ports.vault.watchReach(() => {
      this.#reachChanged();
    });
  }

  /** Whether nothing can be served: locked, or the vault's records were not read yet. */
  get locked(): boolean {
    return this.#locked || this.#unread !== null;
  }

  /** Why the vault is out of reach, though nobody locked it; null while it is there. */
  get away(): Message | null {
    const error = this.#unread ?? this.#ports.vault.away;
    if (error === null) return null;
    const type = canBeBegun.includes(error.problem.reason) ? 'begin_vault' : 'wait_for_vault';
    return { ...messageOf(error.problem), action: { type, params: {} } };
  }

  /** From now on nothing new is served or sent. */
  get ending(): boolean {
    return this.#ending !== null;
  }

  /** Throws `not_running` while Keyfob ends, `vault_locked` or `vault_unavailable` while nothing can be served. */
  demandOpen(): void {
    if (this.ending) {
      throw new KeyfobError('ending', {}, { action: { type: 'start', params: {} } });
    }
    if (this.locked) throw this.#closedError();
  }

  /** Whether records are being read: those that are not yet come first for whoever waits for one. */
  get reading(): boolean {
    return this.#loading.isUnderWay;
  }

  /** Resolves once an account's record was read, or all were. Throws as `demandOpen`. */
  async ready(name?: string): Promise<void> {
    this.demandOpen();
    if (!this.reading) return;
    await this.#loading.settled(name);
    this.demandOpen();
  }

  #closedError(): KeyfobError {
    return this.#unread ?? this.#ports.vault.away ?? lockedError();
  }

  async start(options: UnlockOptions = {}): Promise<void> {
    const { settings, catalogue, vault, tell } = this.#ports;
    settings.load();
    for (const note of await catalogue.load()) tell(note);
    await listAccounts(this.#ports);
    const read = this.#locked ? Promise.resolve() : this.#read(options).catch(rethrowOthers);
    const done = read.then(() => {
      this.#started();
    });
    // Of settings that are gone nothing is listed before the vault was.
    if (settings.begunAnew || !(await this.#isLate(done))) return done;
    void done.then(() => {
      if (this.ending || this.#locked) return;
      if (this.#unread === null) this.#ports.emit({ type: 'vault.unlocked' });
      else if (vault.away === null) this.#ports.emit({ type: 'vault.away' });
    });
  }

  async #isLate(work: Promise<void>): Promise<boolean> {
    const late = Promise.withResolvers<true>();
    const cancel = this.#ports.clock.after(startPatience, () => {
      late.resolve(true);
    });
    return Promise.race([work.then(() => false), late.promise]).finally(cancel);
  }

  #started(): void {
    if (this.ending) return;
    if (this.away !== null) this.#lookLater();
    if (this.#ports.vault.kind === 'keychain' && this.#unread?.problem.reason === 'keychain_locked') {
      // The one prompt of a start; whoever says no, or nothing, is not asked again.
      void this.unlock().catch(() => undefined);
    }
  }

  /** Reads the records. What could not be read is kept in `#unread`. */
  async #read(options: UnlockOptions): Promise<void> {
    const { vault, timer } = this.#ports;
    const turn = this.#turn;
    try {
      if (vault.away !== null) throw vault.away;
      await this.#loading.run({ ...options, goesOn: () => !this.ending && turn === this.#turn });
      this.#unread = null;
    } catch (error) {
      if (!(error instanceof KeyfobError)) throw error;
      this.#unread = error;
      throw error;
    } finally {
      timer.reschedule();
    }
  }

  /** Puts everything down. What it does before its first wait is done when it returns. */
  stop(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    const { accounts, annotations, settings, timer, slots, clock, signIns } = this.#ports;
    timer.stop();
    slots.end();
    this.#cancelLook?.();
    signIns().cancelAll(message('ending', {}));
    await settleAtEnd(accounts.all(), clock);
    await annotations.flush();
    await settings.settled();
  }

  async lock(): Promise<void> {
    const { accounts, vault, signIns, emit, oneByOne } = this.#ports;
    if (this.#locked) {
      return;
    }
    this.#locked = true;
    this.#turn += 1;
    signIns().cancelAll(message('was_locked', {}));
    this.#locking = oneByOne(async () => {
      await this.#loading.settled();
      await Promise.all(accounts.all().map((account) => account.unload()));
      await vault.lock();
    });
    await this.#locking;
    emit({ type: 'vault.locked' });
  }

  /** Opens the vault and reads what was not read yet. Throws what the vault throws. */
  async unlock(passphrase?: string, options: UnlockOptions = {}): Promise<void> {
    const { vault, emit, oneByOne } = this.#ports;
    this.#turn += 1;
    const turn = this.#turn;
    await this.#locking.catch(() => undefined);
    // Open already: what could not be read at the start is read again.
    if (this.locked || vault.away !== null) await vault.unlock(passphrase, options);
    await oneByOne(async () => {
      if (turn !== this.#turn) return;
      const wasLocked = this.locked;
      await this.#read(options);
      this.#locked = false;
      if (wasLocked) emit({ type: 'vault.unlocked' });
    });
  }

  /** The vault went away, or is back. */
  #reachChanged(): void {
    const { vault, emit, accounts, timer } = this.#ports;
    if (this.ending) return;
    if (vault.away !== null) {
      this.#lookLater();
      emit({ type: 'vault.away' });
      return;
    }
    // The look that found it reads what was not read yet.
    if (this.#unread !== null) return;
    emit({ type: 'vault.back' });
    // What waits to be kept is kept now.
    for (const account of accounts.all()) account.wake();
    timer.reschedule();
  }

  #lookLater(): void {
    const wait = this.#ports.vault.away === null ? listEvery : lookEvery;
    this.#cancelLook?.();
    this.#cancelLook = this.#ports.clock.after(wait, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { vault, oneByOne, emit } = this.#ports;
    await vault.look();
    if (vault.away === null && this.#unread !== null && !this.#locked) {
      const turn = this.#turn;
      await oneByOne(async () => {
        if (turn !== this.#turn || this.#unread === null) return;
        await this.#read({});
        emit({ type: 'vault.unlocked' });
      }).catch(rethrowOthers);
    }
    if (!this.ending && (vault.away !== null || this.#unread !== null)) this.#lookLater();
  }

  /** The network changed or the machine woke. */
  wake(): void {
    for (const account of this.#ports.accounts.all()) {
      account.wake();
    }
    if (this.#cancelLook !== null) void this.#look();
    this.#ports.timer.reschedule();
  }
}

/** What the vault says is kept as the reason why nothing is served. */
function rethrowOthers(error: unknown): void {
  if (!(error instanceof KeyfobError)) throw error;
}
