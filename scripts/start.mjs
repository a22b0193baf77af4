/**
 * `npm start`: runs the desktop where there is a display, an Electron runtime and a desktop build, else the
 * agent; says in one sentence which and why. Arguments after `npm start --` go to `keyfob serve`.
 */
import { spawn } from 'node:child_process';
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

function whyNoDesktop(electron) {
  if (!existsSync(desktop)) return 'this version has no desktop build yet';
  if (!hasDisplay()) return 'there is no display';
  if (electron === undefined) return 'there is no Electron runtime';
  return undefined;
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

const electron = findElectron();
const reason = whyNoDesktop(electron);
if (reason === undefined) {
  say('Keyfob runs as a desktop application here: there is a display and an Electron runtime.');
  runDesktop(electron);
} else {
  say(`Keyfob runs as an agent here: ${reason}.`);
  process.argv = [process.execPath, command, 'serve', '--welcome', ...args];
  await import(pathToFileURL(command).href);
}
