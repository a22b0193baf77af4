/**
 * Packs `dist/electron9/` with Electron 9.4.1 as the desktop is packed (for tests only; never shipped) and
 * prints the folder of the packed application. Fuses are left out: 9.4.1 has none.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dump, load } from 'js-yaml';
import { findRuntime } from './electron9-runtime.mjs';
import { runBuilder } from './pack.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Packs into a folder and returns that of the application. Throws when the runtime was not fetched. */
export function packElectron9(out = path.join(root, 'dist', 'packages-electron9')) {
  const runtime = findRuntime();
  if (runtime === undefined) throw new Error('Electron 9.4.1 is not here: node scripts/electron9-runtime.mjs.');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { electronFuses: _none, ...config } = load(
    readFileSync(path.join(root, 'electron-builder.yml'), 'utf8'),
  );
  config.directories = { ...config.directories, app: path.join('dist', 'electron9'), output: out };
  config.electronDist = path.dirname(runtime);
  config.electronVersion = '9.4.1';
  const file = path.join(out, 'electron-builder.yml');
  writeFileSync(file, dump(config));
  runBuilder('--linux', 'dir', '--x64', '--config', file);
  return path.join(out, 'linux-unpacked');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(packElectron9());
}
