// Routes by which accounts leave for another home and come from one: for the person alone.
import { KeyfobError } from '../../core/errors.ts';
import { exportDocument, seal, unseal } from '../export-file.ts';
import { route } from '../route.ts';
import type { Route, RouteRequest } from '../route.ts';
import { nothing } from '../../api/common.ts';
import { exportRequest, importAnswer, importRequest } from '../../api/transfer.ts';

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
    query: nothing,
    body: exportRequest,
    answers: { 200: exportDocument },
    audited: true,
    async run(call) {
      const { secrets, passphrase } = call.body;
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
    query: nothing,
    body: importRequest,
    answers: { 200: importAnswer },
    audited: true,
    async run({ rooms, body }) {
      const from = await unseal(body.document, body.passphrase);
      return { status: 200, body: { results: await rooms.options.keyfob.importAccounts(from) } };
    },
  }),
];
