// Commands that run on an event.
import { z } from 'zod';
import { endpointEvent } from './events.ts';
import { filled } from './common.ts';
import type { Wire } from './wire.ts';

/** The events of `GET /v1/events`, by name. */
export const eventNames: readonly string[] = [...new Set(typesIn(endpointEvent))];

/** What the member `type` may be in a schema of events. */
function typesIn(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(typesIn);
  if (!(schema instanceof z.ZodObject)) return [];
  const { type } = schema.shape;
  if (type instanceof z.ZodEnum) return type.options.map(String);
  return type instanceof z.ZodLiteral ? [...type.values].map(String) : [];
}

/** What a program can be given. */
const argument = z
  .string()
  .max(10_000)
  .regex(/^[^\0]*$/, 'must be without NUL');

export const newHook = z.strictObject({
  event: filled,
  command: z
    .array(argument)
    .min(1)
    .max(100)
    .refine(([program]) => program !== '', 'must name a program')
    .describe('A program and its arguments: no shell'),
});
export type NewHook = Wire<typeof newHook>;
export const hook = newHook.extend({ id: z.string() });
export type Hook = Wire<typeof hook>;

/** A hook as it is listed. */
export const hookView = hook.extend({
  not_started: z
    .exactOptional(z.string())
    .describe('Why the system did not start its program the last time: `ENOENT`'),
});
export type HookView = Wire<typeof hookView>;
