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
    .description("show who got which account's token, when and how")
    .option('--json', 'print JSON; with --follow one line each', false)
    .option('--follow', 'keep running and print new lines', false)
    .option('--limit <N>', 'at most this many of the latest')
    .option('--since <TIME>', 'since a time: 2026-03-01, 2026-03-01T09:05, or 2h for the last two hours')
    .option('--client <NAME>', 'only of this client')
    .option('--account <NAME>', 'only about this account')
    .option('--refused', 'only refused requests', false)
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
