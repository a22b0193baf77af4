// What a soak came to, as a page.
import os from 'node:os';
import process from 'node:process';
import { tableOf } from '../faults/page.ts';
import type { Oracle } from './oracle.ts';

export interface Soak {
  readonly seed: string;
  readonly accounts: number;
  readonly minutes: number;
  readonly oracle: Oracle;
  readonly happened: ReadonlyMap<string, number>;
  /** Seconds from the end of all faults until every account was live; null: not within a minute. */
  readonly recovered: number | null;
  /** Token requests that reached the vendors. */
  readonly requests: number;
  /** Resident memory of the agent, MiB: at its start with all accounts, and the most of any later. Null: not known here. */
  readonly memory: { readonly first: number; readonly max: number } | null;
}

/** What is looked for, in the order of the page. */
const promises = [
  'a refresh token was used twice',
  'a dead token was handed out',
  'a token lived shorter than min_valid',
  'a sign-in was asked for though the grant lives',
  'a caller waited longer than 30 s',
  'a caller heard of a locked vault that was open',
  'a caller heard that nothing runs',
  'an account is gone',
  'it did not start again',
  'not everything was live a minute after the faults had ended',
  'a secret stands in a file',
];

export function renderReport(soak: Soak): string {
  const { oracle, happened, memory } = soak;
  const found = [...oracle.violations.keys()].filter((what) => !promises.includes(what));
  const counted = (counts: ReadonlyMap<string, number>): string[][] =>
    [...counts].toSorted().map(([what, count]) => [what, String(count)]);
  const examples = [...oracle.violations].flatMap(([what, { first }]) =>
    first.map((one) => `- ${what}: ${one}`),
  );
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const facts = [
    `${String(soak.accounts)} accounts at three vendors on loopback (one whose refresh tokens are good once, one whose stay good, one for client credentials and passwords), tokens of 30 to 90 s, ${String(soak.minutes)} minutes.`,
    `${String(oracle.exchanges)} requests of Keyfob to the vendors, of which ${String(soak.requests)} reached them; the slowest answer to a caller took ${seconds(oracle.slowest)} s.`,
    soak.recovered === null
      ? 'A minute after the last fault not every account was live.'
      : `${String(soak.recovered)} s after the last fault every account was live.`,
    ...(memory === null
      ? []
      : [`Memory of the agent: ${String(memory.first)} MiB at first, ${String(memory.max)} MiB at most.`]),
  ];
  const sections = [
    `# A soak\n\nThe real agent with a file vault, callers that ask all the time, and everything that goes wrong on a laptop and at vendors, all at once. Made by \`npm run soak\` ([how](../testing/soak/README.md)), not written by hand.`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    `\`npm run soak -- --minutes ${String(soak.minutes)} --accounts ${String(soak.accounts)} --seed ${soak.seed}\`, on ${String(os.availableParallelism())} cores, Node ${process.versions.node}, ${process.platform}.`,
    `## What must not be\n\n${tableOf(
      ['what', 'how often'],
      [...promises, ...found].map((what) => [what, String(oracle.violations.get(what)?.count ?? 0)]),
    )}`,
    ...(examples.length === 0 ? [] : [`The first of them:\n\n${examples.join('\n')}`]),
    `## What cannot be held against it\n\nA refresh token that comes again although it was spent, because the answer to its first use was lost on the way or the process died before it had it whole; RFC 6749 has no way to ask once more.\n\n${tableOf(
      ['cause', 'how often'],
      counted(oracle.apart),
    )}`,
    `## What happened\n\n${tableOf(['event', 'how often'], counted(happened))}`,
    `## Faults that token requests met\n\n${tableOf(['fault', 'how often'], counted(oracle.faults))}`,
    `## What callers got\n\n${tableOf(['answer', 'how often'], counted(oracle.answers))}`,
  ];
  return `${sections.join('\n\n')}\n`;
}
