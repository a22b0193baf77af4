// Routes of accounts: what a client may do to those it may use, and what is for the person alone.
import { z } from 'zod';
import { mayUse } from '../../access/index.ts';
import {
  accountChange,
  accountAnswer,
  accountApi,
  changedAccountAnswer,
  newAccount,
  refreshedAccountAnswer,
  refreshRequest,
  revokedAccountAnswer,
} from '../../api/accounts.ts';
import { labelsChange } from '../../api/account-labels.ts';
import { nothing } from '../../api/common.ts';
import { loginRequest, signInAnswer } from '../../api/sign-ins.ts';
import { param, route, type Route, type RouteRequest } from '../route.ts';
import * as tell from '../sentences.ts';

/** The account a path names, once the actor may act on it. */
async function accountOf(call: RouteRequest, action: 'permit' | 'use' | 'revoke' | 'login'): Promise<string> {
  const name = param(call, 'name');
  await call.services.access.admit(name, call, action);
  return name;
}

export const accountRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/accounts',
    audience: 'actor',
    summary: 'The accounts that the caller may use',
    query: nothing,
    body: null,
    answers: { 200: z.array(accountAnswer) },
    run({ actor, services }) {
      const accounts = services.keyfob.accounts();
      return {
        status: 200,
        body: accounts.filter(({ name }) => mayUse(actor, name)).map(tell.accountAnswer),
      };
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
    method: 'GET',
    path: '/v1/accounts/{name}/api',
    audience: 'actor',
    summary: 'Where the account’s token is meant for',
    query: nothing,
    body: null,
    answers: { 200: accountApi },
    async run(call) {
      const account = await accountOf(call, 'permit');
      return { status: 200, body: { account, api_base: call.services.keyfob.apiBase(account) } };
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
    method: 'PATCH',
    path: '/v1/accounts/{name}/labels',
    audience: 'owner',
    summary: 'Changes what the person calls an account and how it looks to them',
    query: nothing,
    body: labelsChange,
    answers: { 200: accountAnswer },
    audited: true,
    async run(call) {
      const name = param(call, 'name');
      call.entry.concerns(name);
      return { status: 200, body: tell.accountAnswer(await call.services.keyfob.setLabels(name, call.body)) };
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
    path: '/v1/accounts/{name}/refresh',
    audience: 'actor',
    summary: 'Refreshes now; with `rejected` only when that token is still the one in hand',
    query: nothing,
    body: refreshRequest,
    answers: { 200: refreshedAccountAnswer },
    audited: true,
    async run(call) {
      const { rejected, application } = call.body;
      if (application !== undefined) call.entry.keep({ application });
      const name = await accountOf(call, 'permit');
      const options = rejected === undefined ? { isPersons: call.actor.kind === 'owner' } : { rejected };
      const { account, result } = await call.services.keyfob.refresh(name, options);
      return { status: 200, body: { ...tell.accountAnswer(account), result } };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/use',
    audience: 'actor-on-socket',
    summary: 'Selects the account, over all and for its provider',
    query: nothing,
    body: nothing,
    answers: { 200: accountAnswer },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'use');
      return { status: 200, body: tell.accountAnswer(await call.services.keyfob.use(name)) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/login',
    audience: 'actor-on-socket',
    summary: 'Signs in: at once (200), or by a flow that waits for a person (202)',
    query: nothing,
    body: loginRequest,
    answers: {
      200: z.strictObject({ account: accountAnswer }),
      202: z.strictObject({
        sign_in: signInAnswer,
        joined: z.exactOptional(z.literal(true)).describe('It was under way already: others wait for it'),
      }),
    },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'login');
      const result = await call.services.keyfob.login(name, call.body);
      return result.kind === 'done'
        ? { status: 200, body: { account: tell.accountAnswer(result.account) } }
        : {
            status: 202,
            body: {
              sign_in: tell.signInAnswer(result.signIn),
              ...(result.joined === true ? { joined: true } : {}),
            },
          };
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
    method: 'POST',
    path: '/v1/accounts/{name}/revoke',
    audience: 'actor-on-socket',
    summary: 'Revokes the tokens at the vendor and forgets them',
    query: nothing,
    body: nothing,
    answers: { 200: revokedAccountAnswer },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'revoke');
      return { status: 200, body: tell.revokedAccountAnswer(await call.services.keyfob.revoke(name)) };
    },
  }),
];
