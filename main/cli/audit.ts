// `keyfob audit`: who got which account's token, when, how; and what the person did.
import { auditActionOf } from '../api/audit-actions.ts';
import { isWanted, type AuditFilter } from '../api/audit-filter.ts';
import type { AuditLine } from '../api/audit.ts';
import type { Client } from '../endpoint/client.ts';
import { auditTexts } from '../messages/index.ts';
import { UNITS } from './clients.ts';
import { commandError, usage } from './fail.ts';
import { clean, jsonText, moment, table } from './text.ts';

/**
 * Unix seconds of a time that a person writes: a date or a moment (ISO 8601, in their own zone where none is said),
 * Unix seconds, `today`, or how long ago (`2h`). Throws `bad_request`.
 */
export function sinceOf(text: string, now: number): number {
  if (text === 'today') return Math.floor(new Date(now * 1000).setHours(0, 0, 0, 0) / 1000);
  const ago = /^([1-9][0-9]{0,5})([mhd])$/.exec(text);
  if (ago !== null)
    return Math.max(0, Math.floor(now) - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS]);
  // Shorter ones are dates without their hyphens, or a mistake.
  if (/^(?:0|\d{9,11})$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  // A date alone is the person's own midnight.
  const time = iso ? Date.parse(text.length === 10 ? `${text}T00:00` : text) : Number.NaN;
  // No 31st of February, which would be read as one of March.
  const isDay = new Date(`${text.slice(0, 10)}T00:00Z`).toJSON()?.slice(0, 10) === text.slice(0, 10);
  if (Number.isNaN(time) || time < 0 || !isDay)
    throw usage(
      '`--since` takes a time such as 2h, 1d, today, 2026-03-01 or 2026-03-01T09:05.',
      'Correct it and run the command again.',
    );
  return Math.floor(time / 1000);
}

export async function showAudit(
  client: Client,
  options: { readonly json: boolean; readonly follow: boolean },
  wanted: AuditFilter & { readonly limit?: number | undefined },
): Promise<void> {
  if (!options.follow) {
    const lines = await client.audit(wanted);
    if (options.json) process.stdout.write(jsonText(lines));
    else
      process.stdout.write(lines.length === 0 ? 'Nothing recorded.\n' : table(columns, lines.map(auditRow)));
    return;
  }
  const print = (line: AuditLine): void => {
    if (!isWanted(line, wanted)) return;
    process.stdout.write(options.json ? jsonText(line) : auditText(line));
  };
  // Events first, then what was before: nothing between the two is lost. What is in both is told once, be it
  // that its event comes before the list or after it.
  let early: AuditLine[] | null = [];
  const listed = new Map<string, number>();
  const printNew = (line: AuditLine): void => {
    const times = listed.get(JSON.stringify(line)) ?? 0;
    if (times === 0) print(line);
    else listed.set(JSON.stringify(line), times - 1);
  };
  const stream = await client.events(({ type, data }) => {
    if (type !== 'audit') return;
    const line = data as AuditLine; // As docs/endpoint.md says of the event.
    if (early === null) printNew(line);
    else early.push(line);
  });
  for (const line of await client.audit(wanted)) {
    print(line);
    listed.set(JSON.stringify(line), (listed.get(JSON.stringify(line)) ?? 0) + 1);
  }
  early.forEach(printNew);
  early = null;
  await stream.ended;
  throw commandError('not_running', 'Keyfob has ended.', 'Start it again.');
}

/** Columns of a line; followed lines cannot wait for each other, so each has a width from the start. */
const columns = ['TIME', 'CLIENT', 'ACCOUNT', 'WHAT', 'RESULT', 'PROGRAM'] as const;
const followedWidths = [19, 16, 16, 14, 28, 0] as const;

function auditRow(line: AuditLine): string[] {
  const facts = [
    line.about ?? '',
    line.origin ?? '',
    line.application === undefined ? '' : `“${line.application}”`,
    line.scope === undefined ? '' : `scope ${JSON.stringify(line.scope)}`,
    line.audience === undefined ? '' : `audience ${JSON.stringify(line.audience)}`,
    line.id_token === undefined ? '' : 'with the ID token',
    line.count === undefined ? '' : `${String(line.count)} times`,
  ];
  const program = line.program === undefined ? '' : `${line.program} (pid ${String(line.pid ?? '?')})`;
  return [
    moment(line.at),
    clientOf(line),
    line.account ?? '-',
    actionOf(line.route),
    outcomeOf(line.outcome),
    [program || `by ${line.via}`, ...facts].filter((one) => one !== '').join(', '),
  ];
}

function clientOf({ client, via }: AuditLine): string {
  if (via === 'window' || via === 'tray' || via === 'console') return `you (${via})`;
  return client ?? 'not known';
}

function auditText(line: AuditLine): string {
  const cells = auditRow(line).map((cell, column) => cell.padEnd(followedWidths[column] ?? 0));
  return `${clean(cells.join('  ').trimEnd(), 10_000)}\n`;
}

/** What was asked for, in a word or two; the route itself where there is no word for it. */
function actionOf(route: string): string {
  const action = auditActionOf(route);
  return action === null ? route : auditTexts.actions[action];
}

/** Why it was refused; the code itself where there is no word for it, for the host may be of a later version. */
function outcomeOf(outcome: string): string {
  const outcomes: Readonly<Record<string, string>> = auditTexts.outcomes;
  return Object.hasOwn(outcomes, outcome) ? (outcomes[outcome] ?? outcome) : outcome;
}
