// The audit: who got which account's token, when and how; as JSON lines in files of bounded size.
//
// Invariants: lines are appended one batch after another, in the order they were recorded; a token, key or
// secret has no field to stand in; five files of 1 MiB at most, the newest `audit.jsonl`, the oldest dropped;
// files are 0600 and their folder 0700. A line that a crash tore is skipped when read.
import { createEmitter } from '../platform/emitter.ts';
import { appendFile, chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { AuditLine } from '../api/audit.ts';
import { message, type Message } from '../api/problems/index.ts';
import { systemCode } from '../platform/atomic-file.ts';

export interface Audit {
  /**
   * Records a line; it reaches the file soon after, in order. One that is still being completed holds up those
   * after it; its promise must not reject. Never throws.
   */
  record(line: AuditLine | Promise<AuditLine>): void;
  /** The last `count` lines, oldest first. */
  tail(count: number): Promise<AuditLine[]>;
  /** Listens to lines as they are recorded; the answer ends it. */
  on(listener: (line: AuditLine) => void): () => void;
  /** Why lines cannot be written, in a sentence; or null. */
  problem(): Message | null;
  /** Resolves once all that was recorded is in the file. */
  close(): Promise<void>;
}

export interface AuditLimits {
  /** Bytes after which a new file is begun. */
  readonly fileBytes: number;
  readonly files: number;
}

const LIMITS: AuditLimits = { fileBytes: 1024 * 1024, files: 5 };

/** Opens the audit in a folder, which is made when the first line is written. */
export function openAudit(folder: string, limits: AuditLimits = LIMITS): Audit {
  const lines = createEmitter<[AuditLine]>();
  let waiting: string[] = [];
  let running: Promise<void> | null = null;
  let problem: Message | null = null;
  /** Bytes in the newest file; null until looked at. */
  let size: number | null = null;

  const fileOf = (age: number): string => join(folder, age === 0 ? 'audit.jsonl' : `audit.${age}.jsonl`);

  const prepare = async (): Promise<number> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const handle = await open(fileOf(0), 'a+', 0o600);
    try {
      await handle.chmod(0o600);
      const { size: bytes } = await handle.stat();
      if (bytes === 0) return 0;
      const last = Buffer.alloc(1);
      await handle.read(last, 0, 1, bytes - 1);
      if (last[0] === 0x0a) return bytes;
      // A torn line stays a line of its own.
      await handle.appendFile('\n');
      return bytes + 1;
    } finally {
      await handle.close();
    }
  };

  const rotate = async (): Promise<void> => {
    await rm(fileOf(limits.files - 1), { force: true });
    for (let age = limits.files - 2; age >= 0; age -= 1)
      await rename(fileOf(age), fileOf(age + 1)).catch(ignoreMissing);
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
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
        await appendFile(fileOf(0), text, { mode: 0o600 });
        waiting = waiting.slice(taken);
        size += Buffer.byteLength(text);
        problem = null;
      } catch (error) {
        size = null;
        problem = message('audit_not_written', { folder, code: systemCode(error) || '?' });
        // What could not be written is dropped once it grows beyond use.
        if (waiting.length > 1000) waiting = waiting.slice(-1000);
        return;
      }
    }
  };

  const write = async (): Promise<void> => {
    running ??= drain().finally(async () => {
      running = null;
      // A line that came between the last look and here.
      if (waiting.length > 0 && problem === null) await write();
    });
    return running;
  };

  const readLines = async (age: number): Promise<AuditLine[]> => {
    const text = await readFile(fileOf(age), 'utf8').catch(() => '');
    const lines: AuditLine[] = [];
    for (const row of text.split('\n')) {
      const line = parseLine(row);
      if (line !== null) lines.push(line);
    }
    return lines;
  };

  /** How many lines are not complete yet, and when those before now are. */
  let incomplete = 0;
  let completed: Promise<void> = Promise.resolve();

  const append = (line: AuditLine): void => {
    waiting.push(`${JSON.stringify(line)}\n`);
    void write();
    lines.emit(line);
  };

  return {
    record(line) {
      if (incomplete === 0 && !(line instanceof Promise)) {
        append(line);
        return;
      }
      incomplete += 1;
      completed = Promise.all([line, completed]).then(([complete]) => {
        incomplete -= 1;
        append(complete);
      });
    },
    async tail(count) {
      await completed;
      await write();
      let lines: AuditLine[] = [];
      for (let age = 0; age < limits.files && lines.length < count; age += 1)
        lines = [...(await readLines(age)), ...lines];
      return count === 0 ? [] : lines.slice(-count);
    },
    on: lines.on,
    problem: () => problem,
    async close() {
      await completed;
      await write();
    },
  };
}

function parseLine(row: string): AuditLine | null {
  if (row === '') return null;
  try {
    const value: unknown = JSON.parse(row);
    if (typeof value !== 'object' || value === null || !('at' in value) || !('route' in value)) return null;
    // Our own file, of our own shape; a torn or foreign line has been sorted out above.
    return value as AuditLine;
  } catch {
    return null;
  }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
