// What a person calls an account and how it looks to them: their own, never sent to a vendor, never a secret.
import { z } from 'zod';
import { labelLimits, markColors } from './account-mark.ts';
import type { Wire } from './wire.ts';

/** One line; an empty one is none. */
const text = (max: number) =>
  z
    .string()
    .nullable()
    .transform((one) => one?.trim() ?? '')
    .refine(
      (one) => [...one].length <= max && !/\p{Cc}/u.test(one),
      `must be one line of at most ${String(max)} characters`,
    )
    .transform((one) => (one === '' ? null : one))
    .pipe(z.string().nullable());

const markColor = z.enum(markColors);

export const accountLabels = z.strictObject({
  display_name: text(labelLimits.display_name),
  environment: text(labelLimits.environment).describe(
    '`production`, `sandbox`, `test`, or a text of the person’s own',
  ),
  color: z
    .union([markColor, z.literal('')])
    .nullable()
    .transform((one) => (one === '' ? null : one))
    .pipe(markColor.nullable()),
  letters: text(labelLimits.letters).describe('One or two characters'),
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

const { shape } = accountLabels;
/** What is left out stays; null, or an empty text, takes one away. */
export const labelsChange = z.strictObject({
  display_name: z.exactOptional(shape.display_name),
  environment: z.exactOptional(shape.environment),
  color: z.exactOptional(shape.color),
  letters: z.exactOptional(shape.letters),
  pinned: z.exactOptional(shape.pinned),
  ask_before_copy: z.exactOptional(shape.ask_before_copy),
});
export type LabelsChange = Wire<typeof labelsChange>;
