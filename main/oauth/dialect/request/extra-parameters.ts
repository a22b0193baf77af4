// Parameters that the standard does not know, or knows with another value: fixed ones, and templates. An own
// `grant_type` is one of them. What is empty is left out.
import { z } from 'zod';
import { template, text } from '../../profile-values.ts';
import { fillRequestTemplate } from './own-values.ts';
import type { RequestRule } from './rule.ts';

const schema = z.record(text, template);

export const extraParameters: RequestRule<typeof schema> = {
  schema,
  takesSecrets: true,
  apply(draft, value, values) {
    const parameters = new Map(draft.parameters);
    for (const [name, each] of Object.entries(value)) {
      const filled = fillRequestTemplate(each, values);
      if (filled !== null) parameters.set(name, filled);
    }
    return { ...draft, parameters };
  },
};
