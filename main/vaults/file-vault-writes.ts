// Writes of a file vault: those that are asked for while another is under way are made together.
//
// Invariants: the entries' files and their names are on the disk, then the one line of the index that makes all of
// them count, then the old files go; so a crowd of writes costs as many flushes as one, and is kept as fast. Each is
// refused by itself when its entry has another version than it names. All entries of a line have the version that
// follows the counter: what a killed writer left without its line never looks newer than what is written after it.
import { randomBytes } from 'node:crypto';
import type { createQueue } from '../platform/serial-queue.ts';
import type { EntryFile } from './file-vault-entries.ts';
import type { VaultFolder } from './file-vault-folder.ts';
import { unwritable } from './file-vault-header.ts';
import { absent, VersionConflict, type Version } from './port.ts';

/** A write that waits for its turn. */
export interface Write {
  readonly id: string;
  readonly entry: string;
  readonly expected: Version;
  readonly resolve: (version: Version) => void;
  readonly reject: (error: unknown) => void;
}

/** How often a write is tried again because another process wrote something else at that moment. */
const maxTries = 100;
/** Writes that are made together. */
const maxBatch = 64;

/**
 * Makes what writes an entry: in turn, with all that wait by then. `commit` settles each write, or rejects: then all
 * that are left are rejected so.
 */
export function gatherWrites(
  inTurn: ReturnType<typeof createQueue>,
  commit: (writes: readonly Write[]) => Promise<void>,
): (id: string, entry: string, expected: Version) => Promise<Version> {
  const waiting: Write[] = [];
  // All of them in one turn: what is asked for after them, a lock or a close, comes after them.
  const next = async (): Promise<void> => {
    let left = waiting.splice(0);
    while (left.length > 0) {
      // One of each entry: the second is judged by what the first has made.
      const firsts = new Map(left.toReversed().map((one) => [one.id, one]));
      const together = left.filter((one) => firsts.get(one.id) === one).slice(0, maxBatch);
      left = left.filter((one) => !together.includes(one));
      await commit(together).catch((error: unknown) => {
        for (const { reject } of together) reject(error);
      });
    }
  };
  return async (id, entry, expected) => {
    const { promise, resolve, reject } = Promise.withResolvers<Version>();
    waiting.push({ id, entry, expected, resolve, reject });
    if (waiting.length === 1) void inTurn(next);
    return promise;
  };
}

/** Puts entries in place of the versions that are expected; see the port. Settles each; rejects with the same for all. */
export async function putAll(
  file: string,
  { entries, index }: VaultFolder,
  writes: readonly Write[],
): Promise<void> {
  try {
    for (let tries = 0; tries < maxTries; tries += 1) {
      await index.catchUp();
      const fitting = writes.filter(({ id, expected, reject }) => {
        const actual = index.rows.get(id)?.version ?? absent;
        if (actual !== expected) reject(new VersionConflict(id, actual));
        return actual === expected;
      });
      if (fitting.length === 0) return;
      const before = new Map(fitting.map(({ id }) => [id, index.rows.get(id)]));
      const texts = new Map(fitting.map(({ id, entry }) => [id, entry]));
      const written = await entries.write(index.counter + 1, texts);
      const dropWritten = async (): Promise<void> => {
        // Another process that mended the index may have taken some of them up.
        const unused = [...written].filter(([id, { mark }]) => index.rows.get(id)?.mark !== mark);
        await Promise.all(unused.map(([id, one]) => entries.drop(id, one)));
      };
      const counts = await append({ entries, index }, written).catch(async (error: unknown) => {
        // A line that is there although its writing failed may count after a restart: then its entries must be there.
        if (!index.won) await dropWritten();
        throw error;
      });
      if (!counts) {
        await dropWritten();
        continue;
      }
      await Promise.all([...before].map(async ([id, old]) => old && entries.drop(id, old)));
      for (const { id, resolve } of fitting) resolve(written.get(id)?.version ?? absent);
      await index.compact().catch(() => undefined);
      return;
    }
  } catch (error) {
    throw unwritable(file, error);
  }
  throw unwritable(file, new Error('others wrote each time'));
}

/** Makes written entries count; false when another change was first. */
async function append({ index }: VaultFolder, written: ReadonlyMap<string, EntryFile>): Promise<boolean> {
  const marks = [...written].map(([id, { mark }]) => [id, mark] as const);
  const [[id, mark] = ['', '']] = marks;
  const n = index.counter + 1;
  const won = await index.append(
    marks.length === 1 ? { kind: 'put', n, id, mark } : { kind: 'puts', n, entries: marks },
  );
  if (won) return true;
  // Another process that opened the vault meanwhile may have found them, and taken them into the index.
  await index.catchUp();
  return marks.every(([one, its]) => index.rows.get(one)?.mark === its);
}

/** Removes an entry of the version that is expected; false when there is none. */
export async function removeEntry(
  file: string,
  { entries, index }: VaultFolder,
  id: string,
  expected: Version,
): Promise<boolean> {
  try {
    for (let tries = 0; tries < maxTries; tries += 1) {
      await index.catchUp();
      const before = index.rows.get(id);
      const actual = before?.version ?? absent;
      if (actual !== expected) throw new VersionConflict(id, actual);
      if (before === undefined) return false;
      const mark = randomBytes(4).toString('hex');
      if (!(await index.append({ kind: 'gone', n: index.counter + 1, id, mark }))) continue;
      await entries.drop(id, before);
      await index.compact().catch(() => undefined);
      return true;
    }
  } catch (error) {
    throw error instanceof VersionConflict ? error : unwritable(file, error);
  }
  throw unwritable(file, new Error('others wrote each time'));
}
