// What the browser's pages around a sign-in and the console say, by language.
import type { Language } from '../language.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import type { PageTexts } from './en.ts';

export type { PageTexts };
export { languageOf, type Language } from '../language.ts';

export const pageTexts: Readonly<Record<Language, PageTexts>> = { en, de };
