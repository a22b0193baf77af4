// Small schemas that several files here are made of.
import { z } from 'zod';
import type { Wire } from './wire.ts';

export const filled = z.string().min(1);

/** Texts by name: fields, headers, parameters. */
export const texts = z.record(z.string(), z.string());

export const unixSeconds = z.int().describe('Unix seconds');
export const unixSecondsOrNull = z.int().nullable().describe('Unix seconds, or null');

/** A request or a query that holds nothing. */
export const nothing = z.strictObject({});

/** Names of accounts and of clients. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A number of seconds in a query: digits, with decimals or without. */
export function secondsInQuery(max: number): z.ZodType<number> {
  const fault = `must be a number of seconds from 0 to ${String(max)}`;
  return z
    .string()
    .regex(/^\d{1,10}(\.\d{1,9})?$/, fault)
    .transform(Number)
    .refine((value) => value <= max, fault);
}

/** A text for people: one for all languages, or one for each; English is what the others fall back to. */
export const localizedText = z.union([
  z.string(),
  z.strictObject({ en: z.string(), de: z.string().optional() }),
]);
export type LocalizedText = Wire<typeof localizedText>;
