/**
 * `npm run windows:test [-- WORK]`: Keyfob under Windows' Node in wine: agent and commands (testing/windows/smoke.sh, wine 8 or
 * later), then the unit tests (testing/windows/units.sh, wine 10 in a Debian 13 of its own; WORK/units, 3 GB). Prints
 * `N passed, N failed, N skipped` over both as its last line. What this machine lacks for the units is said in a line.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

import { findProgram } from '../testing/desktop/parts.ts';

const folder = path.join(import.meta.dirname, '..', 'testing', 'windows');
const [work] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs a script of the folder and adds the counts of its last line; one without counts is a failure. */
async function run(script, ...args) {
  const child = spawn('bash', [path.join(folder, script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  child.on('error', (error) => process.stderr.write(`bash could not be started: ${error.message}\n`));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [, ...found] = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(text) ?? [];
  const [passed = 0, failed = 1, skipped = 0] = found.map(Number);
  counts.passed += passed;
  // One that ends with a failure after its counts has failed too.
  counts.failed += code === 0 ? failed : Math.max(failed, 1);
  counts.skipped += skipped;
}

await run('smoke.sh', ...(work === undefined ? [] : [work]));
if (process.getuid?.() === 0 && findProgram('mmdebstrap') !== null) {
  await run('units.sh', ...(work === undefined ? [] : [path.join(work, 'units')]));
} else {
  console.log('Left out: the unit tests in wine 10: they need root and mmdebstrap.');
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
