// `npm run kill-points [-- COMMAND…] [--thin] [--later] [--parallel N] [--docs]`: runs the points, tells what was found,
// and ends with 1 when there was anything.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { writeBlock } from '../faults/page.ts';
import { cleanUp, makeFolder } from '../program.ts';
import { commands } from './commands.ts';
import { buildFaults, canInjectFaults } from './faults.ts';
import { findingsOf, runSeries, tableOf } from './series.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    thin: { type: 'boolean', default: false },
    later: { type: 'boolean', default: false },
    parallel: { type: 'string', default: '2' },
    docs: { type: 'boolean', default: false },
  },
});
const known = commands.map(({ name }) => name);
const wrong = positionals.filter((name) => !known.includes(name));
if (wrong.length > 0) {
  process.stderr.write(`There is no ${wrong.join(', ')}; there are ${known.join(', ')}.\n`);
  process.exit(2);
}
if (!canInjectFaults()) {
  process.stderr.write('The kill points need Linux and a C compiler (cc).\n');
  process.exit(2);
}

if (values.docs && (positionals.length > 0 || values.thin)) {
  process.stderr.write('--docs wants every point of every command: leave --thin and names out.\n');
  process.exit(2);
}
const chosen = commands.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const begun = Date.now();
let count = 0;
try {
  const points = await runSeries(buildFaults(makeFolder()), chosen, {
    density: values.thin ? 'thin' : 'every',
    parallel: Number(values.parallel),
    later: values.later,
    onPoint(command, point) {
      count += 1;
      for (const line of findingsOf(command, point)) process.stdout.write(`${line}\n`);
    },
  });
  const seconds = Math.round((Date.now() - begun) / 1000);
  process.stdout.write(`\n${tableOf(points)}\n\n${String(count)} points in ${String(seconds)} s\n`);
  if (values.docs) writeBlock('kill-points', `\`\`\`text\n${tableOf(points)}\n\`\`\``);
  const found = [...points.values()].flat().some(({ findings }) => findings.length > 0);
  process.exitCode = found ? 1 : 0;
} finally {
  await cleanUp();
}
