// Files that hold an account's token, for programs that can only read one. The token itself does not travel here.
import { z } from 'zod';
import { filled } from './common.ts';
import type { Wire } from './wire.ts';

const path = filled.max(4096);

/** As the settings keep it. */
export const tokenFile = z.strictObject({
  account: filled,
  path,
  id_token: z.exactOptional(z.literal(true)).describe('It holds the ID token instead'),
});
export type TokenFile = Wire<typeof tokenFile>;

export const tokenFileView = tokenFile.extend({
  written: z.boolean().describe('Whether the token is in it now; else there is no file'),
});
export type TokenFileView = Wire<typeof tokenFileView>;

export const tokenFileQuery = z.strictObject({ path });
