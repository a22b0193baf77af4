// A file of JSON lines that is written to as things happen and read at the start.
//
// Invariants: lines reach the file in order; a line that a crash tore is skipped when read, and stays a line of
// its own; the file is 0600 in a folder 0700; what cannot be written is told once and dropped.
import { appendFile, chmod, mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { sweepTemporaries, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { createQueue } from '../platform/serial-queue.ts';

export interface LineFile {
  /** Every line that is JSON, oldest first. */
  read(): Promise<unknown[]>;
  /** Adds lines; resolves once the system has them, or they were dropped. */
  append(lines: readonly unknown[]): Promise<void>;
  /** Writes the file anew. */
  rewrite(lines: readonly unknown[]): Promise<void>;
  /** Bytes of the file. */
  size(): Promise<number>;
  /** Why lines cannot be written, in a sentence; or null. */
  problem(): string | null;
}

/** Opens a file of lines; nothing is made before the first write. */
export function openLineFile(file: string): LineFile {
  const inTurn = createQueue();
  const folder = path.dirname(file);
  let prepared = false;
  let problem: string | null = null;

  const prepare = async (): Promise<void> => {
    if (prepared) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await sweepTemporaries(file);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) await chmod(file, 0o600);
    if (text !== null && text !== '' && !text.endsWith('\n')) await appendFile(file, '\n');
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
        problem = `${file} cannot be written (${systemCode(error)}).`;
      }
    });
  const textOf = (lines: readonly unknown[]): string =>
    lines.map((line) => `${JSON.stringify(line)}\n`).join('');

  return {
    read: () =>
      inTurn(async () => {
        const text = await readFile(file, 'utf8').catch(() => '');
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
