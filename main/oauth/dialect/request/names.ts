// The vendor's names of standard parameters.
import { z } from 'zod';
import { name, text } from '../../profile-values.ts';
import type { RequestRule } from './rule.ts';

const schema = z.record(name, text);

export const names: RequestRule<typeof schema> = {
  schema,
  apply: (draft, value) => ({
    ...draft,
    parameters: new Map(
      [...draft.parameters].map(([standard, sent]) => [
        Object.hasOwn(value, standard) ? (value[standard] ?? standard) : standard,
        sent,
      ]),
    ),
  }),
};
