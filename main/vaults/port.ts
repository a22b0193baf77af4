// What Keyfob needs of a vault, and what every kind of it promises. `contract.test.ts` holds each kind to it.
//
// Invariants: nothing here supposes that one process uses the vault. A write names the version that it was made
// from and is refused when the entry has another one by then, so that a late writer never undoes a newer write;
// a lease keeps two from spending one refresh token, and the version still decides when a lease ran out.
import type { KeyfobError } from '../api/errors.ts';
import type { VaultKind } from '../api/status.ts';

/** Which write an entry stands at; every write of an entry gets a greater one than any before, also after a removal. */
export type Version = number;

/** The version of an entry that is not there. */
export const absent: Version = 0;

/** An entry's text, and which write it is of. */
export interface Versioned {
  readonly entry: string;
  readonly version: Version;
}

/** That an entry was written, or removed (`version` is `absent`). */
export interface Change {
  readonly id: string;
  readonly version: Version;
}

/** The right to do what only one may do with an entry, for a time. */
export interface Lease {
  /** Gives it back; done too when its time is over. */
  release(): Promise<void>;
}

/**
 * Where secrets are kept: one text for each account. Every call throws a KeyfobError: `vault_locked` while it is
 * locked, `vault_unavailable` when it cannot be used or the entry is damaged, `bad_request` for an id that is
 * empty or has half a character.
 */
export interface Vault {
  readonly kind: VaultKind;
  /** True while nothing can be read or written before `unlock`. */
  readonly locked: boolean;
  /**
   * Why it is out of reach though nobody locked it here (its service or its file is away), as far as the last call or
   * look knows; null: nothing is known to stand in the way.
   */
  readonly away: KeyfobError | null;
  /** Hears each time that `away` has changed; gives the function that ends it. */
  watchReach(hear: () => void): () => void;
  /** Looks whether it is within reach, asking nobody for anything, and says so in `away`. Never throws. */
  look(): Promise<void>;
  /** The entry as it stands, or null. */
  get(id: string): Promise<Versioned | null>;
  /**
   * Every entry as it stands, where this kind reads all at once in less time than one after the other; null: it does not,
   * or not now. `get` is asked for what is not among them, a damaged one too. Never throws.
   */
  getAll(): Promise<ReadonlyMap<string, Versioned> | null>;
  /** The entry's version, `absent` when there is none; for a damaged entry too, so that it can be replaced. */
  versionOf(id: string): Promise<Version>;
  /**
   * Keeps an entry in place of the one of version `expected`, and gives the new version; resolves only once it
   * would survive kill -9 (as far as the kind keeps anything). Throws VersionConflict, and then changes nothing.
   */
  put(id: string, entry: string, expected: Version): Promise<Version>;
  /** Forgets the entry of version `expected`. Throws VersionConflict, and then changes nothing. */
  remove(id: string, expected: Version): Promise<void>;
  list(): Promise<string[]>;
  /** Takes the lease of an entry for `ttl` ms, or null: somebody else has it. The entry need not be there. */
  lease(id: string, ttl: number): Promise<Lease | null>;
  /** Hears of each change once it can be read, whoever made it; gives the function that ends it. */
  watch(hear: (change: Change) => void): () => void;
  /** Forgets what is in memory (the key, cached texts) until `unlock`. */
  lock(): Promise<void>;
  /**
   * Opens the vault again; the system may ask a person. `begin`: make a new one where this one is missing or cannot be
   * used; what stands in its place is kept aside. Throws `vault_locked` when the passphrase is missing or wrong, or a
   * prompt was dismissed; `vault_unavailable` when the vault is missing or damaged.
   */
  unlock(passphrase?: string, options?: { readonly begin?: boolean }): Promise<void>;
  /** Resolves when every call so far has ended, well or not. */
  settled(): Promise<void>;
  /** Ends the use of the vault, once every call so far has ended: gives back what it holds open. */
  close(): Promise<void>;
}

/** The entry has another version than the one that a write was made from. */
export class VersionConflict extends Error {
  readonly id: string;
  /** The one it has. */
  readonly actual: Version;
  constructor(id: string, actual: Version) {
    super('the entry has another version by now');
    this.name = 'VersionConflict';
    this.id = id;
    this.actual = actual;
  }
}

/** Keeps an entry whatever stands there, a damaged one too. Throws what the vault throws. */
export function replace(vault: Vault, id: string, entry: string): Promise<Version> {
  return withAnyVersion(vault, id, (version) => vault.put(id, entry, version));
}

/** Forgets an entry whatever its version; done too when there is none. Throws what the vault throws. */
export function forget(vault: Vault, id: string): Promise<void> {
  return withAnyVersion(vault, id, (version) => vault.remove(id, version));
}

async function withAnyVersion<T>(
  vault: Vault,
  id: string,
  write: (version: Version) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await write(await vault.versionOf(id));
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
}
