// What a person set for the window and the desktop; kept in `preferences.json`, shared by both hosts.
import { z } from 'zod';
import type { Wire } from './wire.ts';

/** As Electron writes accelerators: modifiers and one key. */
const accelerator = z
  .string()
  .max(60)
  .regex(/^([A-Za-z]+\+){1,4}[A-Za-z0-9]{1,12}$/, 'must look like CommandOrControl+Shift+K');

export const preferences = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  language: z.enum(['system', 'en', 'de']),
  tray_icon: z
    .enum(['system', 'light', 'dark', 'color'])
    .describe('How the icon in the tray is drawn; `light` is for a dark panel'),
  told_of_tray: z
    .boolean()
    .describe('Whether the person was told that a closed window leaves Keyfob running'),
  told_no_tray: z.boolean().describe('The person has read that this desktop shows no tray icons'),
  clipboard_seconds: z
    .int()
    .min(5)
    .max(600)
    .describe('Seconds after which a copied token leaves the clipboard'),
  open_at_login: z.boolean(),
  lock_with_screen: z.boolean(),
  notifications: z.boolean(),
  sign_in_on_demand: z.boolean().describe('Programs that need a token may begin a sign-in'),
  account_order: z.enum(['recent', 'end']).describe('The last used first, or the next to end'),
  shortcut_copy: accelerator.nullable(),
  shortcut_panel: accelerator.nullable(),
  panel_offered: z.boolean().describe('The person has answered whether the quick panel gets a shortcut'),
  updates: z.boolean().describe('Look for newer versions (packaged builds alone)'),
  refresh_ahead: z
    .int()
    .min(30)
    .max(3600)
    .describe('Seconds before its end at which a token is renewed at the latest'),
  stay_signed_in: z
    .array(z.string().min(1).max(64))
    .max(10_000)
    .describe('Accounts that stay signed in with their vendor in the sign-in window'),
});
export type Preferences = Wire<typeof preferences>;

/** What a change may hold; an unknown name is refused. */
export const preferencesChange = exactPartial(preferences);

type ExactPartial<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.ZodExactOptional<Shape[Name]> };

/** The same members, each of which may be left out; `undefined` is no value. */
function exactPartial<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  const members = Object.entries(schema.shape).map(([name, member]) => [name, z.exactOptional(member)]);
  // The entries of a mapped object: the compiler knows them no more.
  return z.strictObject(Object.fromEntries(members) as ExactPartial<Shape>);
}
