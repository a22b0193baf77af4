// Routes by which accounts leave for another home and come from one: for the person alone.
import { z } from 'zod';

import { KeyfobError } from '../../core/errors.ts';
import { exportDocument, seal, unseal } from '../export-file.ts';
import { route } from '../route.ts';
import type { Route, RouteRequest } from '../route.ts';
import { none } from '../schemas.ts';

const exportBody = z.strictObject({
  secrets: z.boolean().optional(),
  passphrase: z.string().optional().describe('Seals the secrets; at least 8 characters'),
});
const importBody = z.strictObject({
  document: z.unknown().describe('What POST /v1/export answered'),
  passphrase: z.string().optional(),
});
const results = z.strictObject({
  results: z.array(
    z.strictObject({
      kind: z.enum(['account', 'profile']),
      name: z.string(),
      outcome: z.enum(['added', 'skipped', 'refused']),
      why: z.string().nullable(),
    }),
  ),
});

/** What a person sees in the question whether all secrets may leave. */
const ALL = '(the secrets of all accounts)';

/** Asks the person, unless their rule for this socket is never to be asked. Throws `not_permitted`. */
async function secretsMayLeave({ rooms, caller, signal }: RouteRequest): Promise<void> {
  const rule = rooms.options.localApproval?.() ?? 'always';
  const answer = await rooms.approvals.ask(caller.name, ALL, rule === 'always' ? 'always' : 'ask', signal);
  if (answer === 'yes') return;
  throw new KeyfobError('not_permitted', 'The secrets were not allowed to leave.', {
    hint: 'Try again and answer within 60 s, with `keyfob approve`; or export without secrets.',
  });
}

export const transferRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/export',
    access: 'person',
    summary: 'Accounts, own profiles and what is selected; secrets when asked for, sealed; never a token',
    query: none,
    body: exportBody,
    answers: { 200: exportDocument },
    audited: true,
    async run(call) {
      const { secrets = false, passphrase } = call.body;
      if (secrets) await secretsMayLeave(call);
      const taken = call.rooms.options.keyfob.exportAccounts({ secrets });
      return { status: 200, body: await seal(taken, passphrase) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/import',
    access: 'person',
    summary: 'Adds what an export holds and is not there yet; says what became of each',
    query: none,
    body: importBody,
    answers: { 200: results },
    audited: true,
    async run({ rooms, body }) {
      const from = await unseal(body.document, body.passphrase);
      return { status: 200, body: { results: await rooms.options.keyfob.importAccounts(from) } };
    },
  }),
];
