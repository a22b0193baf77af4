// What the desktop says outside its windows, by language.
import type { Language } from '../language.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import type { DesktopTexts } from './en.ts';

export type { DesktopTexts };
export { languageOf, type Language } from '../language.ts';

export const desktopTexts: Readonly<Record<Language, DesktopTexts>> = { en, de };
