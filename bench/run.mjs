/**
 * `npm run bench`: every bench of this folder that exports `measure`, one after another, as one table.
 *
 *   npm run bench [-- --quick] [-- --only NAME,NAME] [-- --docs] [-- --results FOLDER]
 *
 * Writes what it found to bench/results/latest.json and a plot for each bench beside it (SVG); `--docs` also puts the
 * table into docs/performance.md. `--quick` takes fewer rounds, for a look. Names the commit and the machine, and says in
 * a line what was left out and why. Ends with 1 when a bench fails or is unknown, and when nothing was measured, which writes nothing;
 * a target that is missed is said and is no failure, for a busy machine misses them all.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { plotOf } from './plot.mjs';
import { printRows, reaches, tableOf } from './rows.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const document = path.join(folder, '..', 'docs', 'performance.md');

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    only: { type: 'string' },
    results: { type: 'string', default: path.join(folder, 'results') },
  },
});
const { results } = values;

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => path.basename(name, '.mjs'))
  .filter((name) => !['plot', 'rows', 'run'].includes(name));
const wanted = values.only?.split(',') ?? names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(1);
}

/** The commit that is measured, and whether more was changed; null outside a repository. */
function commit() {
  try {
    const args = ['describe', '--always', '--dirty', '--exclude', '*'];
    return execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

/** The machine, as the table names it. */
function machine() {
  const [cpu] = os.cpus();
  return {
    at: new Date().toISOString(),
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    load: os.loadavg()[0],
    commit: commit(),
    quick: values.quick,
  };
}

const described = machine();
const header = `${described.cores} cores (${described.cpu}), ${described.memory} GiB, ${described.system}, Node ${described.node}, load ${described.load.toFixed(1)} at the start, ${described.at.slice(0, 10)}${described.commit === null ? '' : `, commit ${described.commit}`}${described.quick ? ', quick' : ''}`;
console.log(header);
const busy =
  described.load > described.cores / 2
    ? ['The machine was busy with other work: ratios hold better than times, and neither well.']
    : [];
for (const note of busy) console.log(note);

const all = [];
const left = [];
let failed = false;
const leave = (text) => {
  left.push(text);
  console.log(`Left out: ${text}`);
};
for (const name of names) {
  console.log(`\n${name}`);
  if (!wanted.includes(name)) {
    leave(`${name}: not asked for`);
    continue;
  }
  const file = path.join(folder, `${name}.mjs`);
  // One that runs when it is imported has no `measure`.
  if (!/^export async function measure\b/m.test(readFileSync(file, 'utf8'))) {
    leave(`${name}: it is run by itself (\`node bench/${name}.mjs\`)`);
    continue;
  }
  try {
    const { measure } = await import(pathToFileURL(file));
    const options = values.quick ? { quick: true, rounds: 3, requests: 5_000 } : {};
    const rows = await measure(options);
    const measured = rows.filter((row) => row.missing === undefined);
    for (const { missing } of rows) if (missing !== undefined) leave(`${name}: ${missing}`);
    if (measured.length === 0) continue;
    printRows(measured);
    all.push({ name, rows: measured });
  } catch (error) {
    failed = true;
    left.push(`${name}: it failed`);
    console.error(`It failed: ${error.stack}`);
  }
}

const rows = all.flatMap((bench) => bench.rows);
if (rows.length === 0) {
  console.error('\nNothing was measured; nothing is written.');
  process.exit(1);
}
const missed = rows.filter((row) => reaches(row) === false);
console.log(
  missed.length === 0 ? '\nEvery target was reached.' : `\nMissed: ${missed.map(({ id }) => id).join(', ')}`,
);
mkdirSync(results, { recursive: true });
writeFileSync(
  path.join(results, 'latest.json'),
  `${JSON.stringify({ machine: described, left, benches: all }, null, 2)}\n`,
);
for (const { name, rows: own } of all)
  writeFileSync(path.join(results, `${name}.svg`), plotOf(name, own, header));
console.log(`Written: ${path.relative(process.cwd(), results)}`);
if (values.docs) writeDocs();
process.exit(failed ? 1 : 0);

/** Puts the table between its two marks in the document. */
function writeDocs() {
  const [begin, end] = ['<!-- results -->', '<!-- end of results -->'];
  const text = readFileSync(document, 'utf8');
  const tables = all.map(
    ({ name, rows: own }) => `### ${name}\n\n${tableOf(own)}\n\n![${name}](../bench/results/${name}.svg)`,
  );
  const notes = left.length === 0 ? [] : [`Left out: ${left.join('; ')}.`];
  const made = [begin, [`Measured on ${header}.`, ...busy].join(' '), ...tables, ...notes, end].join('\n\n');
  const at = [text.indexOf(begin), text.indexOf(end)];
  if (at[0] < 0 || at[1] < 0) throw new Error(`${document} has lost its marks.`);
  writeFileSync(document, text.slice(0, at[0]) + made + text.slice(at[1] + end.length));
  const tool = path.join(folder, '..', 'scripts', 'tool.mjs');
  execFileSync(process.execPath, [tool, 'prettier', '--write', '--log-level', 'warn', document]);
  console.log(`Written: ${path.relative(process.cwd(), document)}`);
}
