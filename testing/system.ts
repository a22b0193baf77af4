// What a test needs of the system it runs on. Asked for by name, so that a test says why it is left out elsewhere.
import { existsSync, lstatSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';

/** Sockets with a path in the file system; Windows has named pipes. */
export const hasUnixSockets = process.platform !== 'win32';
/** Where a server of a test listens: a socket in a folder, or a pipe that is named by it. */
export function socketIn(folder: string): string {
  return hasUnixSockets ? path.join(folder, 's') : `\\\\.\\pipe\\${folder.replaceAll(/\W/g, '-')}`;
}
/** Signals that a process can send to another, which hears them; on Windows each ends it at once. */
export const hasSignals = process.platform !== 'win32';
/** A POSIX shell, and with it programs that are scripts. */
export const hasShell = existsSync('/bin/sh');
/** Debian's Chromium. */
export const hasChromium = existsSync('/usr/bin/chromium');
/** Descriptors that a child inherits by their number. */
export const hasDescriptors = process.platform !== 'win32';
/** The kernel's tables of connections (Linux). */
export const hasProcNet = existsSync('/proc/net/tcp');
/** Permissions of files (POSIX); where there are none, Node makes them up. */
export const hasModes = inScratch((folder) => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '', { mode: 0o600 });
  return (statSync(file).mode & 0o777) === 0o600;
});
/** Symbolic links that whoever runs this may make; on Windows they are a right that few have. */
export const hasSymlinks = inScratch((folder) => {
  const link = path.join(folder, 'link');
  symlinkSync('nowhere', link);
  return lstatSync(link).isSymbolicLink() && !existsSync(link);
});

/** Whether a program is on the PATH. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .some((folder) => existsSync(path.join(folder, process.platform === 'win32' ? `${name}.exe` : name)));
}

/** Tries something in a folder of its own; false where the system refuses it. */
function inScratch(attempt: (folder: string) => boolean): boolean {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-system-'));
  try {
    return attempt(folder);
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Expects the permissions of a file or folder, where there are any. */
export function expectMode(file: string, mode: number): void {
  if (hasModes) expect(statSync(file).mode & 0o7777).toBe(mode);
}
