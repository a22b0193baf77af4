// Routes for the person (command line and window): client `local` on the socket, nobody else.
import { z } from 'zod';

import { addOwnProvider } from '../../access/index.ts';
import { KeyfobError } from '../../api/errors.ts';
import { param, route } from '../route.ts';
import type { Route } from '../route.ts';
import * as tell from '../sentences.ts';
import {
  accountChange,
  accountAnswer,
  changedAccountAnswer,
  lockState,
  newAccount,
  unlockRequest,
} from '../../api/accounts.ts';
import { auditLine, auditQuery } from '../../api/audit.ts';
import { approvalAnswer, approvalView, clientView, clientWithKey, newClient } from '../../api/clients.ts';
import { nothing } from '../../api/common.ts';
import { addedProviderAnswer, providerView } from '../../api/providers.ts';
import { redirectRequest, signInQuery, signInAnswer } from '../../api/sign-ins.ts';
import { oneTimeAddress, statusAnswer } from '../../api/status.ts';

export const personRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/status',
    audience: 'owner',
    summary: 'The host: who, where, which vault, what a person should know',
    query: nothing,
    body: null,
    answers: { 200: statusAnswer },
    run({ services }) {
      const { keyfob, access } = services;
      const host = services.status();
      const problem = access.audit.problem();
      const body = {
        ...tell.hostAnswer({
          ...host,
          notices: problem === null ? host.notices : [...host.notices, problem],
        }),
        accounts: keyfob.accounts().length,
        refused: access.refused(),
      };
      return { status: 200, body };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/providers',
    audience: 'owner',
    summary: 'The providers, with their fields',
    query: nothing,
    body: null,
    answers: { 200: z.array(providerView) },
    run: async ({ services }) => ({ status: 200, body: await services.keyfob.providerViews() }),
  }),
  route({
    method: 'GET',
    path: '/v1/providers/{id}',
    audience: 'owner',
    summary: 'The whole profile of a provider',
    query: nothing,
    body: null,
    answers: { 200: z.looseObject({}) },
    run: async (call) => ({
      status: 200,
      body: await call.services.keyfob.providerFile(param(call, 'id')),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/providers',
    audience: 'owner',
    summary: 'Adds an own provider; the body is its profile',
    query: nothing,
    // Read as text, so that what is wrong can be told by line.
    body: null,
    answers: { 201: addedProviderAnswer },
    audited: true,
    async run(call) {
      const added = await addOwnProvider(call.services.keyfob, await call.text(), call.entry);
      return { status: 201, body: tell.addedProviderAnswer(added) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts',
    audience: 'owner',
    summary: 'Adds an account',
    query: nothing,
    body: newAccount,
    answers: { 201: accountAnswer },
    audited: true,
    async run(call) {
      call.entry.concerns(call.body.name);
      return { status: 201, body: tell.accountAnswer(await call.services.keyfob.add(call.body)) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/accounts/{name}',
    audience: 'owner',
    summary: 'Changes fields of an account',
    query: nothing,
    body: accountChange,
    answers: { 200: changedAccountAnswer },
    audited: true,
    async run(call) {
      const name = param(call, 'name');
      call.entry.concerns(name);
      return {
        status: 200,
        body: tell.changedAccountAnswer(await call.services.keyfob.set(name, call.body)),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/accounts/{name}',
    audience: 'owner',
    summary: 'Forgets an account, all of it',
    query: nothing,
    body: nothing,
    answers: { 204: null },
    audited: true,
    async run(call) {
      const name = param(call, 'name');
      call.entry.concerns(name);
      await call.services.keyfob.remove(name);
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/logout',
    audience: 'owner',
    summary: 'Forgets the tokens',
    query: nothing,
    body: nothing,
    answers: { 200: accountAnswer },
    audited: true,
    async run(call) {
      const name = param(call, 'name');
      call.entry.concerns(name);
      return { status: 200, body: tell.accountAnswer(await call.services.keyfob.logout(name)) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/sign-ins/{id}',
    audience: 'owner',
    summary: 'A sign-in; `wait` seconds for its end',
    query: signInQuery,
    body: null,
    answers: { 200: signInAnswer },
    async run(call) {
      const { keyfob } = call.services;
      const id = param(call, 'id');
      const { wait = 0 } = call.query;
      const view = wait > 0 ? await keyfob.waitForSignIn(id, wait * 1000) : keyfob.signIn(id);
      return { status: 200, body: tell.signInAnswer(view) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/sign-ins/{id}/redirect',
    audience: 'owner',
    summary: 'Takes a redirect URL that the person pasted',
    query: nothing,
    body: redirectRequest,
    answers: { 200: signInAnswer },
    async run(call) {
      const body = await call.services.keyfob.pasteRedirect(param(call, 'id'), call.body.url);
      return { status: 200, body: tell.signInAnswer(body) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/sign-ins/{id}',
    audience: 'owner',
    summary: 'Cancels a sign-in',
    query: nothing,
    body: nothing,
    answers: { 204: null },
    async run(call) {
      await call.services.keyfob.cancelSignIn(param(call, 'id'));
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/stop',
    audience: 'owner',
    summary: 'Ends the host as SIGTERM does: soon, or once a refresh token under way is kept',
    query: nothing,
    body: nothing,
    answers: { 204: null },
    audited: true,
    run({ services }) {
      services.stop();
      return { status: 204 };
    },
  }),
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
  route({
    method: 'GET',
    path: '/v1/approvals',
    audience: 'owner',
    summary: 'Requests that wait for a yes or no',
    query: nothing,
    body: null,
    answers: { 200: z.array(approvalView) },
    run: ({ services }) => ({ status: 200, body: services.access.approvals.list() }),
  }),
  route({
    method: 'POST',
    path: '/v1/approvals/{id}',
    audience: 'owner',
    summary: 'Answers a request that waits',
    query: nothing,
    body: approvalAnswer,
    answers: { 200: approvalView },
    audited: true,
    run(call) {
      const { allow } = call.body;
      const answered = call.services.access.approvals.answer(param(call, 'id'), allow);
      call.entry.about(`${allow ? 'yes' : 'no'} to ${answered.client}`);
      return { status: 200, body: answered };
    },
  }),
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
  route({
    method: 'POST',
    path: '/v1/console',
    audience: 'owner',
    summary: 'A fresh one-time address of the console',
    query: nothing,
    body: nothing,
    answers: { 201: oneTimeAddress },
    audited: true,
    run({ services }) {
      const address = services.consoleLink();
      if (address === null)
        throw services.status().host === 'desktop'
          ? new KeyfobError('console_is_window', {})
          : new KeyfobError('no_console', {}, { action: { type: 'look_at_status', params: {} } });
      return { status: 201, body: address };
    },
  }),
];
