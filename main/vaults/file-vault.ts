// The vault in encrypted files, for machines without a keychain: `vault.json` holds the key, sealed under the
// passphrase's; beside it a folder has a file for each entry, and an index of which version of each counts.
// docs/vaults.md has the format.
//
// Invariants: a write resolves only once it is on the disk: the entry's file and its name, then the line of the
// index, which is what makes it count, then the old file goes. Killed anywhere, the vault has the old entry or the
// new one. One damaged entry is told by its name, and the others are served. What is damaged is never overwritten.
// Plain texts are not kept in memory; locking zeroes the key.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { sweepTemporaries, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { deriveKey, type KdfCost } from '../platform/sealed-box.ts';
import { createQueue } from '../platform/serial-queue.ts';
import { finishFolder, foldersBeside, folderOf, makeFolder, openFolder } from './file-vault-folder.ts';
import type { EntryFile } from './file-vault-entries.ts';
import type { VaultFolder } from './file-vault-folder.ts';
import { openFormat1 } from './file-vault-format-1.ts';
import { damaged, faultOf, gone, isSaved, makeHeader, openHeader } from './file-vault-header.ts';
import { readVaultFile, saveHeader, setAside, unreadable, unwritable } from './file-vault-header.ts';
import type { Header, VaultFile } from './file-vault-header.ts';
import { checkId, inProcess, readOneByOne } from './in-process.ts';
import { gatherWrites, putAll, removeEntry } from './file-vault-writes.ts';
import { absent, type Vault } from './port.ts';
import { Reach } from './reach.ts';

export interface FileVaultOptions {
  readonly path: string;
  /** Without one the vault starts locked. */
  readonly passphrase?: string;
  /** A file that is missing is an error: accounts are kept in it. Omitted, it is made. */
  readonly mustExist?: boolean;
  /** One that is missing or damaged is opened locked all the same, and `away` says why. */
  readonly mayBeAway?: boolean;
  /** Make a new one where it is missing or cannot be opened; what stands in its place is kept aside. */
  readonly begin?: boolean;
  /** For a file that is made anew; 2^17, 8, 1 (128 MiB, under a second) by default. */
  readonly cost?: KdfCost;
  /** Told each that is added to `notices`. */
  readonly onNotice?: (notice: Message) => void;
}

/** A file vault, and what a person should be told about it. */
export interface FileVault extends Vault {
  readonly notices: readonly Message[];
}

/**
 * Opens the vault of a file; with a passphrase, unlocked, and a missing file is made. Throws `vault_locked`
 * when the passphrase is wrong, `vault_unavailable` when the file and its last good copy are damaged, or it is
 * missing and must not be.
 */
export async function openFileVault(options: FileVaultOptions): Promise<FileVault> {
  // The vault keeps no passphrase: a lock forgets it with the key.
  const { passphrase, ...kept } = options;
  const { mustExist = false, mayBeAway = false, begin = false } = kept;
  const reach = new Reach();
  const vault = createFileVault(kept, reach);
  if (mustExist && !begin) reach.away = await faultOf(options.path);
  if (reach.away !== null && !mayBeAway) throw reach.away;
  if (passphrase !== undefined && reach.away === null) {
    await vault.unlock(passphrase, { begin });
  }
  return vault;
}

interface Opened extends VaultFolder {
  readonly key: Buffer;
}

type KeptOptions = Omit<FileVaultOptions, 'passphrase'>;

function createFileVault(options: KeptOptions, reach: Reach): FileVault {
  const { path: file } = options;
  /** Once it was open, nothing is made anew in its place. */
  let mustExist = options.mustExist === true;
  const inTurn = createQueue();
  const { lease, watch, tell: tellChange } = inProcess();
  const notices: Message[] = [];
  let opened: Opened | null = null;

  const tell = (notice: Message): void => {
    notices.push(notice);
    options.onNotice?.(notice);
  };
  const unlocked = (id?: string): Opened => {
    if (id !== undefined) checkId(id);
    if (opened !== null) return opened;
    throw new KeyfobError('vault_file_locked', {}, { action: unlock });
  };
  const write = gatherWrites(inTurn, async (writes) => putAll(file, unlocked(), writes));
  const close = async (): Promise<void> => {
    opened?.key.fill(0);
    opened = null;
  };

  return {
    kind: 'file',
    ...readOneByOne,
    notices,
    get locked() {
      return opened === null;
    },
    get away() {
      return reach.away;
    },
    watchReach: reach.watch,
    async look() {
      if (reach.away !== null) reach.away = await faultOf(file);
    },
    lease,
    watch,
    get: (id) =>
      inTurn(async () => {
        const { entries, index } = unlocked(id);
        for (let last: EntryFile | undefined; ;) {
          const row = index.rows.get(id);
          if (row === undefined) return null;
          const found = await entries.read(id, row).catch((error: unknown) => {
            throw unreadable(file, error);
          });
          if (found !== null && found !== 'missing') return { entry: found.entry, version: found.version };
          if (found === null || row === last) throw entryDamaged(file, id, found);
          // Another process may have written it since.
          last = row;
          await index.catchUp().catch((error: unknown) => {
            throw unreadable(file, error);
          });
        }
      }),
    versionOf: (id) => inTurn(async () => unlocked(id).index.rows.get(id)?.version ?? absent),
    async put(id, entry, expected) {
      checkId(id);
      const version = await write(id, entry, expected);
      tellChange({ id, version });
      return version;
    },
    remove: (id, expected) =>
      inTurn(async () => {
        if (await removeEntry(file, unlocked(id), id, expected)) tellChange({ id, version: absent });
      }),
    list: () => inTurn(async () => [...unlocked().index.rows.keys()]),
    lock: () => inTurn(close),
    unlock: (passphrase, { begin: anew = false } = {}) =>
      inTurn(async () => {
        if (passphrase === undefined || passphrase === '') {
          if (opened !== null) return;
          throw new KeyfobError('passphrase_needed', { file }, { action: unlock });
        }
        const now = await open({ ...options, mustExist }, passphrase, tell).catch(async (error: unknown) => {
          if (!isUnusable(error)) throw error;
          if (!anew) {
            if (mustExist) reach.away = error;
            throw error;
          }
          await setAside(file, tell);
          return open({ ...options, mustExist: false }, passphrase, tell);
        });
        await close();
        opened = now;
        mustExist = true;
        reach.away = null;
      }),
    settled: () => inTurn(async () => undefined),
    close: () => inTurn(close),
  };
}

/** Whether there is nothing that any passphrase would open. */
function isUnusable(error: unknown): error is KeyfobError {
  const reasons = ['vault_missing', 'vault_damaged', 'vault_is_folder'];
  return error instanceof KeyfobError && reasons.includes(error.problem.reason);
}

/** To open one that is locked. */
const unlock = { type: 'unlock_by_passphrase', params: {} } as const;

/** Opens the vault with a passphrase: as it stands, carried over from the first format, or made. */
async function open(
  options: KeptOptions,
  passphrase: string,
  tell: (notice: Message) => void,
): Promise<Opened> {
  const { path: file } = options;
  await sweepTemporaries(file);
  const told: Message[] = [];
  const found = await readVaultFile(file, (notice) => void told.push(notice));
  // One that was being made when its writer was killed has its copy first: nothing was lost there.
  const id = found?.kind === 'good' ? found.header.id : null;
  const begun = (await foldersBeside(file)).some((folder) => folder.id === id && folder.unfinished);
  if (!begun) told.forEach(tell);
  if (found === null && options.mustExist === true) throw gone(file);
  const { header, key } =
    found?.kind === 'good'
      ? { header: found.header, key: await openHeader(found.header, passphrase) }
      : await begin(options, passphrase, found, tell);
  if (key === null) throw wrongPassphrase(file);
  if (!(await isSaved(file, header))) await saveHeader(file, header);
  try {
    await finishFolder(file, header.id);
    return { key, ...(await openFolder(file, header.id, key, tell)) };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw unreadable(file, error);
    throw damaged(file, message('damage_folder_missing', { folder: folderOf(file, header.id) }));
  }
}

/** Makes a vault, with what stood in one of the first format, which is kept as `<file>.format-1`. */
async function begin(
  { path: file, cost }: KeptOptions,
  passphrase: string,
  old: Extract<VaultFile, { kind: 'format 1' }> | null,
  tell: (notice: Message) => void,
): Promise<{ header: Header; key: Buffer }> {
  const key = randomBytes(32);
  const entries = new Map<string, string>();
  let header: Header;
  if (old === null) {
    header = await makeHeader(key, { passphrase, cost });
    if ((await foldersBeside(file)).some(({ unfinished }) => !unfinished)) {
      tell(message('vault_begun_anew', { file }));
    }
  } else {
    const { kdf } = old.content;
    const derived = await deriveKey(passphrase, kdf);
    const texts = openFormat1(old.content, derived);
    if (texts === null) throw wrongPassphrase(file);
    for (const [id, text] of texts) {
      if (text !== null) entries.set(id, text);
      else tell(message('entry_not_carried_over', { file, account: id }));
    }
    header = await makeHeader(key, { kdf, derived });
  }
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    if (old !== null) await writeAtomically(`${file}.format-1`, old.text);
    await makeFolder(file, header.id, key, entries);
  } catch (error) {
    throw unwritable(file, error);
  }
  await saveHeader(file, header);
  if (old !== null) {
    tell(message('vault_carried_over', { file, old: `${file}.format-1` }));
  }
  return { header, key };
}

function wrongPassphrase(file: string): KeyfobError {
  return new KeyfobError('wrong_passphrase', { file });
}

function entryDamaged(file: string, account: string, how: 'missing' | null): KeyfobError {
  return new KeyfobError(
    how === 'missing' ? 'vault_entry_missing' : 'vault_entry_damaged',
    { file, account },
    { action: { type: 'remove_account', params: { account } } },
  );
}
