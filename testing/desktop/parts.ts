// What the desktop's specs need on a machine, and which Electron they run in.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { findRuntime } from '../../scripts/electron9-runtime.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The full path of a program, or null. */
export function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here
    }
  }
  return null;
}

export interface Runtime {
  readonly binary: string;
  /** Electron's version. */
  readonly version: string;
  /** What it is started with: the application's folder or main file. */
  readonly application: string;
  /** Whether it is the old one, with the shim. */
  readonly legacy: boolean;
}

function npmElectron(): string | undefined {
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const file = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The Electron to test in: the one that KEYFOB_ELECTRON names, else npm's, else 9.4.1 where it was fetched
 * (`scripts/electron9-runtime.mjs`); null for none.
 */
export function findElectron(): Runtime | null {
  const binary = process.env['KEYFOB_ELECTRON'] || npmElectron() || findRuntime();
  if (binary === undefined || !existsSync(binary)) return null;
  const file = path.join(path.dirname(binary), 'version');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : 'unknown';
  const legacy = version.startsWith('9.');
  const application = path.join(root, 'dist', ...(legacy ? ['electron9'] : ['desktop', 'main.js']));
  return { binary, version, application, legacy };
}

const programs = ['Xvfb', 'dbus-daemon', 'gnome-keyring-daemon', 'xclip', 'import', 'bash'];

/** What is missing for the specs, in words; empty when they can run. */
export function missingParts(): string[] {
  if (process.platform !== 'linux') return ['Linux (they stand in for its desktop services)'];
  const missing = programs.filter((name) => findProgram(name) === null);
  if (findElectron() === null)
    missing.push('an Electron (`node scripts/electron9-runtime.mjs` fetches the one for tests)');
  return missing;
}
