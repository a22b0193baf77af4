// Where the command that runs is installed: in a checkout, or beside an application (scripts/pack-command.mjs).
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

export interface Installation {
  /** The folder of its `package.json`. */
  readonly root: string;
  /** Whether it is part of an application's package. */
  readonly packaged: boolean;
}

/** The installation that a script is part of; null where no `package.json` with a launcher is above it. */
export function findInstallation(script: string = process.argv[1] ?? ''): Installation | null {
  for (let root = path.dirname(realpathSync(script)); ; root = path.dirname(root)) {
    const manifest = path.join(root, 'package.json');
    if (existsSync(manifest) && existsSync(path.join(root, 'bin', 'keyfob.cjs'))) {
      const read: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
      const packaged =
        typeof read === 'object' && read !== null && 'packaged' in read && read.packaged === true;
      return { root, packaged };
    }
    if (root === path.dirname(root)) return null;
  }
}

/** Whether the running command is part of an application's package. */
export function isPackaged(): boolean {
  return process.argv[1] !== undefined && findInstallation()?.packaged === true;
}

/**
 * The AppImage that an installation is in, or null: what it is mounted at is another place each time. `APPIMAGE` and
 * `APPDIR` may also be those of an application that started us (a terminal, say).
 */
export function appImageOf(
  root: string,
  { APPIMAGE: file, APPDIR: mount }: NodeJS.ProcessEnv,
): string | null {
  const mounts = mount && existsSync(mount) ? [mount, realpathSync(mount)] : [];
  return file && mounts.some((each) => root.startsWith(`${each}/`)) ? file : null;
}
