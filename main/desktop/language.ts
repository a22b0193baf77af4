// The language that the desktop speaks now.
import { app } from 'electron';
import type { Preferences } from '../api/preferences.ts';
import { languageOf } from '../messages/desktop/index.ts';
import type { Language } from '../messages/desktop/index.ts';

/** What the person chose, else what the system prefers. Electron must be ready. */
export function currentLanguage({ language }: Pick<Preferences, 'language'>): Language {
  return languageOf(language, app.getPreferredSystemLanguages());
}
