// Where the parameters travel.
import { z } from 'zod';
import { choice } from '../../profile-values.ts';
import { choose } from '../../template.ts';
import type { ParameterLocation, RequestRule } from './rule.ts';

const schema = choice(z.enum(['header', 'query', 'form', 'json'] satisfies ParameterLocation[]));

export const location: RequestRule<typeof schema> = {
  schema,
  apply: (draft, value, { values }) => ({ ...draft, in: choose<ParameterLocation>(value, values) }),
};
