// Routes by which accounts leave for another home and come from one: for the person alone.
import { exportDocument, seal, unseal } from '../export-file.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { importResultAnswer } from '../sentences.ts';
import { nothing } from '../../api/common.ts';
import { exportRequest, importAnswer, importRequest } from '../../api/transfer.ts';

export const transferRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/export',
    audience: 'owner',
    summary: 'Accounts, own profiles and what is selected; secrets when asked for, sealed; never a token',
    query: nothing,
    body: exportRequest,
    answers: { 200: exportDocument },
    audited: true,
    async run(call) {
      const { secrets, passphrase } = call.body;
      if (secrets) await call.services.access.admitExport(call);
      const taken = await call.services.keyfob.exportAccounts({ secrets });
      return { status: 200, body: await seal(taken, passphrase) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/import',
    audience: 'owner',
    summary: 'Adds what an export holds and is not there yet; says what became of each',
    query: nothing,
    body: importRequest,
    answers: { 200: importAnswer },
    audited: true,
    async run({ services, body }) {
      const from = await unseal(body.document, body.passphrase);
      const results = await services.keyfob.importAccounts(from);
      return { status: 200, body: { results: results.map(importResultAnswer) } };
    },
  }),
];
