// A file of JSON lines that is written to as things happen and read at the start.
//
// Invariants: lines reach the file in order; a line that a crash tore is skipped when read, and stays a line of
// its own; the file is 0600, in a folder that is there; what cannot be written is told once and dropped; of a file of
// any length no more than its end is read.
import { appendFile, open, stat } from 'node:fs/promises';
import { endOf, readEnd, sweepTemporaries, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { createQueue } from '../platform/serial-queue.ts';

export interface LineFile {
  /** The lines that are JSON among the last `bytes`, oldest first. */
  read(bytes: number): Promise<unknown[]>;
  /** Adds lines; resolves once the system has them, or they were dropped. */
  append(lines: readonly unknown[]): Promise<void>;
  /** Writes the file anew. */
  rewrite(lines: readonly unknown[]): Promise<void>;
  /** Bytes of the file. */
  size(): Promise<number>;
  /** The system's code of why lines cannot be written; or null. */
  problem(): string | null;
}

/** Opens a file of lines; nothing is made before the first write. */
export function openLineFile(file: string): LineFile {
  const inTurn = createQueue();
  let prepared = false;
  let problem: string | null = null;

  const prepare = async (): Promise<void> => {
    if (prepared) return;
    await sweepTemporaries(file);
    const handle = await open(file, 'a+', 0o600);
    try {
      await handle.chmod(0o600);
      const end = await readEnd(handle, 1);
      if (end !== '' && end !== '\n') await handle.appendFile('\n');
    } finally {
      await handle.close();
    }
    prepared = true;
  };
  const attempt = (write: () => Promise<void>): Promise<void> =>
    inTurn(async () => {
      try {
        await prepare();
        await write();
        problem = null;
      } catch (error) {
        prepared = false;
        problem = systemCode(error);
      }
    });
  const textOf = (lines: readonly unknown[]): string =>
    lines.map((line) => `${JSON.stringify(line)}\n`).join('');

  return {
    read: (bytes) =>
      inTurn(async () => {
        const text = await endOf(file, bytes).catch(() => '');
        return text.split('\n').flatMap(parsed);
      }),
    append: (lines) => attempt(() => appendFile(file, textOf(lines), { mode: 0o600 })),
    rewrite: (lines) => attempt(() => writeAtomically(file, textOf(lines))),
    size: () =>
      inTurn(() =>
        stat(file).then(
          (found) => found.size,
          () => 0,
        ),
      ),
    problem: () => problem,
  };
}

function parsed(row: string): unknown[] {
  if (row === '') return [];
  try {
    return [JSON.parse(row)];
  } catch {
    return [];
  }
}
