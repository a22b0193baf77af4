// What the desktop says outside its windows, by language.
import { de } from './de.ts';
import { en } from './en.ts';
import type { DesktopTexts } from './en.ts';

export type { DesktopTexts };
export type Language = 'en' | 'de';

export const desktopTexts: Readonly<Record<Language, DesktopTexts>> = { en, de };

/** The language to speak: what the person chose, else the first that the system prefers and Keyfob has. */
export function languageOf(chosen: Language | 'system', system: readonly string[]): Language {
  if (chosen !== 'system') return chosen;
  const known = system.map((one) => one.slice(0, 2).toLowerCase());
  return known.find((one): one is Language => one === 'en' || one === 'de') ?? 'en';
}
