// The audit: who got which account's token, when and how; as JSON lines in files of bounded size.
//
// Invariants: lines are appended one batch after another, in the order they were recorded; a token, key or
// secret has no field to stand in; five files of 1 MiB at most, the newest `audit.jsonl`, the oldest dropped;
// files are 0600 and their folder 0700. A line that a crash tore is skipped when read.
import { createEmitter } from '../platform/emitter.ts';
import { rotatingLines, type Limits } from '../platform/rotating-lines.ts';
import { isWanted, type WindowAuditFilter } from '../api/audit-filter.ts';
import { auditLine, type AuditLine } from '../api/audit.ts';
import { message, type Message } from '../api/problems/index.ts';

export interface Audit {
  /**
   * Records a line; it reaches the file soon after, in order. One that is still being completed holds up those
   * after it; its promise must not reject. Never throws.
   */
  record(line: AuditLine | Promise<AuditLine>): void;
  /** The last `count` lines that are wanted, oldest first. */
  tail(count: number, wanted?: WindowAuditFilter): Promise<AuditLine[]>;
  /** Listens to lines as they are recorded; the answer ends it. */
  on(listener: (line: AuditLine) => void): () => void;
  /** Why lines cannot be written; or null. */
  problem(): Message | null;
  /** Resolves once all that was recorded is in the file. */
  close(): Promise<void>;
}

const ownMembers = auditLine.strip();

const LIMITS: Limits = { fileBytes: 1024 * 1024, files: 5 };

/** Opens the audit in a folder, which is made when the first line is written. */
export function openAudit(folder: string, limits: Limits = LIMITS): Audit {
  const heard = createEmitter<[AuditLine]>();
  const file = rotatingLines(folder, 'audit', limits);
  /** How many lines are not complete yet, and when those before now are. */
  let incomplete = 0;
  let completed: Promise<void> = Promise.resolve();

  const append = (line: AuditLine): void => {
    file.append(line);
    heard.emit(line);
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
    async tail(count, wanted = {}) {
      await completed;
      return file.tail(count, (value) => {
        const line = readLine(value);
        return line !== null && isWanted(line, wanted) ? line : null;
      });
    },
    on: heard.on,
    problem() {
      const code = file.problem();
      return code === null ? null : message('audit_not_written', { folder, code: code || '?' });
    },
    async close() {
      await completed;
      await file.settled();
    },
  };
}

/** Null: no line of ours. What another version has written besides is left out; an earlier one wrote `door` for `via`. */
function readLine(value: unknown): AuditLine | null {
  const earlier = typeof value === 'object' && value !== null && 'door' in value ? { via: value.door } : {};
  return ownMembers.safeParse({ ...earlier, ...(value as object | null) }).data ?? null;
}
