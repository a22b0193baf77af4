// Text for a terminal: cleaning, tables, times. Pure; `now` is passed in.
//
// Invariant: what came from outside (a vendor, a profile, a host) is cleaned before it is written for a
// person, so that it cannot move the cursor, colour the screen or turn the reading direction.
import { dayText } from '../messages/day.ts';
import type { AccountState, AccountAnswer } from '../api/accounts.ts';
import { span } from '../messages/time-left.ts';
import { shownJson, shownText as clean } from '../api/shown-text.ts';

export { clean };

/** A value as JSON on a line, or indented: what a terminal would obey stands there escaped. */
export function jsonText(value: unknown, indent?: number): string {
  return `${shownJson(value, indent)}\n`;
}

/** How the person called this command: npm says so of `npx keyfob`. */
export function commandName(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_command'] === 'exec' ? 'npx --no-install keyfob' : 'keyfob';
}

/** The commands in a text as the person types them. */
export function asTyped(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll('`keyfob ', `\`${commandName(env)} `);
}

/** Letters of a cell: a question is shown whole, whatever scope and audience are in it. */
const longestCell = 10_000;

/** Aligns rows under their headings with two blanks between; the last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cleaned = rows.map((row) => row.map((cell) => clean(cell, longestCell)));
  const widths = headings.map((heading, column) =>
    Math.max(...[heading, ...cleaned.map((row) => row[column] ?? '')].map((cell) => [...cell].length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length)))
      .join('  ')
      .trimEnd();
  return [headings, ...cleaned].map((row) => `${line(row)}\n`).join('');
}

/** A length of time in words, in the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pieces: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ];
  const first = pieces.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return pieces
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A moment (Unix seconds) in the reader's own zone: `2026-03-01 09:05:00`. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${dayText(seconds, 'en')} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const stateLabels: Readonly<Record<AccountState, string>> = {
  signed_out: 'signed out',
  signing_in: 'signing in',
  live: 'live',
  refreshing: 'refreshing',
  retrying: 'trying again',
  sign_in_needed: 'sign-in needed',
  locked: 'locked',
};

/** The accounts as a table: `●` selected over all, `○` for its provider alone. `now` in Unix seconds. */
export function accountsTable(accounts: readonly AccountAnswer[], now: number): string {
  if (accounts.length === 0) return 'No accounts yet. Add one with `keyfob add NAME --provider ID`.\n';
  const rows = accounts.map((account) => [
    account.selected ? '●' : account.selected_for_provider ? '○' : '',
    account.name,
    account.provider,
    labelsOf(account),
    // A newer host may know a state that this command does not.
    Object.hasOwn(stateLabels, account.state) ? stateLabels[account.state] : account.state,
    account.expires_at === null ? '' : remaining(account.expires_at, now),
    account.notice ?? lastErrorOf(account),
  ]);
  const headings = ['', 'NAME', 'PROVIDER', 'LABEL', 'STATE', 'TIME LEFT', 'NOTE'];
  // A column that is empty for all is left out.
  const shown = headings.map(
    (_, column) => ![3, 6].includes(column) || rows.some((row) => row[column] !== ''),
  );
  const without = (row: readonly string[]): string[] => row.filter((_, column) => shown[column]);
  return table(without(headings), rows.map(without));
}

/** `1 h 5 min`, or that it has expired; both in Unix seconds. */
function remaining(expiresAt: number, now: number): string {
  return expiresAt <= now ? 'expired' : span((expiresAt - now) * 1000, 'en');
}

function labelsOf({ labels }: AccountAnswer): string {
  return [labels.display_name, labels.environment].filter((one) => one !== null).join(' · ');
}

function lastErrorOf({ last_error: failed }: AccountAnswer): string {
  return failed === null ? '' : `Last error, ${moment(failed.at).slice(0, -3)}: ${failed.message}`;
}
