// Something to tell a person, as it crosses a boundary: a reason and what its sentence names.
import { z } from 'zod';
import { localizedText } from './common.ts';
import { actionTypes } from './problems/actions.ts';
import type { Message, Param, Params } from './problems/kinds.ts';

/** A sentence within a sentence. OpenAPI has no place for a schema that names itself, so its params are not judged. */
const nested = z.object({ reason: z.string(), params: z.record(z.string(), z.unknown()) });
const param = z.union([
  z.number(),
  localizedText,
  z.array(z.string()),
  nested,
  z.array(nested),
]) as unknown as z.ZodType<Param>;
const params: z.ZodType<Params> = z.record(z.string(), param);
const action = z.object({ type: z.enum(actionTypes), params });

export const messageShape = {
  reason: z.string().describe('Which sentence; may change'),
  params: params.describe('What the sentence names'),
  action: z.exactOptional(action).describe('What the person can do: its type, and what it is done to'),
};
export const message: z.ZodType<Message> = z.strictObject(messageShape);
