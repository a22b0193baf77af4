// Which lines of the audit somebody wants to see. No schema here: the command line reads it at every start.
import type { AuditLine, Listener } from './audit.ts';

/** Which lines are wanted, as the endpoint is asked; all when nothing is said. */
export interface AuditFilter {
  /** Unix seconds. */
  readonly since?: number | undefined;
  readonly client?: string | undefined;
  readonly account?: string | undefined;
  readonly refused?: boolean | undefined;
}

/** What the window may ask for besides. */
export interface WindowAuditFilter extends Omit<AuditFilter, 'client'> {
  /** Unix seconds: lines before then. */
  readonly until?: number | undefined;
  /** Null: lines of nobody who could be made out. */
  readonly client?: string | null | undefined;
  readonly via?: readonly Listener[] | undefined;
}

/** Whether a line is among those that are wanted. */
export function isWanted(line: AuditLine, filter: WindowAuditFilter): boolean {
  const { since, until, client, via, account, refused } = filter;
  return (
    (since === undefined || line.at >= since) &&
    (until === undefined || line.at < until) &&
    (via === undefined || via.includes(line.via)) &&
    (client === undefined || line.client === client) &&
    (account === undefined || line.account === account) &&
    (refused !== true || line.outcome !== 'ok')
  );
}
