// Writing a file so that a reader finds either the old text or the new one, whole, whatever dies in between.
//
// Invariants: the temporary file lies in the same folder (a rename never crosses file systems); the text is
// on the disk (fsync) before the rename, and the rename is (fsync of the folder) before the promise
// resolves. Temporary names end in `.tmp-<random>`; `sweepTemporaries` clears what a killed writer left.
import { randomBytes } from 'node:crypto';
import { chmod, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

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
export async function writeAtomically(file: string, text: string | Iterable<string>): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const temporary = `${target}.tmp-${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(temporary, 0o600);
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(path.dirname(target));
}

/** Removes temporary files of a file that are older than a minute: their writers were killed. */
export async function sweepTemporaries(file: string): Promise<void> {
  const folder = path.dirname(file);
  const prefix = `${path.basename(file)}.`;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !/\.tmp-[0-9a-f]+$/.test(name)) continue;
    const left = path.join(folder, name);
    const age = await stat(left).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > 60_000) await unlink(left).catch(() => undefined);
  }
}

/** A name for a file that is kept aside: `<file>.<why>-<time>`, good in every file system. */
export function asideName(file: string, why: 'torn' | 'changed', now = new Date()): string {
  return `${file}.${why}-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
}

/** The system's code of an error (`ENOENT`), or the empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
