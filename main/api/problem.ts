// What went wrong, as it crosses a boundary: data, of which whoever shows it makes a sentence (main/messages).
import { z } from 'zod';
import { errorCodes } from './codes.ts';
import { localizedText } from './common.ts';
import { messageShape } from './message.ts';
import { originChange } from './origins.ts';
import type { Wire } from './wire.ts';

export const problem = z.object({
  code: z.enum(errorCodes).describe('Stable; all that a program may branch on'),
  ...messageShape,
  field: z.exactOptional(z.string()).describe('The field that is wrong'),
  advice: z.exactOptional(localizedText).describe('What the provider’s profile knows to do'),
  error: z.exactOptional(z.string()).describe('The vendor’s own `error` (RFC 6749 section 5.2)'),
  error_description: z.exactOptional(z.string()),
  origins: z
    .exactOptional(originChange)
    .describe('An origin that the account’s secrets were not entered for; allowed by `allow_origins`'),
  retry_after: z.exactOptional(z.number()).describe('Seconds after which trying again makes sense'),
});
export type Problem = Wire<typeof problem>;

/** The same, told in sentences too. */
export const toldProblem = problem.extend({
  detail: z.string().describe('One sentence for a person'),
  hint: z.exactOptional(z.string()).describe('What to do'),
});
export type ToldProblem = Wire<typeof toldProblem>;

/** The same as the endpoint sends it (RFC 9457). */
export const problemDocument = toldProblem.extend({
  type: z.string().describe('`urn:keyfob:` and the code'),
  title: z.string(),
  status: z.int().describe('HTTP status'),
});
export type ProblemDocument = Wire<typeof problemDocument>;
