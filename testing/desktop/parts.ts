// What the desktop's specs need on a machine, and which Electron they run in.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import {
  findNpmRuntime,
  findTestRuntime,
  firstArguments,
  versionOf,
} from '../../scripts/electron-runtime.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The desktop that people get, as it is built. */
export const desktopMain = path.join(root, 'dist', 'desktop', 'main.js');

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
  /** What it is started with, in front of the desktop's own arguments: the application, and what it is to load first. */
  readonly application: readonly string[];
}

/**
 * The Electron to test in: the one that KEYFOB_ELECTRON names, else npm's, else the one for tests where it was
 * fetched (`npm run electron:test`); null for none.
 */
export function findElectron(): Runtime | null {
  const binary = process.env['KEYFOB_ELECTRON'] || findNpmRuntime() || findTestRuntime();
  if (binary === undefined || !existsSync(binary)) return null;
  const version = versionOf(binary);
  return { binary, version, application: [...firstArguments(version), desktopMain] };
}

const programs = ['Xvfb', 'dbus-daemon', 'gnome-keyring-daemon', 'xclip', 'xdotool', 'import', 'bash'];

/** What is missing for the specs, in words; empty when they can run. */
export function missingPrograms(): string[] {
  if (process.platform !== 'linux') return ['Linux (they stand in for its desktop services)'];
  const missing = programs.filter((name) => findProgram(name) === null);
  if (spawnSync('/usr/bin/python3', ['-c', 'import Xlib']).status !== 0) missing.push('python3-xlib');
  if (findElectron() === null)
    missing.push('an Electron (`npm run electron:test` fetches the one for tests)');
  return missing;
}
