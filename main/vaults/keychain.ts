// The vault in the system's keychain: one entry an account, split where the store takes only small ones.
//
// Invariants: nothing is cached; a write goes chunks of a new generation, head, old chunks away, so that a
// crash in between leaves the old text or the new one, and what it leaves over is swept by the next `list`; a
// version is the greater of the one before and one, and the time in ms, so that none comes again after a removal
// (a keychain compares nothing by itself: that two processes do not write at once is the claim on the home's to
// see to); "nothing there" is believed only after the keychain has proved that it is open (libsecret says "nothing"
// for a locked entry too), and entries are listed only then; a person is asked at `unlock` and where one is opened that
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
import { isPassing, keychainError, keychainState } from './keychain-failures.ts';
import { createKeytar } from './keychain-process.ts';
import type { Keytar, StartKeychainHelper } from './keychain-process.ts';
import { absent, VersionConflict } from './port.ts';
import type { Vault, Version } from './port.ts';
import { Reach } from './reach.ts';
import { lookAtSecretService } from './secret-service.ts';

export interface KeychainOptions {
  /** The service that the entries stand under (see `homePaths`). */
  readonly service: string;
  /** Bytes an entry may have; unsaid, the platform's own limit. */
  readonly limitBytes?: number;
  /** Ms until a call counts as hung; 10,000 when unsaid. */
  readonly timeoutMs?: number;
  /** Accounts are kept in it: it is used also where it is away for the moment. */
  readonly mayBeAway?: boolean;
  /** Ms without a call after which keytar's process ends, until the next; unsaid, it stays. */
  readonly idleMs?: number;
  /** The file of the package keytar, where it is not found from here. */
  readonly keytarPath?: string;
  /** How the process that loads keytar is started, where this program does not run as Node. */
  readonly startHelper?: StartKeychainHelper;
}

/** Ms for which a prompt may stand that a person is asked with. */
const promptLimit = 60_000;
/** Ms for which a look that found the keychain open holds. */
const lookHolds = 250;
/** Ms until a keychain that cannot be looked at is tried again. */
const tryAgain = 60_000;

/**
 * Opens the keychain after a round trip (write, read back, delete a probe). With `mayBeAway` one that is locked or
 * out of reach for the moment is opened all the same, with `away` saying why, and nobody is asked. Throws
 * `vault_locked` when it is locked or does not answer, `vault_unavailable` when there is none, it refuses, or
 * libsecret is missing.
 */
export async function openKeychain(options: KeychainOptions): Promise<Vault> {
  const keytar = createKeytar({ timeoutMs: 10_000, ...options });
  const reach = new Reach();
  const { mayBeAway = false } = options;
  try {
    await keytar.load();
    const state = mayBeAway ? await lookAtSecretService() : 'unknown';
    if (state !== 'open' && state !== 'unknown') throw keychainState(state);
    await probe(keytar);
  } catch (error) {
    keytar.close();
    const failure = keychainError(error);
    if (!mayBeAway || !isPassing(failure)) throw failure;
    reach.away = failure;
  }
  return keychainVault(keytar, options.limitBytes ?? entryLimit(process.platform), reach);
}

async function probe(keytar: Keytar, withinMs?: number): Promise<void> {
  const account = `#probe-${randomBytes(4).toString('hex')}`;
  const text = randomBytes(8).toString('hex');
  await keytar.set(account, text, withinMs);
  const back = await keytar.get(account);
  await keytar.delete(account);
  if (back !== text) {
    throw new KeyfobError(
      'keychain_gives_nothing_back',
      {},
      { action: { type: 'keep_elsewhere', params: {} } },
    );
  }
}

/** What stands under an account's own name; `damaged`: it is none of Keyfob's heads. */
type Standing = Head | { readonly kind: 'damaged'; readonly version: Version } | null;

type Entries = Awaited<ReturnType<Keytar['find']>>;

function keychainVault(keytar: Keytar, limitBytes: number, reach: Reach): Vault {
  const inTurn = createQueue();
  const { lease, watch, tell } = inProcess();
  let locked = false;
  /** By the steady clock, in ms. */
  let openUntil = 0;
  let failedAt = performance.now();

  /** Looks anew. Throws where a call would ask a person, or come to nothing. False: it cannot be looked at. */
  const demandOpen = async (): Promise<boolean> => {
    const state = await lookAtSecretService();
    if (state !== 'open' && state !== 'unknown') throw keychainState(state);
    openUntil = performance.now() + lookHolds;
    return state === 'open';
  };

  const failed = (error: unknown): KeyfobError => {
    const failure = keychainError(error);
    if (isPassing(failure)) {
      openUntil = 0;
      failedAt = performance.now();
      reach.away = failure;
    }
    return failure;
  };

  const call = <T>(task: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      if (locked) {
        throw new KeyfobError('locked', {}, { action: { type: 'unlock', params: {} } });
      }
      try {
        if (performance.now() >= openUntil) await demandOpen();
        const value = await task();
        reach.away = null;
        return value;
      } catch (error) {
        throw error instanceof VersionConflict ? error : failed(error);
      }
    });

  /** Whether one that cannot be looked at may be tried by itself; a locked one would ask a person. */
  const isWorthATry = (): boolean =>
    reach.away?.problem.reason !== 'keychain_locked' && performance.now() - failedAt >= tryAgain;

  const entryOf = async (account: string): Promise<string | null> => {
    const entry = await keytar.get(account);
    if (entry !== null || (await demandOpen())) return entry;
    await probe(keytar);
    // The probe may have had the keychain opened by a prompt: ask once more.
    return keytar.get(account);
  };

  const standingOf = async (account: string): Promise<Standing> => {
    const entry = await entryOf(account);
    return entry === null ? null : standing(account, entry);
  };

  const expect = async (id: string, expected: Version): Promise<Standing> => {
    const before = await standingOf(accountOf(id));
    const actual = before?.version ?? absent;
    if (actual !== expected) throw new VersionConflict(id, actual);
    return before;
  };

  const dropChunks = async (account: string, head: Standing): Promise<void> => {
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
      return reach.away;
    },
    watchReach: reach.watch,
    async look() {
      const state = await lookAtSecretService();
      if (state !== 'open' && state !== 'unknown') reach.away = keychainState(state);
      else if (state === 'open' || isWorthATry()) reach.away = null;
    },
    lease,
    watch,
    get: (id) =>
      call(async () => {
        const account = accountOf(id);
        const entry = await entryOf(account);
        if (entry === null) return null;
        const head = readHead(account, entry);
        if (head.kind === 'whole') return { entry: head.text, version: head.version };
        const chunks: (string | null)[] = [];
        for (let index = 0; index < head.chunks; index += 1) {
          chunks.push(await keytar.get(chunkAccount(account, head.generation, index)));
        }
        return { entry: joinChunks(account, chunks, head.sha256), version: head.version };
      }),
    versionOf: (id) => call(async () => (await standingOf(accountOf(id)))?.version ?? absent),
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
        if (!(await demandOpen())) await probe(keytar);
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
        await probe(keytar, promptLimit).catch((error: unknown) => {
          throw failed(error);
        });
        locked = false;
        reach.away = null;
      }),
    settled: () => inTurn(async () => undefined),
    close: () =>
      inTurn(async () => {
        keytar.close();
      }),
  };
}

/** What stands under each account's own name. */
async function headsOf(keytar: Keytar, entries: Entries): Promise<Map<string, Standing>> {
  const heads = new Map<string, Standing>();
  for (const { account, password } of entries) {
    if (nameOf(account) === null) continue;
    // On Windows services are found by the beginning of their name: only what answers to ours is ours.
    const entry = process.platform === 'win32' ? await keytar.get(account) : password;
    if (entry !== null) heads.set(account, standing(account, entry));
  }
  return heads;
}

/** Takes away what a crash left over: probes, and chunks that no head speaks of. */
async function sweep(keytar: Keytar, entries: Entries, heads: ReadonlyMap<string, Standing>): Promise<void> {
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

function standing(account: string, entry: string): NonNullable<Standing> {
  try {
    return readHead(account, entry);
  } catch {
    // Greater than absent, so that it can be replaced and removed.
    return { kind: 'damaged', version: 1 };
  }
}
