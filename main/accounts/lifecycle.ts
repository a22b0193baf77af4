// What concerns all accounts at once: start, lock, unlock, end.
import type { KeyfobEvent } from '../api/events.ts';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Catalogue } from '../providers/registry.ts';
import { settleAtEnd } from './end.ts';
import type { HostPlaces } from './host-places.ts';
import { listAccounts, loadRecords, type LoadingPorts } from './loading.ts';
import { lockedError } from './record-keeper.ts';
import type { SignIns } from './sign-in.ts';
import type { Timer } from './timer.ts';

export interface LifecyclePorts extends LoadingPorts {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly timer: Timer;
  readonly places: HostPlaces;
  /** What is asked for at the lock and the end alone: the flows know of the end themselves. */
  signIns(): SignIns;
  emit(event: KeyfobEvent): void;
}

export class Lifecycle {
  readonly #ports: LifecyclePorts;
  #locked: boolean;
  #ending: Promise<void> | null = null;

  constructor(ports: LifecyclePorts) {
    this.#ports = ports;
    this.#locked = ports.vault.locked;
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** From now on nothing new is served or sent. */
  get ending(): boolean {
    return this.#ending !== null;
  }

  /** Throws `not_running` while Keyfob ends, `vault_locked` while it is locked. */
  demandOpen(): void {
    if (this.ending) {
      throw new KeyfobError('ending', {}, { action: { type: 'start', params: {} } });
    }
    if (this.#locked) {
      throw lockedError();
    }
  }

  async start(): Promise<void> {
    const { settings, catalogue, timer, tell } = this.#ports;
    settings.load();
    for (const note of await catalogue.load()) tell(note);
    await listAccounts(this.#ports);
    if (!this.#locked) {
      await loadRecords(this.#ports);
      timer.reschedule();
    }
  }

  /** Puts everything down. What it does before its first wait is done when it returns. */
  stop(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    const { accounts, settings, timer, places, clock, signIns } = this.#ports;
    timer.stop();
    places.end();
    signIns().cancelAll(message('ending', {}));
    await settleAtEnd(accounts.all(), clock);
    await settings.settled();
  }

  async lock(): Promise<void> {
    const { accounts, vault, signIns, emit } = this.#ports;
    if (this.#locked) {
      return;
    }
    this.#locked = true;
    signIns().cancelAll(message('was_locked', {}));
    await Promise.all(accounts.all().map((account) => account.unload()));
    await vault.lock();
    emit({ type: 'vault.locked' });
  }

  async unlock(passphrase?: string): Promise<void> {
    const { vault, timer, emit } = this.#ports;
    // Open already: what could not be read at the start is read again.
    if (this.#locked) {
      await vault.unlock(passphrase);
    }
    await loadRecords(this.#ports);
    if (this.#locked) {
      this.#locked = false;
      emit({ type: 'vault.unlocked' });
    }
    timer.reschedule();
  }

  /** The network changed or the machine woke. */
  wake(): void {
    for (const account of this.#ports.accounts.all()) {
      account.wake();
    }
    this.#ports.timer.reschedule();
  }
}
