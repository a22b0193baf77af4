// Request headers of the vendor's own. What is empty is left out.
import { z } from 'zod';
import { headerName, template } from '../../profile-values.ts';
import { headerValue } from '../header-value.ts';
import { fillRequestTemplate } from './own-values.ts';
import type { RequestRule } from './rule.ts';

const schema = z.record(headerName, template);

export const headers: RequestRule<typeof schema> = {
  schema,
  takesSecrets: true,
  apply(draft, value, values) {
    const own = Object.entries(value).flatMap(([name, each]): [string, string][] => {
      const filled = fillRequestTemplate(each, values);
      return filled === null ? [] : [[name.toLowerCase(), headerValue(name, filled)]];
    });
    return { ...draft, headers: { ...draft.headers, ...Object.fromEntries(own) } };
  },
};
