// What is wanted of the preferences before the home is open, and before anything that could judge them is loaded.
//
// Invariant: reads, and neither writes nor throws: what cannot be used is as it was never set. The home's own
// keeper of preferences says what was wrong with the file.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Preferences } from '../api/preferences.ts';

export type EarlyPreferences = Pick<Preferences, 'language' | 'tray_icon'>;

/** A value that is missing here does not compile. */
type Each<Value extends string> = Record<Value, true>;

const languages: readonly unknown[] = Object.keys({
  system: true,
  en: true,
  de: true,
} satisfies Each<Preferences['language']>);
const icons: readonly unknown[] = Object.keys({
  system: true,
  light: true,
  dark: true,
  color: true,
} satisfies Each<Preferences['tray_icon']>);
const isLanguage = (value: unknown): value is Preferences['language'] => languages.includes(value);
const isIcon = (value: unknown): value is Preferences['tray_icon'] => icons.includes(value);

/** Reads them from `preferences.json` in the folder of the configuration. */
export function readEarlyPreferences(configFolder: string): EarlyPreferences {
  let stored: unknown = null;
  try {
    stored = JSON.parse(readFileSync(path.join(configFolder, 'preferences.json'), 'utf8'));
  } catch {
    // None yet, or a damaged one.
  }
  const { language, tray_icon: icon } = Object(stored) as Readonly<Record<string, unknown>>;
  return {
    language: isLanguage(language) ? language : 'system',
    tray_icon: isIcon(icon) ? icon : 'system',
  };
}
