// The method of a request, where it is not POST. A GET has no body: its parameters travel in query or headers.
import { z } from 'zod';
import type { RequestRule } from './rule.ts';

const schema = z.enum(['GET', 'POST', 'PUT', 'DELETE']);

export const method: RequestRule<typeof schema> = {
  schema,
  apply: (draft, value) => ({
    ...draft,
    method: value,
    in: value === 'GET' && draft.in !== 'header' ? 'query' : draft.in,
  }),
};
