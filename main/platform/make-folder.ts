// A folder that a person has named, made with those above it.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder, and those above it, for its owner alone unless `mode` says otherwise; leaves one that is there as it is.
 * Throws what the system says. Not by `recursive` of Node's `mkdir`: that tries for ever where a file system has no such
 * place (Linux' /proc).
 */
export function makeFolder(folder: string, mode = 0o700): void {
  const above = path.dirname(folder);
  if (!existsSync(above) && above !== folder) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
