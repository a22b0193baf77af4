// Writing a file so that a reader finds either the old text or the new one, whole, whatever dies in between.
//
// Invariants: the temporary file lies in the same folder (a rename never crosses file systems); the text is
// on the disk (fsync) before the rename, and the rename is (fsync of the folder) before the promise
// resolves. Temporary names end in `.tmp-<random>`; `sweepTemporaries` clears what a killed writer left.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, renameSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open, readdir, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { untilFree } from './held-files.ts';

/** A text as it is, encoded in UTF-8, or in pieces. */
type FileText = string | Buffer | Iterable<string>;

/** Tells a file from one that was replaced or written since: device, inode, size and time of the last write. */
export type FileIdentity = string;

interface Staged {
  readonly target: string;
  readonly temporary: string;
  readonly identity: FileIdentity;
}

/** Flushes a folder's entries to the disk. Windows has no such call: there the rename itself must do. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a file that someone else has written, and its folder's entry, to the disk. */
export async function syncFile(file: string): Promise<void> {
  const real = await realpath(file);
  const handle = await open(real, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(path.dirname(real));
}

/**
 * Writes a text (UTF-8), or its pieces, atomically with mode 0600 and resolves once it would survive a power cut. A symbolic
 * link is followed: the file behind it is replaced, the link stays. Rejects with the system's own error.
 */
export async function writeAtomically(file: string, text: FileText): Promise<FileIdentity> {
  const { target, temporary, identity } = await stage(file, text);
  await untilFree(() => rename(temporary, target)).catch(async (error: unknown) => {
    await unlink(temporary).catch(() => undefined);
    throw error;
  });
  await syncFolder(path.dirname(target));
  return identity;
}

/**
 * Writes a text, or its pieces, into files, one after the other, as `writeAtomically` does: where it rejects, they have
 * what they had before. Room is found for all before the first is replaced. What was written to all, and can neither be
 * flushed nor taken back, counts as written: it is what is read from now on. Gives the identity of each as it was
 * written.
 */
export async function replaceFiles(
  files: readonly string[],
  text: string | readonly string[],
): Promise<FileIdentity[]> {
  const bytes = bytesOf(text);
  const before = await Promise.all(files.map(bytesOrNone));
  const staged: Staged[] = [];
  let replaced = 0;
  try {
    // Together, for a file system flushes several files in the time of one.
    const tries = await Promise.allSettled(files.map((file) => stage(file, bytes)));
    for (const one of tries) if (one.status === 'fulfilled') staged.push(one.value);
    for (const one of tries) if (one.status === 'rejected') throw one.reason;
    for (const { temporary, target } of staged) {
      await untilFree(() => rename(temporary, target));
      replaced += 1;
    }
    for (const folder of new Set(staged.map(({ target }) => path.dirname(target)))) await syncFolder(folder);
  } catch (error) {
    for (const { temporary } of staged.slice(replaced)) await unlink(temporary).catch(() => undefined);
    for (const [index, old] of before.slice(0, replaced).entries()) {
      const file = files[index] ?? '';
      const undone: Promise<unknown> = old === null ? unlink(file) : writeAtomically(file, old);
      await undone.catch(() => undefined);
    }
    const now = await Promise.all(files.map((file) => readFile(file).catch(() => null)));
    if (now.some((one) => one?.equals(bytes) !== true)) throw error;
  }
  return staged.map(({ identity }) => identity);
}

/** A text in UTF-8. Pieces are not joined first, which would make the whole of them twice. */
function bytesOf(text: string | readonly string[]): Buffer {
  if (typeof text === 'string') return Buffer.from(text);
  const bytes = Buffer.allocUnsafeSlow(text.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0));
  let at = 0;
  for (const piece of text) at += bytes.write(piece, at);
  return bytes;
}

/** The identity of what stands in a file's place, behind a symbolic link; null: nothing that can be looked at. */
export async function identityOf(file: string): Promise<FileIdentity | null> {
  return stat(file, { bigint: true }).then(asIdentity, () => null);
}

function asIdentity({ dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return [dev, ino, size, mtimeNs].join(' ');
}

/** What a file holds; null: there is none. Rejects where that cannot be told: it would be taken away. */
async function bytesOrNone(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Puts a text on the disk beside the file that it is for, under a name of its own. What fails leaves nothing. */
async function stage(file: string, text: FileText): Promise<Staged> {
  const target = await realpath(file).catch(() => file);
  const temporary = `${target}.tmp-${randomBytes(6).toString('hex')}`;
  let identity: FileIdentity;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.chmod(0o600);
      await handle.sync();
      identity = asIdentity(await handle.stat({ bigint: true }));
    } finally {
      await handle.close();
    }
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  return { target, temporary, identity };
}

/** Removes temporary files of a file that are at least `minAge` ms old: their writers were killed. 0: nobody else writes it. */
export async function sweepTemporaries(file: string, minAge = 60_000): Promise<void> {
  const folder = path.dirname(file);
  const prefix = `${path.basename(file)}.tmp-`;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]+$/.test(name.slice(prefix.length))) continue;
    const left = path.join(folder, name);
    const age = await stat(left).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (minAge === 0 || age >= minAge) await unlink(left).catch(() => undefined);
  }
}

/** The last `bytes` of a file as text, or all of it. Throws the system's own error. */
export async function endOf(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    return await readEnd(handle, bytes);
  } finally {
    await handle.close();
  }
}

/** As `endOf`, of a file that is open. */
export async function readEnd(handle: FileHandle, bytes: number): Promise<string> {
  const { size } = await handle.stat();
  const block = Buffer.alloc(Math.min(size, bytes));
  const { bytesRead } = await handle.read(block, 0, block.length, size - block.length);
  return block.toString('utf8', 0, bytesRead);
}

/** A name for a file that is kept aside: `<file>.<why>-<time>`, good in every file system. */
export function asideName(file: string, why: 'torn' | 'changed' | 'stray', now = new Date()): string {
  return `${file}.${why}-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
}

/**
 * Moves aside what stands in the place of a file and cannot be read as one: a folder, a socket, a link that leads
 * nowhere, a file that this user may not read. Its new name; null: there is nothing of the kind. Throws the system's
 * own error where it cannot be moved.
 */
export function setStrayAside(file: string): string | null {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined || isReadableFile(file)) return null;
  const aside = asideName(file, 'stray');
  renameSync(file, aside);
  return aside;
}

function isReadableFile(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The system's code of an error (`ENOENT`), or the empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
