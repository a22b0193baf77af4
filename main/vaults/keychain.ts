// The vault in the system's keychain: one entry an account, split where the store takes only small ones.
//
// Invariants: nothing is cached; a write goes chunks of a new generation, head, old chunks away, so that a
// crash in between leaves the old text or the new one, and what it leaves over is swept by the next `list`; a
// version is the greater of the one before and one, and the time in ms, so that none comes again after a removal
// (a keychain compares nothing by itself: that two processes do not write at once is the claim on the home's to
// see to); "nothing there" is believed only of a keychain that is seen to be open, or has proved it by a probe
// (libsecret says "nothing" for a locked entry too), and entries are listed only then; a person is asked at `unlock` and where one is opened that
// no account lives in yet, never by a call that came by itself, as far as the keychain can be looked at; every failure
// is a KeyfobError `vault_locked` or `vault_unavailable` that says what to do.
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { createQueue } from '../platform/serial-queue.ts';
import { inProcess } from './in-process.ts';
import {
  accountOf,
  chunkAccount,
  chunkOf,
  entryLimit,
  joinChunks,
  layOut,
  nameOf,
  readHead,
} from './keychain-entries.ts';
import type { Head } from './keychain-entries.ts';
import { KeychainGate } from './keychain-gate.ts';
import { createKeytar } from './keychain-process.ts';
import type { Keytar, StartKeychainHelper } from './keychain-process.ts';
import { absent, VersionConflict } from './port.ts';
import type { Vault, Version, Versioned } from './port.ts';
import { findInSecretService, type FoundItem } from './secret-service.ts';

export interface KeychainOptions {
  /** The service that the entries stand under (see `homePaths`). */
  readonly service: string;
  /** Bytes an entry may have; omitted, the platform's own limit. */
  readonly limitBytes?: number;
  /** Ms until a call counts as hung; omitted, `callLimit`. */
  readonly timeoutMs?: number;
  /** Accounts are kept in it: it is used also where it is away for the moment. */
  readonly mayBeAway?: boolean;
  /** Ms without a call after which keytar's process ends, until the next; omitted, it stays. */
  readonly idleMs?: number;
  /** The file of the package keytar, where it is not found from here. */
  readonly keytarPath?: string;
  /** How the process that loads keytar is started, where this program does not run as Node. */
  readonly startHelper?: StartKeychainHelper;
}

/**
 * Ms until a call counts as hung. Where the system can be asked whether a keychain is open, a call of ours asks nobody.
 * macOS cannot, and asks a person at any call (of an item that another program made, say): that takes a person's time.
 */
export function callLimit(platform: string): number {
  return platform === 'darwin' ? 180_000 : 10_000;
}

/**
 * Opens the keychain after a round trip (write, read back, delete a probe). With `mayBeAway` one that is seen to be open
 * is taken to keep what it is given, without a probe; one that is locked or out of reach for the moment is opened all
 * the same, with `away` saying why, and nobody is asked. Throws
 * `vault_locked` when it is locked or does not answer, `vault_unavailable` when there is none, it refuses, or
 * libsecret is missing.
 */
export async function openKeychain(options: KeychainOptions): Promise<Vault> {
  const keytar = createKeytar({ timeoutMs: callLimit(process.platform), ...options });
  const gate = new KeychainGate(keytar);
  const { mayBeAway = false } = options;
  try {
    await gate.open({ look: mayBeAway });
  } catch (error) {
    keytar.close();
    if (!mayBeAway || gate.reach.away === null) throw error;
  }
  return keychainVault(keytar, gate, options);
}

/** What stands under an account's own name; `damaged`: it is none of Keyfob's heads. */
type HeadState = Head | { readonly kind: 'damaged'; readonly version: Version } | null;

type Entries = Awaited<ReturnType<Keytar['find']>>;

function keychainVault(keytar: Keytar, gate: KeychainGate, options: KeychainOptions): Vault {
  const { service, limitBytes = entryLimit(process.platform) } = options;
  const inTurn = createQueue();
  const { lease, watch, tell } = inProcess();
  let locked = false;

  const call = <T>(task: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      if (locked) {
        throw new KeyfobError('locked', {}, { action: { type: 'unlock', params: {} } });
      }
      return gate.run(task);
    });

  const headOf = async (account: string): Promise<HeadState> => {
    const entry = await gate.entryOf(account);
    return entry === null ? null : readHeadState(account, entry);
  };

  const expect = async (id: string, expected: Version): Promise<HeadState> => {
    const before = await headOf(accountOf(id));
    const actual = before?.version ?? absent;
    if (actual !== expected) throw new VersionConflict(id, actual);
    return before;
  };

  const dropChunks = async (account: string, head: HeadState): Promise<void> => {
    if (head?.kind !== 'chunked') return;
    for (let index = 0; index < head.chunks; index += 1) {
      await keytar.delete(chunkAccount(account, head.generation, index));
    }
  };

  return {
    kind: 'keychain',
    get locked() {
      return locked;
    },
    get away() {
      return gate.reach.away;
    },
    watchReach: gate.reach.watch,
    look: () => gate.look(),
    lease,
    watch,
    get: (id) =>
      call(async () => {
        const account = accountOf(id);
        const entry = await gate.entryOf(account);
        if (entry === null) return null;
        const head = readHead(account, entry);
        if (head.kind === 'whole') return { entry: head.text, version: head.version };
        const chunks: (string | null)[] = [];
        for (let index = 0; index < head.chunks; index += 1) {
          chunks.push(await keytar.get(chunkAccount(account, head.generation, index)));
        }
        return { entry: joinChunks(account, chunks, head.sha256), version: head.version };
      }),
    // Not in turn: who waits for one account does not wait for all.
    async getAll() {
      const isOpen = !locked && (await gate.run(() => gate.demandOpen()).catch(() => false));
      const items = isOpen ? await findInSecretService(service, { secrets: true }) : null;
      return items === null || locked ? null : versionedOf(items);
    },
    versionOf: (id) => call(async () => (await headOf(accountOf(id)))?.version ?? absent),
    put: (id, entry, expected) =>
      call(async () => {
        const account = accountOf(id);
        const before = await expect(id, expected);
        const version = Math.max(expected + 1, Date.now());
        const generation = randomBytes(4).toString('hex');
        const layout = layOut(entry, version, generation, limitBytes);
        for (const [index, chunk] of layout.chunks.entries()) {
          await keytar.set(chunkAccount(account, generation, index), chunk);
        }
        await keytar.set(account, layout.head);
        await dropChunks(account, before).catch(() => undefined);
        tell({ id, version });
        return version;
      }),
    remove: (id, expected) =>
      call(async () => {
        const account = accountOf(id);
        const before = await expect(id, expected);
        if (before === null) return;
        // The head goes first: chunks without a head are nothing, and are swept by the next `list`.
        await keytar.delete(account);
        await dropChunks(account, before);
        tell({ id, version: absent });
      }),
    list: () =>
      call(async () => {
        // To find entries in a locked one ends keytar's process.
        if (!(await gate.demandOpen())) await gate.probe();
        const items = await findInSecretService(service, { secrets: false });
        const names = items?.map(({ account }) => nameOf(account)) ?? [null];
        // What a crash may have left over is judged by the secrets too.
        if (!names.includes(null)) return [...new Set(names.filter((name) => name !== null))];
        const entries = await keytar.find();
        const heads = await headsOf(keytar, entries);
        await sweep(keytar, entries, heads);
        return [...heads.keys()].map((account) => nameOf(account) ?? account);
      }),
    lock: () =>
      inTurn(async () => {
        locked = true;
        keytar.close();
      }),
    unlock: () =>
      inTurn(async () => {
        await gate.unlock();
        locked = false;
      }),
    settled: () => inTurn(async () => undefined),
    close: () =>
      inTurn(async () => {
        keytar.close();
      }),
  };
}

/** Accounts' texts and versions, of all items; what is damaged is left out. */
function versionedOf(items: readonly FoundItem[]): Map<string, Versioned> {
  // Of two for one account the first counts, as it does where one is asked for.
  const secrets = new Map(items.toReversed().map(({ account, password }) => [account, password]));
  const found = new Map<string, Versioned>();
  for (const [account, secret] of secrets) {
    const name = nameOf(account);
    const head = name === null || secret === null ? null : readHeadState(account, secret);
    if (name === null || head === null || head.kind === 'damaged') continue;
    const entry = head.kind === 'whole' ? head.text : joined(account, head, secrets);
    if (entry !== null) found.set(name, { entry, version: head.version });
  }
  return found;
}

/** The text that stands in chunks; null where they are damaged. */
function joined(
  account: string,
  { chunks, generation, sha256 }: Extract<Head, { kind: 'chunked' }>,
  secrets: ReadonlyMap<string, string | null>,
): string | null {
  const texts = Array.from(
    { length: chunks },
    (_, index) => secrets.get(chunkAccount(account, generation, index)) ?? null,
  );
  try {
    return joinChunks(account, texts, sha256);
  } catch {
    return null;
  }
}

/** What stands under each account's own name. */
async function headsOf(keytar: Keytar, entries: Entries): Promise<Map<string, HeadState>> {
  const heads = new Map<string, HeadState>();
  for (const { account, password } of entries) {
    if (nameOf(account) === null) continue;
    // On Windows services are found by the beginning of their name: only what answers to ours is ours.
    const entry = process.platform === 'win32' ? await keytar.get(account) : password;
    if (entry !== null) heads.set(account, readHeadState(account, entry));
  }
  return heads;
}

/** Takes away what a crash left over: probes, and chunks that no head speaks of. */
async function sweep(keytar: Keytar, entries: Entries, heads: ReadonlyMap<string, HeadState>): Promise<void> {
  for (const { account } of entries) {
    if (account.startsWith('#probe-')) await keytar.delete(account);
    const chunk = chunkOf(account);
    if (chunk === null) continue;
    const head = heads.get(chunk.account);
    const damaged = head?.kind === 'damaged';
    const current = head?.kind === 'chunked' && head.generation === chunk.generation;
    if (!damaged && !current) await keytar.delete(account);
  }
}

function readHeadState(account: string, entry: string): NonNullable<HeadState> {
  try {
    return readHead(account, entry);
  } catch {
    // Greater than absent, so that it can be replaced and removed.
    return { kind: 'damaged', version: 1 };
  }
}
