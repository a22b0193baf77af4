// The desktop packed as people get it, fuses included, in the Electron that the specs run in.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { firstArguments, newerNames } from '../../scripts/electron-runtime.mjs';
import { readPackaging } from '../../scripts/pack-check.mjs';
import { gatherCommand } from '../../scripts/pack-command.mjs';
import { gather, runBuilder } from '../../scripts/pack.mjs';
import type { Runtime } from '../desktop/parts.ts';

/** What stands in an archive for an older Electron, beyond what people get: the names, and what loads them first. */
export const filesForTests = /^dist\/desktop\/(newer-names\.cjs|main-for-tests\.mjs)$/;

/** Packs into a folder and returns that of the application. */
export function packForTests({ binary, version }: Runtime, out: string): string {
  const app = path.join(out, 'app');
  const beside = path.join(out, 'beside');
  gather(app);
  gatherCommand(beside);
  if (firstArguments(version).length > 0) loadNamesFirst(app);
  const config = readPackaging() as { readonly directories: object };
  const file = path.join(out, 'electron-builder.json');
  mkdirSync(out, { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({
      ...config,
      directories: { ...config.directories, app, output: path.join(out, 'packages') },
      extraResources: [{ from: beside, to: '.' }],
      electronDist: path.dirname(binary),
      electronVersion: version,
    }),
  );
  runBuilder('--linux', 'dir', '--x64', '--config', file);
  const folder = path.join(out, 'packages', 'linux-unpacked');
  // electron-builder takes it out of Electron's own archive, and leaves a folder that it is given as it is.
  rmSync(path.join(folder, 'resources', 'default_app.asar'), { force: true });
  return folder;
}

/** A package takes no `--require`: its main file is one that loads the names and awaits the desktop's own. */
function loadNamesFirst(app: string): void {
  const desktop = path.join(app, 'dist', 'desktop');
  cpSync(newerNames, path.join(desktop, 'newer-names.cjs'));
  const main = "import './newer-names.cjs';\n\nawait import('./main.js');\n";
  writeFileSync(path.join(desktop, 'main-for-tests.mjs'), main);
  const manifest = path.join(app, 'package.json');
  const read = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(manifest, JSON.stringify({ ...read, main: 'dist/desktop/main-for-tests.mjs' }));
}
