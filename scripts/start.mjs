/**
 * `npm start`: runs the desktop where there is a display and an Electron runtime, else the agent; says in one
 * sentence which and why. Arguments after `npm start --` go to the desktop, or to `keyfob serve`.
 *
 * npm's package of Electron brings no runtime along: it is fetched at the first start that a person makes in a
 * terminal with a display, and never behind a program's back.
 */
// Before anything else: heard by us, this signal does not open Node's inspector to every user of the machine.
process.on('SIGUSR1', () => {});

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const desktop = path.join(root, 'dist', 'desktop', 'main.js');
const command = path.join(root, 'bin', 'keyfob.mjs');
const args = process.argv.slice(2);

/** Tells whether windows can be shown here. */
function hasDisplay() {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Returns the Electron to run: the one that KEYFOB_ELECTRON names, else the one npm's package has fetched. */
function findElectron() {
  const named = process.env.KEYFOB_ELECTRON;
  if (named) return existsSync(named) ? named : undefined;
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const file = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Says what was chosen; apart from standard output when that is for a program to read. */
function say(text) {
  (args.includes('--json') ? process.stderr : process.stdout).write(`${text}\n`);
}

/** Lets npm's package fetch its runtime, where a person looks on; else, and when that fails, undefined. */
function fetchElectron() {
  if (process.env.KEYFOB_ELECTRON || !process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  say('Keyfob fetches its Electron runtime, once (about 100 MB; Ctrl-C goes on without).');
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
  return findElectron();
}

/** The oldest Electron whose main process can be an ES module. */
const oldestElectron = 28;

/** The version of a runtime, as the file beside it says; undefined where there is none. */
function versionOf(electron) {
  try {
    return readFileSync(path.join(path.dirname(electron), 'version'), 'utf8')
      .trim()
      .replace(/^v/, '');
  } catch {
    return undefined;
  }
}

function whyNoDesktop(electron) {
  if (!existsSync(desktop)) return 'the desktop is not built (`npm run build` builds it)';
  if (!hasDisplay()) return 'there is no display';
  if (electron !== undefined) {
    const version = versionOf(electron);
    return Number.parseInt(version, 10) < oldestElectron
      ? `the Electron here is ${version}, and the desktop needs ${oldestElectron} or later`
      : undefined;
  }
  return process.env.KEYFOB_ELECTRON
    ? `KEYFOB_ELECTRON names no file (${process.env.KEYFOB_ELECTRON})`
    : 'there is no Electron runtime (`npx install-electron` fetches it)';
}

function runDesktop(electron) {
  const child = spawn(electron, [desktop, ...args], { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Electron could not be started (${error.message}). Check KEYFOB_ELECTRON.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}

const electron = findElectron() ?? (hasDisplay() ? fetchElectron() : undefined);
const reason = whyNoDesktop(electron);
if (reason === undefined) {
  say('Keyfob runs as a desktop application here: there is a display and an Electron runtime.');
  runDesktop(electron);
} else {
  say(`Keyfob runs as an agent here: ${reason}.`);
  process.argv = [process.execPath, command, 'serve', '--welcome', ...args];
  await import(pathToFileURL(command).href);
}
