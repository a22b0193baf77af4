// One account's record: in memory and in the vault. The only place that changes it.
//
// Invariants: changes are transitions (transitions.ts), made one after another of the record that counts at that
// moment and written with its version. Memory follows the vault: what was not kept has not happened, but for what
// the vendor has said already (`unkept: 'stays'`), which is kept with the next change. Where the record was changed
// elsewhere meanwhile, it is read anew and the transition made of that one. config.json gets its copy of changed
// settings after the vault; see copies.ts.
import { SerialQueue } from '../platform/serial-queue.ts';
import { absent, forget, VersionConflict, type Vault, type Version } from '../vaults/port.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Copies } from './copies.ts';
import { readRecord, sessionOf, type AccountRecord } from './record.ts';
import type { Session, SteadyMark } from '../oauth/token.ts';
import * as schedule from './schedule.ts';
import { sameSettings, type AccountSettings } from './settings.ts';
import type { Transition } from './transitions.ts';

export interface RecordPorts {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly copies: Copies;
}

export interface UpdateOptions {
  /** When the new token was asked for, by the steady clock. */
  readonly mark?: SteadyMark;
  /** What memory has where the vault does not take it: the record before, or the new one. */
  readonly unkept?: 'undone' | 'stays';
}

/** What the vault holds, as far as is known. */
interface Kept {
  readonly version: Version;
  /** Null: no record of ours yet. */
  readonly settings: AccountSettings | null;
  readonly refreshToken: string | null;
}
const nothingKept: Kept = { version: absent, settings: null, refreshToken: null };

export class RecordKeeper {
  readonly name: string;
  readonly #ports: RecordPorts;
  readonly #queue = new SerialQueue();
  #record: AccountRecord | null = null;
  #mark: SteadyMark = null;
  #kept: Kept = nothingKept;
  /** Why there is no record, where it is not for a lock. */
  #why: KeyfobError | null = null;

  constructor(name: string, ports: RecordPorts) {
    this.name = name;
    this.#ports = ports;
  }

  /** Null while the vault is locked, and where its entry could not be read. */
  get record(): AccountRecord | null {
    return this.#record;
  }

  /** The record. Throws why there is none: `vault_locked`, `vault_unavailable`, `no_such_account` once it is removed. */
  demand(): AccountRecord {
    if (this.#record === null) throw this.#why ?? lockedError();
    return this.#record;
  }

  /** Why there is no record, where it is not for a lock; else null. */
  get why(): KeyfobError | null {
    return this.#why;
  }

  /** The vault's entry could not be read. */
  notRead(why: KeyfobError): void {
    this.#why = why;
  }

  /** Which epoch counts; see record.ts. No record's while there is none. */
  get epoch(): number {
    return this.#record?.epoch ?? -1;
  }

  get session(): Session | null {
    return this.#record === null ? null : sessionOf(this.#record);
  }

  /** When the token in hand was asked for, by the steady clock. */
  get mark(): SteadyMark {
    return this.#mark;
  }

  now(): schedule.Now {
    const { clock } = this.#ports;
    return { unixMs: clock.unixMs(), steady: clock.steady(), boot: clock.boot() };
  }

  /** Ms of life left; 0 when there is no token; null when its end is not known. */
  left(): number | null {
    return this.session === null ? 0 : schedule.remaining(this.session, this.now(), this.#mark);
  }

  /** Unix ms of the end of the token in hand, by the wall clock of now; null when there is none, or it is not known. */
  end(): number | null {
    return this.session === null ? null : schedule.endOf(this.session, this.now(), this.#mark);
  }

  alive(): boolean {
    return this.left() !== 0;
  }

  /** Takes what was read from the vault. `version`: that of its entry, `absent` where it holds none. */
  open(record: AccountRecord, version: Version): void {
    this.#kept = keptOf(record, version);
    this.#adopt(record);
  }

  /** Forgets what is in memory, once all changes so far have ended. */
  async close(): Promise<void> {
    await this.#queue.run(async () => {
      this.#record = null;
      this.#why = null;
    });
  }

  /** Whether memory has a refresh token that the vault does not have yet. */
  get owes(): boolean {
    const token = this.session?.refresh_token ?? null;
    return token !== null && token !== this.#kept.refreshToken;
  }

  /**
   * Makes a change, after all that were asked for before; the record then, or null when the transition had nothing
   * to change. Resolves once the vault has it. Throws what the transition and the vault throw, and `vault_locked`.
   */
  update(transition: Transition, options: UpdateOptions = {}): Promise<AccountRecord | null> {
    return this.#queue.run(() => this.#change(transition, options));
  }

  /** Notes what the vendor said; what the vault does not take is kept with the next change. Never rejects. */
  async note(transition: Transition): Promise<void> {
    await this.update(transition, { unkept: 'stays' }).catch(() => undefined);
  }

  /** Keeps the first record of a new account, in place of whatever stands under its name. Throws what the vault throws. */
  async create(record: AccountRecord): Promise<void> {
    await this.#queue.run(async () => {
      this.#kept = { ...nothingKept, version: await this.#ports.vault.versionOf(this.name) };
      await this.#put(record);
      this.#adopt(record);
    });
  }

  async #change(
    transition: Transition,
    { mark, unkept = 'undone' }: UpdateOptions,
  ): Promise<AccountRecord | null> {
    for (;;) {
      const next = transition(this.demand());
      if (next === null) return null;
      if (unkept === 'stays') this.#adopt(next, mark);
      try {
        await this.#put(next);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        await this.#readAnew();
        continue;
      }
      this.#adopt(next, mark);
      return next;
    }
  }

  async #put(next: AccountRecord): Promise<void> {
    const { vault, copies } = this.#ports;
    const { settings } = this.#kept;
    const isChanged = settings === null || !sameSettings(settings, next.settings);
    if (isChanged && copies.leads) await copies.keep(this.name, next.settings);
    const text = JSON.stringify(next);
    const { version } = this.#kept;
    const kept = await vault.put(this.name, text, version).catch(async (error: unknown) => {
      if (error instanceof VersionConflict) throw error;
      // A write that failed late may have happened all the same; then it is made sure of.
      const found = await vault.get(this.name).catch(() => null);
      if (found === null || found.version === version || found.entry !== text) throw error;
      return vault.put(this.name, text, found.version).catch(() => found.version);
    });
    this.#kept = keptOf(next, kept);
    if (isChanged && !copies.leads) await copies.keep(this.name, next.settings);
  }

  /** Looks whether the record was changed elsewhere, and reads it anew then. Throws what the vault throws. */
  async refresh(): Promise<void> {
    await this.#queue.run(async () => {
      if (this.#record === null) return;
      if ((await this.#ports.vault.versionOf(this.name)) !== this.#kept.version) await this.#readAnew();
    });
  }

  async #readAnew(): Promise<void> {
    const found = await this.#ports.vault.get(this.name);
    const read = found === null ? null : readRecord(this.name, found.entry);
    if (found === null || read?.version !== 2) {
      this.#record = null;
      this.#why = new KeyfobError('removed_elsewhere', { account: this.name });
      throw this.#why;
    }
    this.open(read, found.version);
  }

  /** Forgets the record in the vault and in memory, a damaged one too. */
  async delete(): Promise<void> {
    await this.#queue.run(async () => {
      await forgetEntry(this.#ports.vault, this.name);
      this.#record = null;
      this.#kept = nothingKept;
      const action = { type: 'list_accounts', params: {} } as const;
      this.#why = new KeyfobError('unknown_account', { account: this.name }, { action });
    });
  }

  /** Resolves when all changes so far have ended, well or not. */
  async settled(): Promise<void> {
    await this.#queue.run(async () => undefined);
  }

  #adopt(next: AccountRecord, mark?: SteadyMark): void {
    const session = sessionOf(next);
    if (mark !== undefined) this.#mark = mark;
    else if (session?.access_token !== this.session?.access_token) {
      this.#mark = session === null ? null : schedule.markOf(session, this.now());
    }
    this.#record = next;
    this.#why = null;
  }
}

function keptOf(record: AccountRecord, version: Version): Kept {
  return { version, settings: record.settings, refreshToken: sessionOf(record)?.refresh_token ?? null };
}

/** Forgets an entry; a removal that failed late may have happened all the same. Throws what the vault throws. */
export async function forgetEntry(vault: Vault, name: string): Promise<void> {
  await forget(vault, name).catch(async (error: unknown) => {
    const version = await vault.versionOf(name).catch(() => null);
    if (version !== absent) throw error;
  });
}

export function lockedError(): KeyfobError {
  return new KeyfobError('locked', {}, { action: { type: 'unlock', params: {} } });
}
