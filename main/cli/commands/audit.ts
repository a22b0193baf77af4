// The command that shows the audit.
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { showAudit, sinceOf } from '../audit.ts';
import { wholeNumber } from '../fields.ts';

const MAX_LINES = 10_000;

interface AuditOptions {
  readonly json: boolean;
  readonly follow: boolean;
  readonly limit?: string;
  readonly since?: string;
  readonly client?: string;
  readonly account?: string;
  readonly refused: boolean;
}

export function describeAudit(program: Command, client: Client): void {
  program
    .command('audit')
    .description("who got which account's token, when, how")
    .option('--json', 'print JSON; with --follow a line each', false)
    .option('--follow', 'stay, and print what comes', false)
    .option('--limit <N>', 'at most so many of the latest')
    .option('--since <TIME>', 'from a time on: 2026-03-01, 2026-03-01T09:05, or 2h for the last two hours')
    .option('--client <NAME>', 'of one client')
    .option('--account <NAME>', 'about one account')
    .option('--refused', 'only what was not done', false)
    .action((o: AuditOptions) =>
      showAudit(client, o, {
        limit: o.limit === undefined ? undefined : wholeNumber('--limit', o.limit, 1, MAX_LINES),
        since: o.since === undefined ? undefined : sinceOf(o.since, Date.now() / 1000),
        client: o.client,
        account: o.account,
        refused: o.refused,
      }),
    );
}
