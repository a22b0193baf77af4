// Routes for programs: tokens, and what concerns one account.
import { KeyfobError } from '../../api/errors.ts';
import { z } from 'zod';

import { mayUse } from '../../access/index.ts';
import { param, route } from '../route.ts';
import type { Route, RouteRequest } from '../route.ts';
import * as tell from '../sentences.ts';
import {
  accountAnswer,
  refreshRequest,
  revokedAccountAnswer,
  tokenAnswer,
  tokenQuery,
} from '../../api/accounts.ts';
import { nothing } from '../../api/common.ts';
import { loginRequest, signInAnswer } from '../../api/sign-ins.ts';
import { health } from '../../api/status.ts';

/** The account a path names, once the actor may act on it. */
async function accountOf(call: RouteRequest, action: 'permit' | 'use' | 'revoke' | 'login'): Promise<string> {
  const name = param(call, 'name');
  await call.services.access.admit(name, call, action);
  return name;
}

export const tokenRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/token',
    audience: 'actor',
    summary: 'A token that is valid for at least `min_valid` seconds, and how to send it',
    query: tokenQuery,
    body: null,
    answers: { 200: tokenAnswer },
    audited: true,
    async run(call) {
      const { min_valid: minValid, ...query } = call.query;
      const answer = await call.services.access.token({ ...query, minValid }, call);
      return { status: 200, body: answer };
    },
  }),
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
    path: '/v1/accounts/{name}/refresh',
    audience: 'actor',
    summary: 'Refreshes now; with `rejected` only when that token is still the one in hand',
    query: nothing,
    body: refreshRequest,
    answers: { 200: accountAnswer },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'permit');
      const { rejected } = call.body;
      const options = rejected === undefined ? { isPersons: call.actor.kind === 'owner' } : { rejected };
      return { status: 200, body: tell.accountAnswer(await call.services.keyfob.refresh(name, options)) };
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
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/login',
    audience: 'actor-on-socket',
    summary: 'Signs in: at once (200), or by a flow that waits for a person (202)',
    query: nothing,
    body: loginRequest,
    answers: {
      200: z.strictObject({ account: accountAnswer }),
      202: z.strictObject({ sign_in: signInAnswer }),
    },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'login');
      const result = await call.services.keyfob.login(name, call.body);
      return result.kind === 'done'
        ? { status: 200, body: { account: tell.accountAnswer(result.account) } }
        : { status: 202, body: { sign_in: tell.signInAnswer(result.signIn) } };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events',
    audience: 'actor',
    summary: 'Server-sent events: `event` is the type, `data` JSON',
    query: nothing,
    body: null,
    answers: { 200: null },
    run: ({ services, actor, signal }) => services.streams.open(actor, signal),
  }),
  route({
    method: 'GET',
    path: '/v1/health',
    audience: 'anybody',
    summary: 'Says that Keyfob is there',
    query: nothing,
    body: null,
    answers: { 200: health },
    run: ({ services }) => ({ status: 200, body: { status: 'ok', version: services.version } }),
  }),
];

/** The error for a path or method that is not served. */
export function notServed(what: 'path' | 'method'): KeyfobError {
  return new KeyfobError(what === 'path' ? 'unknown_route' : 'wrong_method', {});
}
