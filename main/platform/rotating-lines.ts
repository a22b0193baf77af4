// Lines of JSON in files of bounded size: the newest, and older ones beside it.
//
// Invariants: lines are appended one batch after another, in the order in which they came, each no later than `gatherMs`
// after it came while the disk keeps up; the newest file is `NAME.jsonl`, older ones `NAME.1.jsonl` and so on, the oldest
// is dropped; files are 0600 and their folder 0700. A line that a crash tore is skipped when read, and stays a line of
// its own. What cannot be written waits, up to a thousand lines, and its reason is kept; of what waits for a slow disk no
// more is kept than the files would hold.
import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { appendFile, chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endOf, readEnd, systemCode } from './atomic-file.ts';

export interface Limits {
  /** Bytes after which a new file is begun. */
  readonly fileBytes: number;
  readonly files: number;
}

export interface RotatingLines {
  /** Adds a value as a line; it reaches the file soon after. Never throws. */
  append(line: unknown): void;
  /**
   * Adds a line before it returns, to whichever file is the newest, past what waits; while that one is twice as long as
   * it may be, the line is dropped. Never throws.
   */
  appendNow(line: unknown): void;
  /** The last `count` lines that `parse` takes, oldest first, once all that was appended is written. */
  tail<T>(count: number, parse: (value: unknown) => T | null): Promise<T[]>;
  /** The system's code of why lines cannot be written; or null. */
  problem(): string | null;
  /** Resolves once all that was appended is in the file, or cannot be written. */
  settled(): Promise<void>;
}

/** Lines that wait at most while they cannot be written. */
const maxWaiting = 1000;
/** Ms for which lines are gathered, to be written at once. */
const gatherMs = 25;

/** Opens the lines of a folder, which is made when the first is written; the one that it stands in is not. */
export function rotatingLines(folder: string, name: string, limits: Limits): RotatingLines {
  let waiting: string[] = [];
  let running: Promise<void> | null = null;
  let gathering: NodeJS.Timeout | null = null;
  /** Characters that were added since what waits was last looked at. */
  let added = 0;
  const room = limits.fileBytes * limits.files;
  let problem: string | null = null;
  /** Bytes in the newest file; null until looked at. */
  let size: number | null = null;

  const fileOf = (age: number): string =>
    join(folder, age === 0 ? `${name}.jsonl` : `${name}.${String(age)}.jsonl`);

  const prepare = async (): Promise<number> => {
    await mkdir(folder, { mode: 0o700 }).catch(ignoreThere);
    await chmod(folder, 0o700);
    return closeLastLine(fileOf(0));
  };

  const rotate = async (): Promise<void> => {
    await rm(fileOf(limits.files - 1), { force: true });
    for (let age = limits.files - 2; age >= 0; age -= 1)
      await rename(fileOf(age), fileOf(age + 1)).catch(ignoreMissing);
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      let batch: string[] = [];
      try {
        size ??= await prepare();
        if (size > 0 && size + Buffer.byteLength(waiting[0] ?? '') > limits.fileBytes) {
          await rotate();
          size = await prepare();
        }
        // As many lines as fit the file; one at least.
        let text = '';
        let taken = 0;
        for (const line of waiting) {
          if (taken > 0 && size + text.length + line.length > limits.fileBytes) break;
          text += line;
          taken += 1;
        }
        batch = waiting.splice(0, taken);
        await appendFile(fileOf(0), text, { mode: 0o600 });
        size += Buffer.byteLength(text);
        problem = null;
      } catch (error) {
        size = null;
        problem = systemCode(error);
        waiting = [...batch, ...waiting].slice(-maxWaiting);
        return;
      }
    }
  };

  /** Forgets the oldest of what waits that the newer would push out of the files. */
  const dropOutdated = (): void => {
    added = 0;
    let kept = 0;
    const first = waiting.findLastIndex((line) => (kept += line.length) > room);
    waiting.splice(0, first + 1);
  };

  const write = async (): Promise<void> => {
    running ??= drain().finally(async () => {
      running = null;
      // A line that came between the last look and here.
      if (waiting.length > 0 && problem === null) await write();
    });
    return running;
  };

  return {
    append(line) {
      const text = `${JSON.stringify(line)}\n`;
      waiting.push(text);
      added += text.length;
      if (added > room) dropOutdated();
      gathering ??= setTimeout(() => {
        gathering = null;
        void write();
      }, gatherMs).unref();
    },
    appendNow(line) {
      try {
        if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
        const text = `${JSON.stringify(line)}\n`;
        const { size: bytes } = statSync(fileOf(0), { throwIfNoEntry: false }) ?? { size: 0 };
        if (bytes > 2 * limits.fileBytes) return;
        appendFileSync(fileOf(0), text, { mode: 0o600 });
        if (size !== null) size += Buffer.byteLength(text);
      } catch (error) {
        problem = systemCode(error);
      }
    },
    async tail(count, parse) {
      await write();
      let lines: ReturnType<typeof parse>[] = [];
      for (let age = 0; age < limits.files && lines.length < count; age += 1) {
        // One that something else made longer is read no further back.
        const text = await endOf(fileOf(age), 2 * limits.fileBytes).catch(() => '');
        lines = [
          ...text
            .split('\n')
            .map((row) => parse(valueOf(row)))
            .filter((one) => one !== null),
          ...lines,
        ];
      }
      return count === 0 ? [] : lines.slice(-count).filter((one) => one !== null);
    },
    problem: () => problem,
    settled: write,
  };
}

/** Makes a file of lines where it is not there, private in any case, and ends a last line that was torn; its bytes then. */
export async function closeLastLine(file: string): Promise<number> {
  const handle = await open(file, 'a+', 0o600);
  try {
    await handle.chmod(0o600);
    const { size } = await handle.stat();
    if (size === 0) return 0;
    if ((await readEnd(handle, 1)) === '\n') return size;
    await handle.appendFile('\n');
    return size + 1;
  } finally {
    await handle.close();
  }
}

function valueOf(row: string): unknown {
  try {
    return row === '' ? null : JSON.parse(row);
  } catch {
    return null;
  }
}

function ignoreThere(error: unknown): void {
  if (systemCode(error) !== 'EEXIST') throw error;
}

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}
