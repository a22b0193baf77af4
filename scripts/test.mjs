/**
 * `npm test`: builds when the build is older than the sources, then runs every runner and prints
 * `N passed, N failed, N skipped` over all of them as its last line.
 *
 * - vitest (unit and e2e) inside a private D-Bus session with an unlocked gnome-keyring of its own, so that the
 *   keychain tests speak to a real Secret Service and never to the person's;
 * - among vitest's projects `desktop`: the real application in a real Electron, in desktop sessions of its own
 *   (the one that KEYFOB_ELECTRON names, npm's, or the one that `npm run electron:test` has fetched);
 * - Playwright for `e2e/*.spec.ts` in the system's Chromium;
 * - agent and commands under Windows' Node in wine (`npm run windows:test`), on Linux;
 * - other programs by the lines of their recipes, those that cost little (`npm run programs:test` runs all), on Linux.
 *
 * What this machine lacks is left out with one line that says so; with `CI=true` it is a failure instead.
 * `npm test -- NAME…` runs the vitest files that match alone.
 */
import './own-caches.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, mkdirSync } from 'node:fs';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { findElectron, findProgram, missingPrograms } from '../testing/desktop/parts.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const strict = process.env.CI === 'true' || process.env.CI === '1';
const filters = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

const scratch = mkdtempSync(path.join(os.tmpdir(), 'keyfob-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));

/** Says in one line what is left out; in CI that is a failure. */
function leaveOut(text) {
  console.log(strict ? `FAILED: ${text}` : `Left out: ${text}`);
  if (strict) counts.failed += 1;
}

const sourceFiles = ['{main,preload,renderer,assets}/**/*', 'vite.*.config.ts', 'package.json'];

/** Tells whether one of these outputs is missing, or older than a source file. */
function isStale(files, patterns) {
  const outputs = files.map((file) => path.join(root, file));
  if (!outputs.every((file) => existsSync(file))) return true;
  const built = Math.min(...outputs.map((file) => statSync(file).mtimeMs));
  const sources = globSync(patterns, { cwd: root });
  return sources
    .filter((file) => !/\.(test|spec)\.ts$/.test(file))
    .map((file) => statSync(path.join(root, file)))
    .some((stats) => stats.isFile() && stats.mtimeMs > built);
}

/** The environment of the tests: nothing of the person's Keyfob, keyring or desktop. */
function makeEnvironment() {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    const foreign = name.startsWith('KEYFOB_') || /^(https?|all|no)_proxy$/i.test(name);
    if (foreign && !/^KEYFOB_ELECTRON(_CACHE)?$/.test(name)) delete env[name];
  }
  for (const name of ['CONFIG_HOME', 'DATA_HOME', 'STATE_HOME', 'CACHE_HOME', 'RUNTIME_DIR']) {
    const folder = path.join(scratch, name.toLowerCase().replace('_', '-'));
    mkdirSync(folder, { mode: 0o700 });
    env[`XDG_${name}`] = folder;
  }
  return env;
}

/** Runs `command` (program and arguments) in the foreground and resolves to its exit code, 1 for a signal. */
function run(command, env) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { cwd: root, env, stdio: 'inherit' });
    child.on('error', (error) => {
      console.log(`${command[0]} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Wraps a command into a private D-Bus session with an unlocked keyring. */
function inKeyringSession(command) {
  const script =
    'printf %s test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 97; exec "$@"';
  return ['dbus-run-session', '--', 'bash', '-c', script, 'keyring', ...command];
}

/** Returns a JSON report, or undefined when the runner left none. */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Adds a runner's counts; one that ended badly without naming a failed test counts as one failure. */
function add(name, code, result) {
  const { passed, failed, skipped } = result ?? { passed: 0, failed: 0, skipped: 0 };
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
  if ((code !== 0 && failed === 0) || result === undefined) {
    console.log(`FAILED: ${name} ended with ${code} and named no failed test.`);
    counts.failed += 1;
  }
}

async function runVitest(env) {
  const report = path.join(scratch, 'vitest.json');
  const command = [
    process.execPath,
    path.join(path.dirname(require.resolve('vitest/package.json')), 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(withDesktop && built ? [] : ['--project=!desktop']),
    ...filters,
  ];
  if (process.platform === 'linux' && findProgram('cc') === null) {
    leaveOut('the faults of the disk: they need a C compiler (cc).');
  }
  if (process.platform === 'linux' && findProgram('faketime') === null) {
    leaveOut('the wrong clocks: they need faketime.');
  }
  if (process.getuid?.() !== 0) {
    // No failure in CI: who runs it there is not always root.
    console.log('Left out: the full disk: only root can mount a small one.');
  }
  let code;
  if (
    ['dbus-run-session', 'gnome-keyring-daemon', 'bash'].every((program) => findProgram(program) !== null)
  ) {
    code = await run(inKeyringSession(command), { ...env, KEYFOB_TEST_SECRET_SERVICE: '1' });
    if (code === 97) console.log('gnome-keyring could not be started in its own D-Bus session.');
  } else {
    leaveOut('the keychain tests: they need dbus-run-session and gnome-keyring-daemon.');
    code = await run(command, env);
  }
  const data = readReport(report);
  if (data === undefined) return add('vitest', code, undefined);
  // A file that could not be loaded names no test of its own.
  const broken = data.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  add('vitest', code, {
    passed: data.numPassedTests,
    failed: data.numFailedTests + broken.length,
    skipped: data.numPendingTests + data.numTodoTests,
  });
}

async function runPlaywright(env) {
  if (filters.length > 0) return;
  if (globSync('e2e/**/*.spec.ts', { cwd: root }).length === 0) {
    console.log('Left out: browser specs, there are none in e2e/.');
    return;
  }
  const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(chromium)) {
    leaveOut('the browser specs: they need Chromium; name it with CHROMIUM=/path/to/chromium.');
    return;
  }
  const report = path.join(scratch, 'playwright.json');
  const cli = path.join(path.dirname(require.resolve('@playwright/test/package.json')), 'cli.js');
  const code = await run([process.execPath, cli, 'test', '--reporter=list,json'], {
    ...env,
    CHROMIUM: chromium,
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
  });
  const stats = readReport(report)?.stats;
  add(
    'Playwright',
    code,
    stats && {
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected,
      skipped: stats.skipped,
    },
  );
}

/** Runs a script whose last line is `N passed, N failed, N skipped`, and shows what it prints. */
async function runCounted(name, command, env) {
  const child = spawn(command[0], command.slice(1), { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const found = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(text)?.slice(1).map(Number);
  add(name, code, found && { passed: found[0], failed: found[1], skipped: found[2] });
}

/** Agent and commands under Windows' Node in wine. */
async function runWindows(env) {
  if (filters.length > 0 || process.platform !== 'linux') return;
  const lacks = ['wine', 'jq'].filter((program) => findProgram(program) === null);
  if (lacks.length > 0) {
    leaveOut(`Windows' Node in wine: it needs ${lacks.join(' and ')}.`);
    return;
  }
  await runCounted("Windows' Node in wine", ['bash', path.join('testing', 'windows', 'smoke.sh')], env);
  // No failure in CI: they take 3 GB, and wine 10.
  console.log("Left out: the unit tests under Windows' Node in wine 10 (`npm run windows:test`).");
}

/** Other programs by their recipes: those that cost little. */
async function runPrograms(env) {
  if (filters.length > 0 || process.platform !== 'linux') return;
  const script = path.join('scripts', 'programs-test.mjs');
  await runCounted('The programs of the recipes', [process.execPath, script, '--cheap'], env);
}

function build() {
  const outputs = ['dist/main/cli.js', 'dist/renderer/index.html', 'dist/desktop/main.js'];
  if (!isStale(outputs, [...sourceFiles, 'scripts/build-desktop.mjs'])) return true;
  console.log('Building (npm run build), because dist/ is older than the sources.');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const shell = process.platform === 'win32';
  const { status } = spawnSync(npm, ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit', shell });
  if (status === 0) return true;
  console.log('FAILED: the build.');
  counts.failed += 1;
  return false;
}

const missing = missingPrograms();
const withDesktop = missing.length === 0;
if (withDesktop) {
  console.log(`The desktop's specs run in Electron ${findElectron().version}.`);
} else {
  leaveOut(`the desktop's specs: they need ${missing.join(', ')}.`);
}
const built = build();
const env = makeEnvironment();
await runVitest(env);
if (built) await runPlaywright(env);
if (built) await runWindows(env);
if (built) await runPrograms(env);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
