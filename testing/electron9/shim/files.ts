// Node after 12.14 in `fs`: `fs/promises` as a module (14), rm and rmSync (14.14), cp (16.7), and the option
// `throwIfNoEntry` of lstatSync and statSync (14.17).
import fs from 'node:fs';
import path from 'node:path';

import { addMissing } from './assign.ts';
import { provide } from './modules.ts';

interface RemoveOptions {
  readonly force?: boolean;
  readonly recursive?: boolean;
}

function missing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function removeSync(target: fs.PathLike, options: RemoveOptions = {}): void {
  try {
    if (!lstatSync(target).isDirectory()) return fs.unlinkSync(target);
    if (options.recursive !== true) {
      throw Object.assign(new Error(`EISDIR: ${String(target)} is a folder`), { code: 'ERR_FS_EISDIR' });
    }
    for (const name of fs.readdirSync(target)) removeSync(path.join(String(target), name), options);
    fs.rmdirSync(target);
  } catch (error) {
    if (options.force !== true || !missing(error)) throw error;
  }
}

function copySync(from: string, to: string, options: { readonly recursive?: boolean } = {}): void {
  if (!lstatSync(from).isDirectory()) return fs.copyFileSync(from, to);
  if (options.recursive !== true) throw new Error(`${from} is a folder.`);
  fs.mkdirSync(to, { recursive: true });
  for (const name of fs.readdirSync(from)) copySync(path.join(from, name), path.join(to, name), options);
}

const lstatSync = fs.lstatSync;

/** Gives undefined for what is not there, when the caller asks so. */
function allowMissing(name: 'lstatSync' | 'statSync'): void {
  const own = fs[name];
  const look = (target: fs.PathLike, options?: fs.StatSyncOptions): unknown => {
    try {
      return own(target, options);
    } catch (error) {
      if (options?.throwIfNoEntry === false && missing(error)) return undefined;
      throw error;
    }
  };
  Object.assign(fs, { [name]: look });
}
allowMissing('lstatSync');
allowMissing('statSync');

addMissing(fs, { rmSync: removeSync, cpSync: copySync });
addMissing(fs.promises, {
  rm: async (target: fs.PathLike, options?: RemoveOptions) => removeSync(target, options),
  cp: async (from: string, to: string, options?: { readonly recursive?: boolean }) =>
    copySync(from, to, options),
  constants: fs.constants,
});
provide('fs/promises', () => fs.promises);
provide('path/posix', () => path.posix);
provide('path/win32', () => path.win32);
