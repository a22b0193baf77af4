// Which lines of the audit somebody wants to see. No schema here: the command line reads it at every start.
import type { AuditLine } from './audit.ts';

/** Which lines are wanted; all when nothing is said. */
export interface AuditFilter {
  /** Unix seconds. */
  readonly since?: number | undefined;
  readonly client?: string | undefined;
  readonly account?: string | undefined;
  readonly refused?: boolean | undefined;
}

/** Whether a line is among those that are wanted. */
export function isWanted(line: AuditLine, { since, client, account, refused }: AuditFilter): boolean {
  return (
    (since === undefined || line.at >= since) &&
    (client === undefined || line.client === client) &&
    (account === undefined || line.account === account) &&
    (refused !== true || line.outcome !== 'ok')
  );
}
