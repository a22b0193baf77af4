// Audit lines that wait a moment to learn which program asked.
//
// Invariants: nobody's answer waits for it: the look begins when the answer has left; a line is at most about
// a second late, and at once where nothing can be learnt or a crowd waits already.
import type { AuditLine } from '../api/audit.ts';
import type { Visit } from '../platform/peer-process.ts';

const MOST_WAITING = 100;
/** Ms that an answer has to leave before its visitor is looked for no more. */
const LEAVE_MS = 500;

/** Makes the function that names a line's visitor, at once or soon. Its promises never reject. */
export function createLateLines(): (line: AuditLine, visit?: Visit) => AuditLine | Promise<AuditLine> {
  let waiting = 0;
  return (line, visit) => {
    if (visit === undefined) return line;
    if (visit.known !== undefined || waiting >= MOST_WAITING) return named(line, visit);
    waiting += 1;
    return lookAfterAnswer(visit).then(() => {
      waiting -= 1;
      return named(line, visit);
    });
  };
}

async function lookAfterAnswer(visit: Visit): Promise<void> {
  await Promise.race([visit.answered, new Promise((resolve) => void setTimeout(resolve, LEAVE_MS).unref())]);
  await visit.look();
}

function named(line: AuditLine, { known, application }: Visit): AuditLine {
  return {
    ...line,
    ...(known == null ? {} : { program: known.name, pid: known.pid }),
    ...(application === null ? {} : { application }),
  };
}
