// Exactly these parameters, by their standard names, in this order; left out: all of them. Extra ones stay.
import { z } from 'zod';
import { name } from '../../profile-values.ts';
import type { ParameterValue, RequestRule } from './rule.ts';

const schema = z.array(name);

export const parameters: RequestRule<typeof schema> = {
  schema,
  apply(draft, value) {
    const chosen = value.flatMap((one): [string, ParameterValue][] => {
      const sent = draft.parameters.get(one);
      return sent === undefined ? [] : [[one, sent]];
    });
    return { ...draft, parameters: new Map(chosen) };
  },
};
