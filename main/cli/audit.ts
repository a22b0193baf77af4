// `keyfob audit`: who got which account's token, when, how; and what the person did.
import { isWanted, type AuditFilter } from '../api/audit-filter.ts';
import type { AuditLine } from '../api/audit.ts';
import type { Client } from '../endpoint/client.ts';
import { UNITS } from './clients.ts';
import { commandError, usage } from './fail.ts';
import { clean, jsonText, moment } from './text.ts';

/**
 * Unix seconds of a time that a person writes: a date or a moment (ISO 8601, in their own zone where none is said),
 * Unix seconds, or how long ago (`2h`). Throws `bad_request`.
 */
export function sinceOf(text: string, now: number): number {
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
    throw usage('`--since` takes a time such as 2026-03-01, 2026-03-01T09:05 or 2h.', 'Write it again.');
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
      process.stdout.write(
        lines.length === 0 ? 'Nothing is written there.\n' : lines.map(auditText).join(''),
      );
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
  throw commandError(
    'not_running',
    'Keyfob has ended.',
    'Start it again with `npm start` or `keyfob serve`.',
  );
}

function auditText(line: AuditLine): string {
  const columns = [line.client ?? '(nobody known)', line.via, line.account ?? '-', line.route, line.outcome];
  if (line.program !== undefined) columns.push(`${line.program} (pid ${line.pid ?? '?'})`);
  if (line.application !== undefined) columns.push(`“${line.application}”`);
  if (line.about !== undefined) columns.push(line.about);
  if (line.scope !== undefined) columns.push(`scope ${JSON.stringify(line.scope)}`);
  if (line.audience !== undefined) columns.push(`audience ${JSON.stringify(line.audience)}`);
  if (line.count !== undefined) columns.push(`${line.count} times`);
  return `${moment(line.at)}  ${clean(columns.join('   '), 10_000)}\n`;
}
