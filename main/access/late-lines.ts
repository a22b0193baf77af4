// Audit lines that wait a moment to learn which program asked.
//
// Invariants: nobody's answer waits for it: the look begins when the answer has left; a line is at most `WAIT_MS` late,
// and at once where nothing can be learnt or a crowd waits already.
import type { AuditLine } from '../api/audit.ts';
import type { Peer } from '../platform/peer-process.ts';

const MAX_WAITING = 100;
/** Ms after which a line goes without its caller's program; with the time for which lines are gathered less than 200. */
const WAIT_MS = 150;

/** A line, and what makes it whole. */
interface Late {
  readonly line: AuditLine;
  readonly peer: Peer;
  complete(line: AuditLine): void;
}

/** Makes the function that names a line's program, at once or soon. Its promises never reject. */
export function createLateLines(): (line: AuditLine, peer?: Peer) => AuditLine | Promise<AuditLine> {
  let waiting = 0;
  /** Those of this turn: they share one look, and one end of the wait for it. */
  let gathered: Late[] = [];

  const lookForAll = (): void => {
    const all = gathered;
    gathered = [];
    const open = new Set(all);
    const complete = (one: Late): void => {
      if (!open.delete(one)) return;
      waiting -= 1;
      one.complete(named(one.line, one.peer));
      if (open.size === 0) clearTimeout(late);
    };
    const late = setTimeout(() => all.forEach(complete), WAIT_MS).unref();
    for (const one of all) void one.peer.look().then(() => complete(one));
  };

  return (line, peer) => {
    if (peer === undefined) return line;
    if (peer.known !== undefined || waiting >= MAX_WAITING) return named(line, peer);
    waiting += 1;
    return new Promise((complete) => {
      gathered.push({ line, peer, complete });
      // The answer is written in the turn in which its line is made: a look in the next one keeps nobody waiting.
      if (gathered.length === 1) setImmediate(lookForAll);
    });
  };
}

function named(line: AuditLine, { known, application }: Peer): AuditLine {
  if (known == null && application === null) return line;
  return {
    ...line,
    ...(known == null ? {} : { program: known.name, pid: known.pid }),
    ...(application === null ? {} : { application }),
  };
}
