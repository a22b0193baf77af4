// Audit lines that wait a moment to learn which program asked.
//
// Invariants: nobody's answer waits for it: the look begins when the answer has left; a line is at most `WAIT_MS` late,
// and at once where nothing can be learnt or a crowd waits already.
import type { AuditLine } from '../api/audit.ts';
import type { Peer } from '../platform/peer-process.ts';

const MAX_WAITING = 100;
/** Ms after which a line goes without its caller's program; with the time for which lines are gathered less than 200. */
const WAIT_MS = 150;

/** Makes the function that names a line's program, at once or soon. Its promises never reject. */
export function createLateLines(): (line: AuditLine, peer?: Peer) => AuditLine | Promise<AuditLine> {
  let waiting = 0;
  return (line, peer) => {
    if (peer === undefined) return line;
    if (peer.known !== undefined || waiting >= MAX_WAITING) return named(line, peer);
    waiting += 1;
    return lookInTime(peer).then(() => {
      waiting -= 1;
      return named(line, peer);
    });
  };
}

/** The answer is written in the turn in which its line is made: a look in the next one keeps nobody waiting. */
async function lookInTime(peer: Peer): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  await Promise.race([
    new Promise<void>((resolve) => {
      late = setTimeout(resolve, WAIT_MS).unref();
    }),
    new Promise((resolve) => void setImmediate(resolve)).then(() => peer.look()),
  ]);
  clearTimeout(late);
}

function named(line: AuditLine, { known, application }: Peer): AuditLine {
  if (known == null && application === null) return line;
  return {
    ...line,
    ...(known == null ? {} : { program: known.name, pid: known.pid }),
    ...(application === null ? {} : { application }),
  };
}
