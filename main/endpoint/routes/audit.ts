// The route that reads the audit.
import { z } from 'zod';
import { auditLine, auditQuery } from '../../api/audit.ts';
import { route, type Route } from '../route.ts';

export const auditRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/audit',
    audience: 'owner',
    summary: 'The last lines of the audit that are wanted, oldest first',
    query: auditQuery,
    body: null,
    answers: { 200: z.array(auditLine) },
    async run({ services, query }) {
      const { limit, refused, ...wanted } = query;
      // From a time on, all of it.
      const count = limit ?? (wanted.since === undefined ? 100 : 10_000);
      const lines = await services.access.audit.tail(count, { ...wanted, refused: refused === 'true' });
      return { status: 200, body: lines };
    },
  }),
];
