// What concerns all accounts at once: start, lock, unlock, a vault that is away and comes back, end.
//
// Invariants: nothing is served while a person has locked Keyfob, nor before a record was read; a vault that goes away
// leaves what is in memory to be served, and what is owed to it is written, and what was not read yet is read, once it
// is back. What concerns all accounts waits until all records were read. A lock forgets at once what is in memory,
// whatever is under way. Only `unlock`, and a start with a locked keychain once, may have the system ask a person.
import type { KeyfobEvent } from '../api/events.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Account } from './account.ts';
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
  /** Why not all records were read; null once they are. */
  #unread: KeyfobError | null = null;
  /** Of records that were not all read, none is served. */
  #closed = false;
  /** Counts locks: what began before the last one is over. */
  #turn = 0;
  #locking: Promise<unknown> = Promise.resolve();
  /** Unlocks under way. */
  #unlocking = 0;
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

  /** Whether nothing can be served: locked, or none of the vault's records was read yet. */
  get locked(): boolean {
    return this.#locked || this.#closed;
  }

  /** Why the vault is out of reach, or not read whole, though nobody locked it; else null. */
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

  /** Resolves once an account's record was read, or cannot be for now. Never throws. */
  settled(name: string): Promise<void> {
    return this.#loading.settled(name);
  }

  /** Resolves once an account's record was read, or all were. Throws as `demandOpen`, and why they were not read. */
  async ready(name?: string): Promise<void> {
    this.demandOpen();
    if (this.reading) {
      await this.#loading.settled(name);
      this.demandOpen();
    }
    if (this.#unread === null) return;
    if (name === undefined || this.#ports.accounts.get(name)?.isRead !== true) throw this.#unread;
  }

  #closedError(): KeyfobError {
    return this.#unread ?? this.#ports.vault.away ?? lockedError();
  }

  async start(options: UnlockOptions = {}): Promise<void> {
    const { settings, catalogue, vault, tell } = this.#ports;
    settings.load();
    for (const note of await catalogue.load()) tell(note);
    await listAccounts(this.#ports);
    let isRead = false;
    const read = this.#locked ? Promise.resolve(false) : this.#read(options).catch(rethrowOthers);
    const done = read.then((isWhole) => {
      isRead = isWhole;
      this.#started();
    });
    // Of settings that are gone nothing is listed before the vault was.
    if (settings.begunAnew || !(await this.#isLate(done))) return done;
    void done.then(() => {
      if (this.ending || this.#locked) return;
      if (isRead) this.#ports.emit({ type: 'vault.unlocked' });
      else if (this.#unread !== null && vault.away === null) this.#ports.emit({ type: 'vault.away' });
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

  /**
   * Reads the records that were not read yet, and is open once all are; why they are not is kept in `#unread`. False:
   * a lock or the end cut it short.
   */
  async #read(options: UnlockOptions): Promise<boolean> {
    const { vault, timer, emit } = this.#ports;
    const turn = this.#turn;
    const goesOn = (): boolean => !this.ending && turn === this.#turn;
    try {
      if (vault.away !== null) throw vault.away;
      if (!(await this.#loading.run({ ...options, goesOn })) || !goesOn()) return false;
      const isNew = this.#locked || this.#unread !== null;
      this.#unread = null;
      this.#closed = false;
      this.#locked = false;
      if (isNew) emit({ type: 'vault.unlocked' });
      return true;
    } catch (error) {
      if (!(error instanceof KeyfobError)) throw error;
      this.#unread = error;
      this.#closed = this.#servesNone(error);
      if (goesOn()) {
        this.#lookLater();
        if (this.#locked && !this.#closed) {
          this.#locked = false;
          emit({ type: 'vault.unlocked' });
        }
      }
      throw error;
    } finally {
      timer.reschedule();
    }
  }

  /** Whether nothing is served for what came of reading: another vault stands there, or no record was read yet. */
  #servesNone({ problem }: KeyfobError): boolean {
    const { accounts } = this.#ports;
    return problem.reason === 'vault_entries_gone' || !accounts.all().some(({ record }) => record !== null);
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
    const { signIns } = this.#ports;
    if (this.#locked && this.#unlocking === 0) return;
    this.#locked = true;
    this.#turn += 1;
    signIns().cancelAll(message('was_locked', {}));
    this.#locking = this.#forget();
    await this.#locking;
  }

  /** Forgets what is in memory, before anything is waited for that may take long; then locks the vault. */
  async #forget(): Promise<void> {
    const { accounts, vault, emit, oneByOne } = this.#ports;
    const unload = async (ones: readonly Account[]): Promise<void> => {
      await Promise.all(ones.map((account) => account.unload()));
    };
    await unload(accounts.all());
    emit({ type: 'vault.locked' });
    await oneByOne(async () => {
      await this.#loading.settled();
      // What was under way may have opened another one.
      await unload(accounts.all().filter(({ record }) => record !== null));
      await vault.lock();
    });
  }

  /** Opens the vault and reads what was not read yet; a lock that comes meanwhile counts. Throws what the vault throws. */
  async unlock(passphrase?: string, options: UnlockOptions = {}): Promise<void> {
    const { vault, oneByOne } = this.#ports;
    const turn = this.#turn;
    this.#unlocking += 1;
    try {
      await this.#locking.catch(() => undefined);
      if (turn !== this.#turn) return;
      // Open already: what could not be read at the start is read again.
      if (this.locked || vault.away !== null) await vault.unlock(passphrase, options);
      await oneByOne(async () => {
        if (turn === this.#turn) await this.#read(options);
      });
    } finally {
      this.#unlocking -= 1;
    }
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
    if (this.#closed) return;
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
    const { vault, oneByOne } = this.#ports;
    await vault.look();
    if (vault.away === null && this.#unread !== null && !this.#locked) {
      const turn = this.#turn;
      await oneByOne(async () => {
        if (turn === this.#turn && this.#unread !== null) await this.#read({});
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

/** What the vault says is kept as the reason why not all was read. */
function rethrowOthers(error: unknown): false {
  if (!(error instanceof KeyfobError)) throw error;
  return false;
}
