// What went wrong, as it crosses a boundary: data, of which each door makes its sentence (main/messages).
import { z } from 'zod';
import { errorCodes } from './codes.ts';
import { originChange } from './origins.ts';
import { actionTypes } from './problems/actions.ts';
import type { Param, Params } from './problems/kinds.ts';
import { localizedText } from './providers.ts';
import type { Wire } from './wire.ts';

/** A sentence within a sentence. OpenAPI has no place for a schema that names itself, so its params are not judged. */
const part = z.object({ reason: z.string(), params: z.record(z.string(), z.unknown()) });
const param = z.union([z.string(), z.number(), z.array(z.string()), part]) as unknown as z.ZodType<Param>;
const params: z.ZodType<Params> = z.record(z.string(), param);

/** Something to tell a person. */
export const message = z.object({
  reason: z.string().describe('Which sentence; may change'),
  params: params.describe('What the sentence names'),
});

const action = z.object({ type: z.enum(actionTypes), params });

export const problem = z.object({
  code: z.enum(errorCodes).describe('Stable; all that a program may branch on'),
  ...message.shape,
  field: z.exactOptional(z.string()).describe('The field that is wrong'),
  action: z.exactOptional(action).describe('What the person can do: its type, and what it is done to'),
  advice: z.exactOptional(localizedText).describe('What the provider’s profile knows to do'),
  error: z.exactOptional(z.string()).describe('The vendor’s own `error` (RFC 6749 section 5.2)'),
  error_description: z.exactOptional(z.string()),
  origins: z
    .exactOptional(originChange)
    .describe('An origin that the account’s secrets were not entered for; allowed by `allow_origins`'),
  retry_after: z.exactOptional(z.number()).describe('Seconds after which trying again makes sense'),
});
export type Problem = Wire<typeof problem>;

/** The same as the endpoint sends it (RFC 9457). */
export const problemDocument = problem.extend({
  type: z.string().describe('`urn:keyfob:` and the code'),
  title: z.string(),
  status: z.int().describe('HTTP status'),
  detail: z.string().describe('One sentence for a person'),
  hint: z.exactOptional(z.string()).describe('What to do'),
});
export type ProblemDocument = Wire<typeof problemDocument>;
