import { en } from './en.ts';
import type { Words } from './en.ts';
export const de: Words = en;
