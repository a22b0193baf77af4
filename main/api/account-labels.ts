// What a person calls an account and how it looks to them: their own, never sent to a vendor, never a secret.
import { z } from 'zod';
import { markColors } from './account-mark.ts';
import type { Wire } from './wire.ts';

const text = (max: number) =>
  z
    .string()
    .transform((one) => one.trim())
    .refine(
      (one) => [...one].length <= max && !/\p{Cc}/u.test(one),
      `must be one line of at most ${String(max)} characters`,
    );

const markColor = z.enum(markColors);

export const accountLabels = z.strictObject({
  display_name: z.string().nullable(),
  environment: z
    .string()
    .nullable()
    .describe('`production`, `sandbox`, `test`, or a text of the person’s own'),
  color: markColor.nullable(),
  letters: z.string().nullable().describe('One or two characters'),
  pinned: z.boolean(),
  ask_before_copy: z.boolean(),
});
export type AccountLabels = Wire<typeof accountLabels>;

/** Those of an account that has none. */
export const noLabels: AccountLabels = {
  display_name: null,
  environment: null,
  color: null,
  letters: null,
  pinned: false,
  ask_before_copy: false,
};

/** What is left out stays; an empty text takes one away. */
export const labelsChange = z.strictObject({
  display_name: z.exactOptional(text(80)),
  environment: z.exactOptional(text(20)),
  color: z.exactOptional(z.union([markColor, z.literal('')])),
  letters: z.exactOptional(text(2)),
  pinned: z.exactOptional(z.boolean()),
  ask_before_copy: z.exactOptional(z.boolean()),
});
export type LabelsChange = Wire<typeof labelsChange>;
