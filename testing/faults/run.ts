// `npm run faults [-- WORD…] [--docs]`: has accounts of each kind meet each fault in the real agent, all at once (some
// two minutes), tells what was not as it must be, and ends with 1 when there was anything. WORD: those faults alone
// whose name has it. `--docs`: keeps what was seen, and makes the tables of `docs/reliability.md` of it. `--render`: makes them anew of what was kept and of rows.json, without a run.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { exitOf } from '../../main/api/codes.ts';
import { cleanUp } from '../program.ts';
import { faultCases } from './list.ts';
import { keepResults, renderPage } from './page.ts';
import { runFaults } from './series.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { docs: { type: 'boolean', default: false }, render: { type: 'boolean', default: false } },
});
if (values.render) {
  renderPage();
  process.exit(0);
}
const chosen = Object.entries(faultCases).flatMap(([group, cases]) =>
  cases
    .filter(({ name }) => positionals.length === 0 || positionals.some((filter) => name.includes(filter)))
    .map((fault) => ({ group, fault })),
);
if (chosen.length === 0) {
  process.stderr.write('No fault has such a name.\n');
  process.exit(2);
}
if (values.docs && positionals.length > 0) {
  process.stderr.write('--docs wants all faults.\n');
  process.exit(2);
}
const begun = Date.now();
try {
  const results = await runFaults(chosen, 60);
  for (const { name, kinds, live, ended, state, again, healed, findings } of results) {
    const exit = ended === 'token' ? 0 : exitOf(ended);
    process.stdout.write(
      `${name} (${kinds.join(', ')}): ${live}, then ${ended} (${String(exit)}); ${state}; ${again}; ${healed}\n`,
    );
    for (const finding of findings) process.stdout.write(`  FOUND: ${finding}\n`);
  }
  const bad = results.filter(({ findings }) => findings.length > 0);
  const seconds = Math.round((Date.now() - begun) / 1000);
  process.stdout.write(
    `\n${String(chosen.length)} faults in ${String(seconds)} s; ${String(bad.length)} rows with findings\n`,
  );
  if (values.docs) {
    keepResults(results);
    renderPage();
  }
  process.exitCode = bad.length > 0 ? 1 : 0;
} finally {
  await cleanUp();
}
