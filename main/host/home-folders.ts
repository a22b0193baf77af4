// The folders of a home: made, closed to others, and refused when others may have put something into them.
//
// Invariant: a folder that stood open to others' writing is never closed and then trusted. Only an empty one, or
// one that others could merely read, is closed here; for any other the person is told what to look at, and the
// command that mends it.
import { shellArgument } from '../platform/shell-quoting.ts';
import { chmodSync, existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import type { Stats } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { followWay, hasOwners, isTrusted } from '../platform/private-path.ts';
import type { HomePaths } from '../platform/paths.ts';

/** Entries of a folder that are looked at, the nearest first: Chromium's own files lie deepest. */
const maxEntries = 10_000;

/**
 * Makes every folder, readable by its owner alone (0700), and closes those of Keyfob's own that stand open.
 * Throws `bad_request` as `checkHome` does, before anything is made or changed.
 */
export function ensureHome(paths: HomePaths): void {
  checkHome(paths);
  for (const folder of foldersOf(paths)) {
    try {
      makeFolder(folder);
    } catch (error) {
      throw new KeyfobError('folder_not_made', { folder }, { cause: error });
    }
    if (hasOwners() && (lstatSync(realpathSync(folder)).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  }
}

/**
 * Looks whether the home can be trusted. Throws `bad_request` when a folder of it is someone else's, shared with
 * other things, reached by a way that others could change, holds a file of another user's, or holds anything
 * while others could write to it.
 */
export function checkHome(paths: HomePaths): void {
  if (!hasOwners()) return;
  const folders = foldersOf(paths);
  for (const folder of folders) {
    // What lies in another of them is looked at with that one, but for a link out of it.
    const nested = folders.some((other) => folder.startsWith(other + path.sep));
    const isLink = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (nested && !(isLink && existsSync(folder))) continue;
    const way = followWay(nested ? realpathSync(folder) : folder);
    if (way.kind === 'fault') {
      throw new KeyfobError('home_not_safe', { folder, fault: message(way.fault, { path: way.at }) });
    }
    if (way.kind === 'missing') continue;
    if (!way.stats.isDirectory()) throw new KeyfobError('folder_not_made', { folder });
    refuseForeign(folder, way.stats);
    lookInside(folder, way.path, way.stats);
  }
}

function foldersOf(paths: HomePaths): string[] {
  const { configFolder, profiles, audit, logs, vaultFile, socketFolder } = paths;
  const all = [configFolder, profiles, path.dirname(audit), audit, logs, path.dirname(vaultFile)];
  return [...new Set(socketFolder === null ? all : [...all, socketFolder])];
}

function refuseForeign(folder: string, { uid, mode }: Stats): void {
  const own = uid === process.getuid?.();
  const shared = (mode & 0o1000) !== 0 || folder === os.homedir() || folder === path.parse(folder).root;
  if (own && !shared) return;
  throw new KeyfobError(own ? 'home_shared' : 'home_not_yours', { folder });
}

interface Entry {
  readonly path: string;
  readonly stats: Stats;
  /** Others can come to it through all folders above it. */
  readonly reachable: boolean;
}

/** Throws when something in a folder of ours may be another's. `folder` is how the person calls it. */
function lookInside(folder: string, real: string, stats: Stats): void {
  const queue: Entry[] = [{ path: real, stats, reachable: true }];
  const root = lstatSync('/');
  let seen = 0;
  for (let entry = queue.shift(); entry !== undefined && seen < maxEntries; entry = queue.shift()) {
    const inside = entry.stats.isDirectory() ? readdirSync(entry.path) : [];
    refuseOpen(folder, entry, inside.length);
    const reachable = entry.reachable && (entry.stats.mode & 0o011) !== 0;
    for (const name of inside) {
      seen += 1;
      const one = `${entry.path}${path.sep}${name}`;
      const found = lstatSync(one, { throwIfNoEntry: false });
      if (found === undefined) continue; // removed meanwhile
      if (!isTrusted(found, root)) {
        throw new KeyfobError('foreign_entry', {
          path: one,
          uid: found.uid,
          remove: `rm -r ${shellArgument(one)}`,
          own: `sudo chown -hR ${process.getuid?.() ?? ''} ${shellArgument(folder)}`,
        });
      }
      if (!found.isSymbolicLink()) queue.push({ path: one, stats: found, reachable });
    }
  }
}

function refuseOpen(folder: string, { path: entryPath, stats, reachable }: Entry, inside: number): void {
  if (!reachable || (stats.mode & 0o022) === 0 || (stats.isDirectory() && inside === 0)) return;
  throw new KeyfobError(stats.isDirectory() ? 'folder_stood_open' : 'file_stood_open', {
    path: entryPath,
    close: `chmod -R go= ${shellArgument(folder)}`,
  });
}
