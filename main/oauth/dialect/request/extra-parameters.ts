// Parameters that the standard does not know, or knows with another value: fixed ones, and templates. An own
// `grant_type` is one of them. What is empty is left out.
import { z } from 'zod';
import { text } from '../../profile-values.ts';
import { fillRequestTemplate } from './own-values.ts';
import type { ParameterValue, RequestRule, RequestValues } from './rule.ts';

/** A template, a number, true or false; in objects and lists too, which are JSON in a body, and their text elsewhere. */
type ValueTemplate = string | number | boolean | null | ValueTemplate[] | { [name: string]: ValueTemplate };
const inner: z.ZodType<ValueTemplate> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(inner), z.record(z.string(), inner)]),
);
const schema = z.record(
  text,
  z.union([z.string(), z.number(), z.boolean(), z.array(inner), z.record(z.string(), inner)]),
);

export const extraParameters: RequestRule<typeof schema> = {
  schema,
  takesSecrets: true,
  apply(draft, value, values) {
    const parameters = new Map(draft.parameters);
    for (const [name, each] of Object.entries(value)) {
      const filled = fill(each, values);
      if (filled !== undefined) parameters.set(name, filled);
    }
    return { ...draft, parameters };
  },
};

/** Undefined: a template whose field has no value. Within an object or a list it is left out. */
function fill(value: ValueTemplate, values: RequestValues): ParameterValue | undefined {
  if (typeof value === 'string') return fillRequestTemplate(value, values) ?? undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.flatMap((one) => fill(one, values) ?? []);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]): [string, ParameterValue][] => {
      const filled = fill(each, values);
      return filled === undefined ? [] : [[name, filled]];
    }),
  );
}
