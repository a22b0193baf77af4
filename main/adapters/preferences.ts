// The agent's `preferences.json`, through conf; the desktop keeps the same file through electron-store.
//
// Invariants: the file is written atomically with mode 0600; one that is damaged is kept aside as
// `preferences.json.torn-<time>`, told, and the defaults hold: preferences are no reason not to start.
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import Conf from 'conf';
import { asideName, systemCode } from '../platform/atomic-file.ts';
import { message, type Message } from '../api/problems/index.ts';

export interface PreferencesFile {
  store: Record<string, unknown>;
}

/** Opens the preferences of a folder, which is made when it is not there. `onNotice` is told a damaged file. */
export function openPreferencesFile(folder: string, onNotice: (notice: Message) => void): PreferencesFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  setTornAside(path.join(folder, 'preferences.json'), onNotice);
  return new Conf<Record<string, unknown>>({
    cwd: folder,
    configName: 'preferences',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
  });
}

/** Moves a file that holds no JSON object out of the way, so that a store can begin anew. */
export function setTornAside(file: string, onNotice: (notice: Message) => void): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  if (isObject(text)) return;
  const aside = asideName(file, 'torn');
  renameSync(file, aside);
  onNotice(message('preferences_begun_anew', { aside }));
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
