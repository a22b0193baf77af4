// One account's record: in memory, in the vault, and which generation of it counts.
//
// Invariants: `epoch` is the generation: sign-in, sign-out, settings that end tokens and removal raise it,
// and whoever awaited looks at it again; a result of an older epoch changes nothing. Writes reach the vault
// in the order in which they were decided.
import { KeyfobError } from './errors.ts';
import type { Clock, Vault } from './ports.ts';
import { newRecord, readRecord, type AccountRecord, type Origins, type Session } from './record.ts';
import * as schedule from './schedule.ts';

export class RecordKeeper {
  readonly name: string;
  /** Null while the vault is locked or could not be read. */
  record: AccountRecord | null = null;
  epoch = 0;
  /** When the token in hand was asked for, by the steady clock. */
  mark: schedule.SteadyMark = null;
  readonly #vault: Vault;
  readonly #clock: Clock;
  #writes: Promise<unknown> = Promise.resolve();
  /** The newest record, where the vault did not take it. */
  #refused: AccountRecord | null = null;
  /** The refresh token that the vault holds. */
  #kept: string | null = null;

  constructor(name: string, vault: Vault, clock: Clock) {
    this.name = name;
    this.#vault = vault;
    this.#clock = clock;
  }

  /** The record. Throws `vault_locked` while there is none. */
  open(): AccountRecord {
    if (this.record === null) {
      throw lockedError();
    }
    return this.record;
  }

  get session(): Session | null {
    return this.record?.session ?? null;
  }

  now(): schedule.Now {
    return { wall: this.#clock.wall(), steady: this.#clock.steady() };
  }

  /** Ms of life left; 0 when there is no token; null when its end is not known. */
  left(): number | null {
    return this.session === null ? 0 : schedule.remaining(this.session, this.now(), this.mark);
  }

  alive(): boolean {
    return this.left() !== 0;
  }

  /**
   * Reads the record. A missing one counts as signed out without secrets. One from before origins were
   * remembered takes the `present` ones, once and for all.
   */
  async load(present: Origins): Promise<void> {
    const text = await this.#vault.read(this.name);
    const { record, carried } =
      text === null
        ? { record: newRecord({}, present), carried: false }
        : readRecord(this.name, text, present);
    this.record = record;
    this.#kept = this.session?.refresh_token ?? null;
    this.mark = null;
    if (carried) {
      // A vault that does not take it now is asked again at the next start.
      await this.keep(record).catch(() => undefined);
    }
  }

  /**
   * Takes a record that the vault was given in place of `before`. Secrets and origins that were changed
   * meanwhile are the newer ones: their write had the old session, so that all is kept once more.
   */
  async take(next: AccountRecord, before: AccountRecord): Promise<void> {
    const { record } = this;
    this.record = record === null ? next : { ...next, secrets: record.secrets, origins: record.origins };
    if (record !== null && record !== before) {
      await this.keep(this.record);
    }
  }

  /** Changes a part of the record, in memory and in the vault; throws what the vault throws. */
  async change(part: Partial<AccountRecord>): Promise<void> {
    const next = { ...this.open(), ...part };
    this.record = next;
    await this.keep(next);
  }

  /** The newest record, where it bears a refresh token that the vault did not take; else null. */
  get owed(): AccountRecord | null {
    const token = this.#refused?.session?.refresh_token ?? null;
    return token !== null && token !== this.#kept ? this.#refused : null;
  }

  /** Keeps a record in the vault, after all that were decided before; throws what the vault throws. */
  async keep(next: AccountRecord): Promise<void> {
    await this.#queue(async () => {
      this.#refused = next;
      await this.#vault.write(this.name, JSON.stringify(next));
      this.#refused = null;
      this.#kept = next.session?.refresh_token ?? null;
    });
  }

  /** Forgets the record in the vault and in memory. */
  async delete(): Promise<void> {
    this.epoch += 1;
    this.record = null;
    await this.#queue(async () => {
      this.#refused = null;
      await this.#vault.delete(this.name);
    });
  }

  /** Resolves when all writes so far are done, well or not. */
  async settled(): Promise<void> {
    await this.#writes;
  }

  async #queue(write: () => Promise<void>): Promise<void> {
    const done = this.#writes.then(write);
    this.#writes = done.catch(() => undefined);
    await done;
  }
}

export function lockedError(): KeyfobError {
  return new KeyfobError('vault_locked', 'Keyfob is locked.', { hint: 'Run `keyfob unlock`.' });
}
