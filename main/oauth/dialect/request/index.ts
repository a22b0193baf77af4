// The registry of what a profile can say about a request: a member of a request's form for each.
import type { z } from 'zod';
import { extraParameters } from './extra-parameters.ts';
import { headers } from './headers.ts';
import { location } from './location.ts';
import { method } from './method.ts';
import { names } from './names.ts';
import { parameters } from './parameters.ts';
import type { Draft, RequestRule, RequestValues } from './rule.ts';

/** In the order in which they are applied. */
const registry = { parameters, extra_parameters: extraParameters, names, headers, in: location, method };
type Registry = typeof registry;

/** The members of a request's form, as a profile holds them. */
export const requestShape = Object.fromEntries(
  Object.entries(registry).map(([word, rule]) => [word, rule.schema.optional()]),
) as { readonly [Word in keyof Registry]: z.ZodOptional<Registry[Word]['schema']> };

/** The vendor's form of a request. */
export type RequestForm = z.output<z.ZodObject<typeof requestShape>>;

/** Members whose templates may name secret fields. */
export const membersWithSecrets: readonly string[] = Object.entries<RequestRule>(registry)
  .filter(([, rule]) => rule.takesSecrets === true)
  .map(([word]) => word);

/** A request as the form has it. */
export function inForm(draft: Draft, form: RequestForm, values: RequestValues): Draft {
  let made = draft;
  for (const [word, rule] of Object.entries<RequestRule>(registry)) {
    const value = form[word as keyof RequestForm];
    if (value !== undefined) made = rule.apply(made, value, values);
  }
  return made;
}
