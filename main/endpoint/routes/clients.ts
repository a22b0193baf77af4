// Routes of client keys.
import { z } from 'zod';
import { clientView, clientWithKey, newClient } from '../../api/clients.ts';
import { nothing } from '../../api/common.ts';
import { param, route, type Route } from '../route.ts';

export const clientRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/clients',
    audience: 'owner',
    summary: 'Local programs with a key',
    query: nothing,
    body: null,
    answers: { 200: z.array(clientView) },
    run: ({ services }) => ({ status: 200, body: services.access.clients.list() }),
  }),
  route({
    method: 'POST',
    path: '/v1/clients',
    audience: 'owner',
    summary: 'Makes a client; its key is shown this once',
    query: nothing,
    body: newClient,
    answers: { 201: clientWithKey },
    audited: true,
    async run({ services, body, entry }) {
      // A name of no account is most likely a slip; an allow-list must not wait for it to come true.
      for (const account of body.accounts ?? []) services.keyfob.account(account);
      const added = await services.access.clients.add(body);
      entry.about(added.client.name);
      return { status: 201, body: added };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/clients/{name}',
    audience: 'owner',
    summary: 'Forgets a client; its key is refused from now on',
    query: nothing,
    body: nothing,
    answers: { 204: null },
    audited: true,
    async run(call) {
      const name = param(call, 'name');
      await call.services.access.clients.remove(name);
      call.entry.about(name);
      return { status: 204 };
    },
  }),
];
