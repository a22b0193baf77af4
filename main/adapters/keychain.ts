// The vault in the system's keychain: one entry an account, split where the store takes only small ones.
//
// Invariants: nothing is cached; a write goes chunks of a new generation, head, old chunks away, so that a
// crash in between leaves the old text or the new one; "nothing there" is believed only after the keychain
// has proved that it is open (libsecret says "nothing" for a locked entry too), and entries are listed only
// then; every failure is a KeyfobError `vault_locked` or `vault_unavailable` that says what to do.
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { KeyfobError } from '../core/errors.ts';
import type { Vault } from '../core/ports.ts';
import { createQueue } from './atomic-file.ts';
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
import { keychainError } from './keychain-failures.ts';
import { createKeytar } from './keychain-process.ts';
import type { Keytar, StartKeychainHelper } from './keychain-process.ts';

export interface KeychainOptions {
  /** The service that the entries stand under (see `homePaths`). */
  readonly service: string;
  /** Bytes an entry may have; unsaid, the platform's own limit. */
  readonly limitBytes?: number;
  /** Ms until a call counts as hung; 10,000 when unsaid. */
  readonly timeoutMs?: number;
  /** The file of the package keytar, where it is not found from here. */
  readonly keytarPath?: string;
  /** How the process that loads keytar is started, where this program does not run as Node. */
  readonly startHelper?: StartKeychainHelper;
}

/**
 * Opens the keychain after a round trip (write, read back, delete a probe). Throws `vault_locked` when it is
 * locked or does not answer, `vault_unavailable` when there is none, it refuses, or libsecret is missing.
 */
export async function openKeychain(options: KeychainOptions): Promise<Vault> {
  const keytar = createKeytar({ timeoutMs: 10_000, ...options });
  try {
    await probe(keytar);
  } catch (error) {
    keytar.close();
    throw keychainError(error);
  }
  return keychainVault(keytar, options.limitBytes ?? entryLimit(process.platform));
}

async function probe(keytar: Keytar): Promise<void> {
  const account = `#probe-${randomBytes(4).toString('hex')}`;
  const text = randomBytes(8).toString('hex');
  await keytar.set(account, text);
  const back = await keytar.get(account);
  await keytar.delete(account);
  if (back !== text) {
    throw new KeyfobError(
      'vault_unavailable',
      'The system keychain does not give back what is put into it.',
      {
        hint: 'Look at it with its own password manager, or use `--vault file --passphrase-file F`.',
      },
    );
  }
}

function keychainVault(keytar: Keytar, limitBytes: number): Vault {
  const inTurn = createQueue();
  let locked = false;

  const call = <T>(task: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      if (locked) {
        throw new KeyfobError('vault_locked', 'Keyfob is locked.', {
          hint: 'Unlock it with `keyfob unlock`.',
        });
      }
      try {
        return await task();
      } catch (error) {
        throw keychainError(error);
      }
    });

  const headOf = async (account: string): Promise<Head | null> => {
    let entry = await keytar.get(account);
    if (entry === null) {
      await probe(keytar);
      // The probe may have had the keychain opened by a prompt: ask once more.
      entry = await keytar.get(account);
    }
    return entry === null ? null : readHead(account, entry);
  };

  const dropChunks = async (account: string, head: Head | null): Promise<void> => {
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
    read: (name) =>
      call(async () => {
        const account = accountOf(name);
        const head = await headOf(account);
        if (head === null || head.kind === 'whole') return head?.text ?? null;
        const chunks: (string | null)[] = [];
        for (let index = 0; index < head.chunks; index += 1) {
          chunks.push(await keytar.get(chunkAccount(account, head.generation, index)));
        }
        return joinChunks(account, chunks);
      }),
    write: (name, text) =>
      call(async () => {
        const account = accountOf(name);
        const before = await keytar.get(account);
        const generation = randomBytes(4).toString('hex');
        const layout = layOut(text, generation, limitBytes);
        for (const [index, chunk] of layout.chunks.entries()) {
          await keytar.set(chunkAccount(account, generation, index), chunk);
        }
        await keytar.set(account, layout.head);
        await dropChunks(account, before === null ? null : headOrNull(account, before)).catch(
          () => undefined,
        );
      }),
    delete: (name) =>
      call(async () => {
        const account = accountOf(name);
        // The head goes first: chunks without a head are nothing, and are swept by the next `list`.
        const before = await keytar.get(account);
        if (!(await keytar.delete(account))) {
          await probe(keytar);
          await keytar.delete(account);
        }
        await dropChunks(account, before === null ? null : headOrNull(account, before));
      }),
    list: () =>
      call(async () => {
        // Opens the keychain, or throws: to find entries in a locked one ends keytar's process.
        await probe(keytar);
        const entries = await keytar.find();
        const heads = new Map<string, Head | null>();
        for (const { account, password } of entries) {
          if (nameOf(account) === null) continue;
          // On Windows services are found by the beginning of their name: only what answers to ours is ours.
          const entry = process.platform === 'win32' ? await keytar.get(account) : password;
          if (entry !== null) heads.set(account, headOrNull(account, entry));
        }
        for (const { account } of entries) {
          if (account.startsWith('#probe-')) await keytar.delete(account);
          const chunk = chunkOf(account);
          if (chunk === null) continue;
          const head = heads.get(chunk.account);
          const damaged = head === null;
          const current = head?.kind === 'chunked' && head.generation === chunk.generation;
          if (!damaged && !current) await keytar.delete(account);
        }
        return [...heads.keys()].map((account) => nameOf(account) ?? account);
      }),
    lock: () =>
      inTurn(async () => {
        locked = true;
        keytar.close();
      }),
    unlock: () =>
      inTurn(async () => {
        await probe(keytar).catch((error: unknown) => {
          throw keychainError(error);
        });
        locked = false;
      }),
  };
}

function headOrNull(account: string, entry: string): Head | null {
  try {
    return readHead(account, entry);
  } catch {
    return null;
  }
}
