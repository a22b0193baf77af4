// What the endpoint puts into the desktop's clipboard. The token itself does not travel.
import { z } from 'zod';
import { tokenQuery } from './accounts.ts';
import { copyForm } from './window.ts';
import type { Wire } from './wire.ts';

export const clipboardRequest = tokenQuery.omit({ holder: true, path: true }).extend({
  force_new: z.boolean().optional().describe('A token that is newer than the one in hand'),
  min_valid: z
    .int()
    .min(0)
    .max(1e9)
    .optional()
    .describe('Seconds the token must still be valid; strict when stated'),
  as: copyForm.default('token').describe('The token alone, or a line that holds it'),
});
/** Once it has been judged. */
export type ClipboardRequest = Wire<typeof clipboardRequest>;

export const clipboardAnswer = z.strictObject({
  account: z.string(),
  expires_in: z.int().nullable().describe('Seconds left, rounded down, or null'),
  clears_in: z.int().describe('Seconds until it leaves the clipboard'),
});
export type ClipboardAnswer = Wire<typeof clipboardAnswer>;
