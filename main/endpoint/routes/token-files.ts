// Routes of files that hold a token: for the person alone.
import { z } from 'zod';
import { nothing } from '../../api/common.ts';
import { tokenFile, tokenFileQuery, tokenFileView } from '../../api/token-files.ts';
import { route, type Route } from '../route.ts';

export const tokenFileRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/token-files',
    audience: 'owner',
    summary: 'The files that hold a token',
    query: nothing,
    body: null,
    answers: { 200: z.array(tokenFileView) },
    run: ({ services }) => ({ status: 200, body: services.tokenFiles.list() }),
  }),
  route({
    method: 'POST',
    path: '/v1/token-files',
    audience: 'owner',
    summary: 'Keeps a file that holds the token of an account, and nothing else',
    query: nothing,
    body: tokenFile,
    answers: { 201: tokenFileView },
    audited: true,
    async run(call) {
      const { account, id_token: isIdToken } = call.body;
      // Whoever must ask for a token must ask for a file of it.
      await call.services.access.token({ account, ...(isIdToken ? { idToken: 'required' } : {}) }, call);
      return { status: 201, body: await call.services.tokenFiles.add(call.body) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/token-files',
    audience: 'owner',
    summary: 'Removes such a file',
    query: tokenFileQuery,
    body: nothing,
    answers: { 204: null },
    audited: true,
    async run(call) {
      const { account } = await call.services.tokenFiles.remove(call.query.path);
      call.entry.concerns(account);
      return { status: 204 };
    },
  }),
];
