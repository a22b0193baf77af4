// A file of JSON lines that is written to as things happen and read at the start.
//
// Invariants: lines reach the file in order; a line that a crash tore is skipped when read, and stays a line of
// its own; the file is 0600, in a folder that is there; what cannot be written is told once and dropped. It is read and
// written anew piece by piece, so that a long one holds nobody up, and of a very long one the end alone is read.
import { createReadStream } from 'node:fs';
import { appendFile, stat } from 'node:fs/promises';
import { sweepTemporaries, systemCode, writeAtomically } from './atomic-file.ts';
import { closeLastLine } from './rotating-lines.ts';
import { createQueue } from './serial-queue.ts';

export interface LineFile {
  /**
   * The values of all lines, oldest first, in batches; null for one that is not JSON. Of a file beyond 16 MiB those of
   * the last 16. Never rejects.
   */
  read(): AsyncIterable<unknown[]>;
  /** Adds lines; resolves once the system has them, or they were dropped. */
  append(lines: readonly unknown[]): Promise<void>;
  /** Writes the file anew. */
  rewrite(lines: readonly unknown[]): Promise<void>;
  /** Bytes of the file. */
  size(): Promise<number>;
  /** The system's code of why lines cannot be written; or null. */
  problem(): string | null;
}

/** Bytes of a file's end that are read. */
const maxRead = 16 * 1024 * 1024;
/** Characters beyond which a line is none of ours. */
const longestLine = 64 * 1024;
/** Lines that are written at a time. */
const batch = 500;

/** Opens a file of lines; nothing is made before the first write. */
export function openLineFile(file: string): LineFile {
  const inTurn = createQueue();
  let prepared = false;
  let problem: string | null = null;

  const prepare = async (): Promise<void> => {
    if (prepared) return;
    await sweepTemporaries(file);
    await closeLastLine(file);
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

  return {
    read: () => readLines(file),
    append: (lines) =>
      attempt(async () => {
        for (const text of textsOf(lines)) await appendFile(file, text, { mode: 0o600 });
      }),
    rewrite: (lines) =>
      attempt(async () => {
        await writeAtomically(file, textsOf(lines));
      }),
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

async function* readLines(file: string): AsyncGenerator<unknown[]> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) return;
  let rest = '';
  try {
    const start = Math.max(0, found.size - maxRead);
    for await (const chunk of createReadStream(file, { start, encoding: 'utf8' })) {
      const rows = (rest + String(chunk)).split('\n');
      rest = rows.pop() ?? '';
      if (rest.length > longestLine) rest = '';
      yield rows.flatMap(parsed);
    }
  } catch {
    // What cannot be read is not there.
  }
  yield parsed(rest);
}

function textOf(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function* textsOf(lines: readonly unknown[]): Generator<string> {
  for (let at = 0; at < lines.length; at += batch) yield textOf(lines.slice(at, at + batch));
}

function parsed(row: string): unknown[] {
  if (row === '') return [];
  try {
    return [JSON.parse(row)];
  } catch {
    return [null];
  }
}
