// Local programs with a key of their own.
//
// Invariants: a key is shown once, when it is made, and kept nowhere; what is kept is its SHA-256 (the key
// has 256 random bits, so a slow hash would add nothing). Every kept hash is compared, each in constant
// time, whatever matched before. A client is limited to accounts, not to names: one that goes is in no list any more,
// so that a later one of its name is not opened by an old key. A right key is never delayed; only wrong ones are counted.
import { createQueue } from '../platform/serial-queue.ts';
import { createEmitter } from '../platform/emitter.ts';
import type { Approve, ClientRecord, ClientView, NewClient } from '../api/clients.ts';
import { namePattern } from '../api/common.ts';
import { randomBytes, timingSafeEqual } from 'node:crypto';

import { KeyfobError } from '../api/errors.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Listener } from '../api/audit.ts';
import { LOCAL, type Actor } from './actor.ts';
import { sha256, sha256Hex } from '../platform/digest.ts';

/** Where the records are kept. */
export interface ClientStore {
  read(): readonly ClientRecord[];
  write(records: readonly ClientRecord[]): Promise<void>;
}

export interface Clients {
  list(): ClientView[];
  /** Makes a client and its key. Throws `already_exists`, `bad_request`. */
  add(client: NewClient): Promise<{ client: ClientView; key: string }>;
  /** Forgets a client; its key is wrong from now on. Throws `no_such_client`. */
  remove(name: string): Promise<void>;
  /** Whose key this is. Throws `client_key_required`, or `too_many_attempts` after too many wrong ones. */
  authenticate(key: string, via: Listener): Actor;
  /** Whether the actor is still let in (its client was not removed since, and its key has not ended). */
  holds(actor: Actor): boolean;
  /** Ms until the actor's key ends; Infinity when it does not. */
  msLeft(actor: Actor): number;
  /** Takes an account that is gone, or new under a name that was there before, out of what clients may use. */
  dropAccount(name: string): Promise<void>;
  /** Calls back when clients were added or removed; the answer ends it. */
  on(listener: () => void): () => void;
  /** Calls back with the name of each client that is removed; the answer ends it. */
  onRemoved(listener: (name: string) => void): () => void;
  /** Writes down what is only in memory: when keys were last used. */
  flush(): Promise<void>;
}

const WRONG_KEYS = 10;
const WINDOW_MS = 60_000;
const FLUSH_AFTER_MS = 600_000;

/** Throws `bad_request` for a name that no client can have. */
export function checkClientName(name: string): void {
  if (!namePattern.test(name)) throw new KeyfobError('client_name', {}, { field: 'name' });
  if (name === LOCAL) throw new KeyfobError('client_name_local', {}, { field: 'name' });
}

/** Counts a wrong key: throws `client_key_required`, or `too_many_attempts` after too many within a minute. */
function wrongKeys(clock: Clock): () => never {
  const wrong: number[] = [];
  return () => {
    const now = clock.steady();
    while (wrong[0] !== undefined && wrong[0] <= now - WINDOW_MS) wrong.shift();
    const oldest = wrong[0];
    if (oldest !== undefined && wrong.length >= WRONG_KEYS)
      throw new KeyfobError(
        'too_many_keys',
        {},
        { retryAfter: Math.max(1, Math.ceil((oldest + WINDOW_MS - now) / 1000)) },
      );
    wrong.push(now);
    throw new KeyfobError('client_key_unknown', {}, { action: { type: 'send_client_key', params: {} } });
  };
}

/** Opens the register of clients over a store; times are of the wall clock. */
export function createClients(store: ClientStore, clock: Clock): Clients {
  let records: readonly ClientRecord[] = store.read();
  const inTurn = createQueue();
  let cancelFlush: (() => void) | null = null;
  const countWrong = wrongKeys(clock);
  const removed = createEmitter<[name: string]>();
  const changes = createEmitter<[]>();
  /** The kept hashes as bytes, in the order of the records that they were made of. */
  let hashes = hashesOf(records);
  /** Unix seconds when a key was last used, by its hash, as far as no record says so yet. */
  const used = new Map<string, number>();

  const setRecords = (next: readonly ClientRecord[]): void => {
    records = next;
    hashes = hashesOf(next);
  };
  const withUse = (record: ClientRecord): ClientRecord => {
    const at = used.get(record.key_sha256);
    return at === undefined ? record : { ...record, last_used_at: at };
  };
  const recordOf = (actor: Actor): ClientRecord | undefined =>
    actor instanceof ClientActor ? records.find((record) => record.key_sha256 === actor.keyHash) : undefined;
  const seconds = (): number => Math.floor(clock.unixMs() / 1000);
  const ended = ({ expires_at: end }: ClientRecord): boolean => end !== null && end <= seconds();

  /** One change after another; memory follows the store, never the other way round. */
  const change = async (make: (now: readonly ClientRecord[]) => readonly ClientRecord[]): Promise<void> => {
    await inTurn(async () => {
      const next = make(records.map(withUse));
      await store.write(next);
      // An account that a client lost while the store wrote stays lost.
      setRecords(
        next.map((record) => {
          const now = records.find((other) => other.key_sha256 === record.key_sha256) ?? record;
          return { ...record, accounts: now.accounts };
        }),
      );
    });
  };

  const flush = async (): Promise<void> => {
    if (cancelFlush === null) return inTurn(async () => undefined);
    cancelFlush();
    cancelFlush = null;
    await change((now) => now);
  };

  const touch = ({ key_sha256: hash }: ClientRecord): void => {
    used.set(hash, seconds());
    cancelFlush ??= clock.after(FLUSH_AFTER_MS, () => {
      void flush().catch(() => undefined);
    });
  };

  return {
    list: () => records.map((record) => viewOf(withUse(record))),
    async add(client) {
      checkClientName(client.name);
      const key = `kf_${randomBytes(32).toString('base64url')}`;
      const record = newRecord(client, key, seconds());
      await change((now) => {
        if (now.some((other) => other.name === record.name))
          throw new KeyfobError(
            'client_there',
            { client: record.name },
            { field: 'name', action: { type: 'remove_client', params: { client: record.name } } },
          );
        return [...now, record];
      });
      changes.emit();
      return { client: viewOf(record), key };
    },
    async remove(name) {
      await change((now) => {
        const rest = now.filter((record) => record.name !== name);
        if (rest.length === now.length)
          throw new KeyfobError('unknown_client', {}, { action: { type: 'list_clients', params: {} } });
        return rest;
      });
      for (const hash of used.keys())
        if (!records.some(({ key_sha256: kept }) => kept === hash)) used.delete(hash);
      removed.emit(name);
      changes.emit();
    },
    authenticate(key, via) {
      const found = findByKey(records, hashes, key);
      if (found === null) return countWrong();
      if (ended(found)) {
        const client = found.name;
        throw new KeyfobError(
          'client_key_ended',
          { client, expired_at: found.expires_at ?? 0 },
          { action: { type: 'renew_client', params: { client } } },
        );
      }
      touch(found);
      return new ClientActor(found, via, recordOf);
    },
    holds(actor) {
      if (actor.kind === 'owner') return true;
      const record = recordOf(actor);
      return record !== undefined && !ended(record);
    },
    msLeft(actor) {
      const end = recordOf(actor)?.expires_at ?? null;
      return end === null ? Number.POSITIVE_INFINITY : Math.max(0, end * 1000 - clock.unixMs());
    },
    async dropAccount(name) {
      if (!records.some(({ accounts }) => accounts?.includes(name) === true)) return;
      // In memory first: who asks meanwhile gets nothing of it.
      setRecords(withoutAccount(records, name));
      await change((now) => withoutAccount(now, name));
      changes.emit();
    },
    on: changes.on,
    onRemoved: removed.on,
    flush,
  };
}

/** A client for one request; a class, as an object of its own with a getter costs a hidden class. */
class ClientActor implements Actor {
  readonly kind = 'client';
  readonly name: string;
  readonly via: Listener;
  readonly scopes: readonly string[] | null;
  readonly approve: Approve;
  /** Of the key that it came with: a client removed and made anew under its name is another one. */
  readonly keyHash: string;
  readonly #recordOf: (actor: Actor) => ClientRecord | undefined;

  constructor(
    { name, scopes, approve, key_sha256: keyHash }: ClientRecord,
    via: Listener,
    recordOf: (actor: Actor) => ClientRecord | undefined,
  ) {
    this.name = name;
    this.via = via;
    this.scopes = scopes;
    this.approve = approve;
    this.keyHash = keyHash;
    this.#recordOf = recordOf;
  }

  /** As it is now, none once it was removed: an account can go while a stream of events is open. */
  get accounts(): readonly string[] | null {
    const now = this.#recordOf(this);
    return now === undefined ? [] : now.accounts;
  }
}

function newRecord(client: NewClient, key: string, at: number): ClientRecord {
  const { name, accounts = null, scopes = null, approve = 'always', expires_at = null } = client;
  return {
    name,
    key_sha256: sha256Hex(key),
    accounts: accounts === null ? null : [...accounts],
    scopes: scopes === null ? null : [...scopes],
    approve,
    expires_at,
    created_at: at,
    last_used_at: null,
  };
}

function hashesOf(records: readonly ClientRecord[]): readonly Buffer[] {
  return records.map(({ key_sha256: hash }) => Buffer.from(hash, 'hex'));
}

/** Compares every kept hash, whatever matched before. */
function findByKey(
  records: readonly ClientRecord[],
  hashes: readonly Buffer[],
  key: string,
): ClientRecord | null {
  const presented = sha256(key);
  let found: ClientRecord | null = null;
  hashes.forEach((kept, at) => {
    if (kept.length === presented.length && timingSafeEqual(kept, presented)) found = records[at] ?? null;
  });
  return found;
}

function withoutAccount(records: readonly ClientRecord[], name: string): readonly ClientRecord[] {
  return records.map((one) =>
    one.accounts === null ? one : { ...one, accounts: one.accounts.filter((other) => other !== name) },
  );
}

function viewOf(record: ClientRecord): ClientView {
  const { key_sha256: _, ...view } = record;
  return view;
}
