// The agent's `preferences.json`, through conf; the desktop keeps the same file through electron-store.
//
// Invariants: the file is written atomically with mode 0600; one that is damaged, or is no file, is kept aside
// (`preferences.json.torn-<time>`), told, and the defaults hold; of one that is not as Keyfob wrote it a copy is kept
// aside, and what can be used of it holds: preferences are no reason not to start.
import { copyFileSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import Conf from 'conf';
import { asideName, setStrayAside, systemCode } from '../platform/atomic-file.ts';
import { decodeText } from '../platform/text-encoding.ts';
import { judgeDigest } from '../platform/self-digest.ts';
import { message, type Message } from '../api/problems/index.ts';

export interface PreferencesFile {
  store: Record<string, unknown>;
}

/** Opens the preferences of a folder, which is made when it is not there. `onNotice` is told a damaged file. */
export function openPreferencesFile(folder: string, onNotice: (notice: Message) => void): PreferencesFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  setUnusableAside(path.join(folder, 'preferences.json'), onNotice);
  return new Conf<Record<string, unknown>>({
    cwd: folder,
    configName: 'preferences',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
  });
}

/** Moves a file that holds no JSON object, or is none, out of the way, so that a store can begin anew. */
export function setUnusableAside(file: string, onNotice: (notice: Message) => void): void {
  const stray = setStrayAside(file);
  if (stray !== null) onNotice(message('stray_set_aside', { file, aside: stray }));
  let text: string;
  try {
    text = decodeText(readFileSync(file));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const value = objectIn(text);
  if (value === null) {
    const aside = asideName(file, 'torn');
    renameSync(file, aside);
    onNotice(message('preferences_begun_anew', { aside }));
  } else if (judgeDigest(value) === 'differs') {
    onNotice(message('preferences_altered', { file, aside: keptAside(file) }));
  }
}

/** A copy of the file; the file itself where no copy can be made: preferences are no reason not to start. */
function keptAside(file: string): string {
  const aside = asideName(file, 'changed');
  try {
    copyFileSync(file, aside);
    return aside;
  } catch {
    return file;
  }
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    // A JSON object: its members are of any type.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
