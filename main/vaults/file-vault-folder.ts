// The folder of a file vault: its entries and its index, made, opened and looked through.
//
// Invariants: a folder is begun with the mark `unfinished`, which goes once `vault.json` names it; one that still
// bears it, or is empty, and is not named was left by a writer who was killed, and holds nothing that was ever acknowledged. Where
// the index has lost something, the newest version of an entry that opens is what counts; one that is older than the
// index says never does.
import { mkdir, open, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { message, type Message } from '../api/problems/index.ts';
import { syncFolder } from '../platform/atomic-file.ts';
import { entryFiles, hashOf } from './file-vault-entries.ts';
import type { EntryFile, EntryFiles } from './file-vault-entries.ts';
import { Index } from './file-vault-index.ts';

/** An open folder. */
export interface VaultFolder {
  readonly entries: EntryFiles;
  readonly index: Index;
}

const unfinished = 'unfinished';

/** The folder of the vault with this id: `vault-<id>` beside `vault.json`. */
export function folderOf(file: string, id: string): string {
  return path.join(path.dirname(file), `${path.basename(file, '.json')}-${id}`);
}

/** Ids of the vaults whose folders stand beside a vault file; `unfinished` when they were never put to use. */
export async function foldersBeside(file: string): Promise<{ id: string; unfinished: boolean }[]> {
  const prefix = `${path.basename(file, '.json')}-`;
  const found: { id: string; unfinished: boolean }[] = [];
  for (const name of await readdir(path.dirname(file)).catch(() => [])) {
    const id = name.slice(prefix.length);
    if (!name.startsWith(prefix) || !/^[0-9a-f]{16}$/.test(id)) continue;
    const names = await readdir(folderOf(file, id)).catch(() => [] as string[]);
    found.push({ id, unfinished: names.length === 0 || names.includes(unfinished) });
  }
  return found;
}

/** Makes a folder with these entries, all of it on the disk; `finishFolder` once the vault file names it. */
export async function makeFolder(
  file: string,
  vault: string,
  key: Buffer,
  given: ReadonlyMap<string, string>,
): Promise<void> {
  const folder = folderOf(file, vault);
  await mkdir(folder, { mode: 0o700 });
  await (await open(path.join(folder, unfinished), 'wx', 0o600)).close();
  await syncFolder(folder);
  const entries = entryFiles(folder, vault, key);
  const rows = new Map<string, EntryFile>();
  for (const one of given) {
    for (const [id, written] of await entries.write(rows.size + 1, new Map([one]))) rows.set(id, written);
  }
  await Index.make({ folder, vault, key }, rows);
  await syncFolder(path.dirname(folder));
}

/** Takes away the mark of the folder that the vault file names now, and what killed writers left beside it. */
export async function finishFolder(file: string, vault: string): Promise<void> {
  for (const found of await foldersBeside(file)) {
    if (!found.unfinished) continue;
    const folder = folderOf(file, found.id);
    // The mark goes last: a folder that is half taken away is still an unfinished one.
    for (const name of found.id === vault ? [] : await readdir(folder)) {
      if (name !== unfinished) await rm(path.join(folder, name), { recursive: true, force: true });
    }
    await rm(path.join(folder, unfinished), { force: true });
    if (found.id !== vault) await rmdir(folder);
  }
}

/** Opens a folder. Rejects with the system's own errors; what was lost and found is told. */
export async function openFolder(
  file: string,
  vault: string,
  key: Buffer,
  tell: (notice: Message) => void,
): Promise<VaultFolder> {
  const folder = folderOf(file, vault);
  const location = { folder, vault, key };
  const entries = entryFiles(folder, vault, key);
  const opened = await Index.open(location);
  const index = opened ?? (await Index.make(location, new Map()));
  const { gone, there } = await missingIn(entries, index);
  const damaged = opened === null || opened.damaged || gone.length > 0;
  const found = await lookThrough(entries, there, index, damaged || index.torn);
  const missing = gone.filter((id) => !found.has(id));
  // Beside what a writer left that was killed in its line, or before it.
  const surprising = damaged ? [...found] : [];
  if (opened === null) {
    tell(message('index_made_anew', { file, count: found.size }));
  } else if (surprising.length > 0) {
    tell(message('index_found_again', { file, accounts: surprising.map(([id]) => id) }));
  } else if (index.lost > 0) {
    tell(message('index_mended', { file }));
  }
  if (missing.length > 0) {
    tell(message('entries_missing', { file, accounts: missing }));
  }
  // What cannot be kept now is found again at the next opening.
  if (damaged || found.size > 0) await index.mend(found, damaged).catch(() => undefined);
  return { entries, index };
}

/** The files of each entry, by the hash of its id. */
type FilesThere = Awaited<ReturnType<EntryFiles['files']>>;

/**
 * Ids whose newest entry has no file, also after another process that writes meanwhile had its turn, and the files that
 * there are.
 */
async function missingIn(
  entries: EntryFiles,
  index: Index,
): Promise<{ readonly gone: string[]; readonly there: FilesThere }> {
  let last = new Map<string, EntryFile>();
  for (;;) {
    const there = await entries.files();
    const missing = new Map(
      [...index.rows].filter(([id, row]) => !there.get(hashOf(id))?.some((one) => same(one, row))),
    );
    if ([...missing].every(([id, row]) => last.get(id) === row)) return { gone: [...missing.keys()], there };
    last = missing;
    await index.catchUp();
  }
}

/**
 * Finds entries that are newer than the index says, and sweeps what nothing refers to. Where nothing is damaged one
 * counts only when it is old: until then its writer may be at work.
 */
async function lookThrough(
  entries: EntryFiles,
  there: FilesThere,
  index: Index,
  damaged: boolean,
): Promise<Map<string, EntryFile>> {
  const rows = new Map([...index.rows].map(([id, row]) => [hashOf(id), row] as const));
  const found = new Map<string, EntryFile>();
  for (const [hash, files] of there) {
    const row = rows.get(hash);
    const others = files.filter((one) => row === undefined || !same(one, row));
    const minCounter = damaged ? (row?.version ?? 0) : index.counter;
    let taken = false;
    for (const other of others.toSorted((a, b) => b.version - a.version)) {
      const newer = !taken && other.version > minCounter && (damaged || (await entries.isOld(hash, other)));
      const opened = newer ? await entries.readHashed(hash, other).catch(() => null) : null;
      if (opened === null) {
        await entries.sweep(hash, other);
      } else {
        taken = true;
        found.set(opened.id, other);
      }
    }
  }
  return found;
}

function same(a: EntryFile, b: EntryFile): boolean {
  return a.version === b.version && a.mark === b.mark;
}
