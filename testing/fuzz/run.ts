// `npm run fuzz`: every parser of the list, with 100,000 cases each; `--runs N`, `--seed N`, `--only NAME`.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { tryCases, tryLengths } from './harness.ts';
import { openParsers } from './open-parsers.ts';
import { parsers } from './parsers.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '16' },
    only: { type: 'string', default: '' },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!(runs >= 1) || !Number.isInteger(seed)) {
  process.stderr.write('--runs is a number above 0, --seed a whole number.\n');
  process.exit(2);
}
process.stdout.write(`Seed ${String(seed)}, ${String(runs)} cases a parser.\n`);
let failed = 0;
const kit = await openParsers();
for (const one of [...parsers, ...kit.parsers].filter(({ name }) => name.includes(values.only))) {
  const began = Date.now();
  let fault = '';
  for (const attempt of [() => tryCases(one, runs, seed), () => tryLengths(one, 50)])
    await attempt().catch((error: unknown) => {
      fault += `\n${error instanceof Error ? `${error.message}\n${error.cause instanceof Error ? error.cause.message : ''}` : String(error)}`;
    });
  if (fault !== '') failed += 1;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${fault === '' ? 'holds ' : 'FAILED'} ${one.name} (${seconds} s)${fault}\n`);
}
await kit.close();
process.stdout.write(failed === 0 ? 'All hold.\n' : `${String(failed)} do not hold.\n`);
process.exit(failed === 0 ? 0 : 1);
