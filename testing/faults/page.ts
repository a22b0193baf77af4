// The tables of `docs/reliability.md`: made of what `npm run faults` saw (results.jsonl) and of rows by hand, each with
// the test that shows it (rows.json).
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exitOf } from '../../main/api/codes.ts';
import { usualKinds } from './list.ts';
import type { Row } from './series.ts';

/** A fault that is shown by a test of its own. */
export interface HandRow {
  readonly fault: string;
  readonly callers: string;
  /** When it is tried again by itself. */
  readonly again: string;
  readonly person: string;
  /** The file of a test, and the beginning of its title. */
  readonly test: readonly [file: string, title: string];
}

const resultsFile = path.join(import.meta.dirname, 'results.jsonl');
export const pageFile = path.join(import.meta.dirname, '..', '..', 'docs', 'reliability.md');

/** What was seen last. */
export const readResults = (): Row[] =>
  readFileSync(resultsFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

export function keepResults(rows: readonly Row[]): void {
  writeFileSync(resultsFile, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** The rows by hand, by group. */
export const readHandRows = (): Record<string, HandRow[]> =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, 'rows.json'), 'utf8')) as Record<string, HandRow[]>;

const marks = (block: string): readonly [string, string] => [
  `<!-- ${block}: made -->`,
  `<!-- ${block}: end -->`,
];

/** What stands between the marks of a block. */
export function readBlock(page: string, block: string): string {
  const [begin, end] = marks(block);
  const [, after = ''] = page.split(begin);
  return (after.split(end)[0] ?? '').trim();
}

/** Puts a text between the marks of a block. Throws where the page has none. */
export function writeBlock(block: string, text: string): void {
  const [begin, end] = marks(block);
  const page = readFileSync(pageFile, 'utf8');
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no block ${block}`);
  writeFileSync(pageFile, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}

/** Makes the page's tables anew of both files. */
export function renderPage(): void {
  writeBlock('faults', renderFaults(readResults()));
  writeBlock('rows', renderHandRows(readHandRows()));
}

/** The tables of what was seen, and what of it is not as it should be. */
export function renderFaults(rows: readonly Row[]): string {
  const tables = [...Map.groupBy(rows, ({ group }) => group)].map(
    ([group, some]) =>
      `### ${group}\n\n${tableOf(
        [
          'the vendor, or what stands before it',
          'callers, once the token has ended',
          'asked again',
          'the person sees',
          'when it is over',
        ],
        some.map((row) => [nameOf(row, some), callers(row), again[row.again], person(row), over(row)]),
      )}`,
  );
  const found = rows.flatMap((row) => row.findings.map((one) => `- ${row.name} (${kindsOf(row)}): ${one}`));
  const not = found.length === 0 ? [] : [`### Not yet as it should be\n\n${found.join('\n')}`];
  return [...tables, ...not].join('\n\n');
}

/** The tables of the rows by hand. */
export function renderHandRows(groups: Readonly<Record<string, readonly HandRow[]>>): string {
  return Object.entries(groups)
    .map(
      ([group, rows]) =>
        `### ${group}\n\n${tableOf(
          ['what happens', 'callers', 'tried again', 'the person sees', 'shown by'],
          rows.map(({ fault, callers: get, again: next, person: sees, test: [file, title] }) => [
            fault,
            get,
            next,
            sees,
            `\`${file}\`: ${title}`,
          ]),
        )}`,
    )
    .join('\n\n');
}

/** As Prettier writes it, so that the page stays as it is made. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => [...(row[column] ?? '')].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length)).join(' | ')} |`;
  const [first = '', ...others] = all.map(line);
  return [first, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...others].join('\n');
}

const kindsOf = ({ kinds }: Row): string => kinds.map((kind) => kind.replaceAll('_', ' ')).join(', ');

/** The fault, with the kinds of accounts where it is not the same for all. */
function nameOf(row: Row, some: readonly Row[]): string {
  const isOnly = some.filter(({ name }) => name === row.name).length === 1;
  return isOnly && (row.kinds.length === usualKinds.length || row.kinds.length === 1)
    ? row.name
    : `${row.name} (${kindsOf(row)})`;
}

function callers({ live, ended }: Row): string {
  const told = (served: Row['ended']): string =>
    served === 'token' ? 'a token' : `\`${served}\`, exit ${String(exitOf(served))}`;
  return live === 'token' ? told(ended) : `${told(live)} though it lives; then ${told(ended)}`;
}

function person({ state, notice }: Row): string {
  return notice === null ? `\`${state}\`` : `\`${state}\`: ${notice}`;
}

const again: Readonly<Record<Row['again'], string>> = {
  renewed: 'as ever',
  answered: 'not while the answer may come, for minutes',
  'growing waits': 'with growing waits',
  'within the hour': 'within the hour',
  'within the day': 'a few times a day',
  never: 'no',
};
function over({ healed, again: next }: Row): string {
  if (next === 'answered') return 'when the answer comes, or is given up after minutes; or `keyfob login`';
  switch (healed) {
    case 'request':
      return 'the next request brings a token';
    case 'refresh':
      return next === 'never' ? '`keyfob refresh`' : '`keyfob refresh`, or by itself';
    case 'login':
      return '`keyfob login`';
    case 'nothing':
      return 'nothing helps';
  }
}
