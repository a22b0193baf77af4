// One account's record: in memory, in the vault, and which generation of it counts.
//
// Invariants: `epoch` is the generation: sign-in, sign-out, settings that end tokens and removal raise it,
// and whoever awaited looks at it again; a result of an older epoch changes nothing. Writes reach the vault
// in the order in which they were decided, each with the version it was made from. Where the vault's record was
// changed elsewhere meanwhile, what both changed is not mixed: the record is read anew, and counts.
import { createQueue } from '../platform/serial-queue.ts';
import { absent, forget, replace, VersionConflict, type Version } from '../vaults/port.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Vault } from './ports.ts';
import type { Clock } from '../oauth/ports.ts';
import { newRecord, readRecord, type AccountRecord, type Origins } from './record.ts';
import type { Session, SteadyMark } from '../oauth/token.ts';
import * as schedule from './schedule.ts';

export class RecordKeeper {
  readonly name: string;
  /** Null while the vault is locked or could not be read. */
  record: AccountRecord | null = null;
  epoch = 0;
  /** When the token in hand was asked for, by the steady clock. */
  mark: SteadyMark = null;
  /** What the vault holds, as far as is known, and its version. */
  #kept: { readonly record: AccountRecord; readonly version: Version } | null = null;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #queue = createQueue();
  /** The newest record, where the vault did not take it. */
  #refused: AccountRecord | null = null;

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
    const { record, carried } = await this.#read(present);
    this.record = record;
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
    return token !== null && token !== this.#kept?.record.session?.refresh_token ? this.#refused : null;
  }

  /** Keeps the first record of a new account, in place of whatever stands under its name. */
  async create(record: AccountRecord): Promise<void> {
    await this.#queue(async () => {
      const version = await replace(this.#vault, this.name, JSON.stringify(record));
      this.#kept = { record, version };
    });
    this.record = record;
  }

  /**
   * Keeps a record in the vault, after all that were decided before; throws what the vault throws. Where it was
   * changed elsewhere, both changes are kept when they touch different members; of a member that both changed,
   * `wins` says whose counts. Throws `unexpected` when that is theirs: the record has been read anew then.
   */
  async keep(next: AccountRecord, wins: 'ours' | 'theirs' = 'theirs'): Promise<void> {
    await this.#queue(() => this.#put(next, wins));
  }

  async #put(next: AccountRecord, wins: 'ours' | 'theirs'): Promise<void> {
    const before = this.#kept;
    this.#refused = next;
    try {
      const version = await this.#vault.put(this.name, JSON.stringify(next), before?.version ?? absent);
      this.#kept = { record: next, version };
      this.#refused = null;
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      const { record: theirs } = await this.#read(next.origins);
      const merged = merge(before?.record ?? theirs, next, theirs, wins);
      if (merged !== null) {
        this.record = merged;
        await this.#put(merged, wins);
        return;
      }
      this.#refused = null;
      this.epoch += 1;
      this.record = theirs;
      this.mark = null;
      throw new KeyfobError('unexpected', `${this.name} was changed elsewhere meanwhile.`, {
        hint: 'Run it again if it is still wanted.',
      });
    }
  }

  async #read(present: Origins): Promise<{ record: AccountRecord; carried: boolean }> {
    const found = await this.#vault.get(this.name);
    const read =
      found === null
        ? { record: newRecord({}, present), carried: false }
        : readRecord(this.name, found.entry, present);
    this.#kept = { record: read.record, version: found?.version ?? absent };
    return read;
  }

  /** Forgets the record in the vault and in memory, a damaged one too. */
  async delete(): Promise<void> {
    this.epoch += 1;
    this.record = null;
    await this.#queue(async () => {
      this.#refused = null;
      await forget(this.#vault, this.name);
      this.#kept = null;
    });
  }

  /** Resolves when all writes so far are done, well or not. */
  async settled(): Promise<void> {
    await this.#queue(async () => undefined);
  }
}

/** Both changes of a record, or null when both changed a member, each otherwise, and theirs is to count. */
function merge(
  before: AccountRecord,
  ours: AccountRecord,
  theirs: AccountRecord,
  wins: 'ours' | 'theirs',
): AccountRecord | null {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const members = new Map<string, unknown>(Object.entries(theirs));
  const known = new Map<string, unknown>(Object.entries(before));
  for (const [member, value] of Object.entries(ours)) {
    const other = members.get(member);
    if (same(value, known.get(member)) || same(value, other)) continue;
    if (wins === 'theirs' && !same(other, known.get(member))) return null;
    members.set(member, value);
  }
  return { ...ours, ...Object.fromEntries(members) };
}

export function lockedError(): KeyfobError {
  return new KeyfobError('vault_locked', 'Keyfob is locked.', { hint: 'Run `keyfob unlock`.' });
}
