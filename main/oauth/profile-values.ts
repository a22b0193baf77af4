// The kinds of values that a profile is made of: names, templates, texts for people, choices by a field.
//
// Texts for people are made fit to be shown here, once, for window, menus, notifications and terminal: one line,
// nothing unseen, of a length that fits.
import { z } from 'zod';
import type { Reason } from '../api/problems/index.ts';
import { isShown, shownText } from '../api/shown-text.ts';

/** An issue's message is the reason of what is wrong (profile-problems.ts). */
export const reason = (one: Reason): string => one;
export const text = z.string().min(1);
/** A value of the vendor's that people see too, and that is sent as it stands. */
export const plainText = z.string().refine(isShown, reason('wants_seen_text'));
/** For people, at most `limit` characters of it. */
const shown = (limit: number) =>
  z
    .string()
    .min(1, { abort: true })
    .refine((one) => shownText(one) !== '', reason('wants_some_text'))
    .transform((one) => shownText(one, limit));
/** For people: one text for all languages, or one for each; English is what the others fall back to. */
export const localized = (limit: number) =>
  z.union([shown(limit), z.strictObject({ en: shown(limit), de: shown(limit).optional() })]);
export const sentences = localized(1000);

export const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, reason('wants_id'));
export const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, reason('wants_name'));
export const headerPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 section 5.1. */
export const headerName = z.string().regex(headerPattern, reason('wants_header_name'));
/** A text with `{field}` in it. */
export const template = text;

/** A value, or one value per choice of a field: `{"by_field": "client_auth", "cases": {"basic": …}}`. */
export function choice<T extends z.ZodType>(of: T) {
  return z.union([of, z.strictObject({ by_field: name, cases: z.record(name, of) })]);
}
