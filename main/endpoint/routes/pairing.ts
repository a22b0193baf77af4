// Routes for programs that have no key yet and ask for one.
import { param, route } from '../route.ts';
import type { Route } from '../route.ts';
import { pairing, pairingState, pairRequest } from '../../api/clients.ts';
import { nothing } from '../../api/common.ts';

/** The header that a program proves itself with when it fetches its key. */
const PAIRING_HEADER = 'keyfob-pairing';

export const pairingRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/pair',
    audience: 'anybody',
    summary: 'Asks the person for a key; the program shows `code` and looks again with `secret`',
    query: nothing,
    body: pairRequest,
    answers: { 201: pairing },
    async run(call) {
      const { name, accounts } = call.body;
      const begun = call.services.access.pairings.begin({ name, accounts }, call.actor.via, call.peer);
      call.entry.keep({ application: name });
      return { status: 201, body: begun };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/pair/{id}',
    audience: 'anybody',
    summary: 'Where a pairing stands; after a yes the key, once. Needs the header `Keyfob-Pairing`',
    query: nothing,
    body: null,
    answers: { 200: pairingState },
    async run(call) {
      const state = await call.services.access.pairings.fetch(
        param(call, 'id'),
        call.header(PAIRING_HEADER) ?? '',
      );
      if (state.state === 'paired') call.entry.keep({ client: state.client.name });
      return { status: 200, body: state };
    },
  }),
];
