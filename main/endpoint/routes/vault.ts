// Routes that lock and unlock the vault.
import { lockState, unlockRequest } from '../../api/accounts.ts';
import { nothing } from '../../api/common.ts';
import { route, type Route } from '../route.ts';

export const vaultRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/lock',
    audience: 'owner',
    summary: 'Forgets what is in memory until unlocked',
    query: nothing,
    body: nothing,
    answers: { 200: lockState },
    audited: true,
    async run({ services }) {
      await services.keyfob.lock();
      return { status: 200, body: { locked: services.keyfob.locked } };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/unlock',
    audience: 'owner',
    summary: 'Opens the vault again',
    query: nothing,
    body: unlockRequest,
    answers: { 200: lockState },
    audited: true,
    async run({ services, body }) {
      await services.keyfob.unlock(body.passphrase, { begin: body.new_vault ?? false });
      return { status: 200, body: { locked: services.keyfob.locked } };
    },
  }),
];
