// Audit lines that wait a moment to learn which program asked.
//
// Invariants: nobody's answer waits for it: the look begins when the answer has left; a line is at most about
// a second late, and at once where nothing can be learnt or a crowd waits already.
import type { AuditLine } from '../api/audit.ts';
import type { Peer } from '../platform/peer-process.ts';

const MAX_WAITING = 100;
/** Ms that an answer has to leave before its caller's program is looked for no more. */
const LEAVE_MS = 500;

/** Makes the function that names a line's program, at once or soon. Its promises never reject. */
export function createLateLines(): (line: AuditLine, peer?: Peer) => AuditLine | Promise<AuditLine> {
  let waiting = 0;
  return (line, peer) => {
    if (peer === undefined) return line;
    if (peer.known !== undefined || waiting >= MAX_WAITING) return named(line, peer);
    waiting += 1;
    return lookAfterAnswer(peer).then(() => {
      waiting -= 1;
      return named(line, peer);
    });
  };
}

async function lookAfterAnswer(peer: Peer): Promise<void> {
  await Promise.race([peer.answered(), new Promise((resolve) => void setTimeout(resolve, LEAVE_MS).unref())]);
  await peer.look();
}

function named(line: AuditLine, { known, application }: Peer): AuditLine {
  return {
    ...line,
    ...(known == null ? {} : { program: known.name, pid: known.pid }),
    ...(application === null ? {} : { application }),
  };
}
