/**
 * Judges vitest's report of the unit tests in wine by the list of what is expected to fail there:
 * `node judge-units.mjs REPORT LIST [FILTERS]`. A line of the list is `FILE › TITLE — REASON`, or `FILE — REASON` for all of
 * a file. Prints each failure that is not in it, each line of it that failed no more (when nothing was left out, FILTERS
 * is 0), and as its last line the counts.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

const [report = '', list = '', filters = '0'] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
const expected = readFileSync(list, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.slice(0, line.indexOf(' — ')));

const counts = { passed: 0, failed: 0, skipped: 0 };
const seen = new Set();

/** Counts a failure: as skipped when the list has it. */
function fail(file, title, why) {
  const known = [file, `${file} › ${title}`].find((name) => expected.includes(name));
  if (known !== undefined) {
    seen.add(known);
    counts.skipped += 1;
    return;
  }
  counts.failed += 1;
  console.log(`FAILED: ${file} › ${title}\n  ${why.split('\n').slice(0, 3).join('\n  ')}`);
}

for (const { name, status, message, assertionResults } of testResults) {
  const file = name.replaceAll('\\', '/').replace(/^.*\/kf\//i, '');
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
    fail(file, '(the file)', message ?? '');
  for (const test of assertionResults) {
    if (test.status === 'failed') fail(file, test.fullName, test.failureMessages[0] ?? '');
    else if (test.status === 'passed') counts.passed += 1;
    else counts.skipped += 1;
  }
}
if (filters === '0')
  for (const name of expected.filter((one) => !seen.has(one))) {
    counts.failed += 1;
    console.log(`FAILED: ${name}\n  It did not fail any more: take it off expected-failures.txt.`);
  }
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
