// Routes for programs: tokens, and what concerns one account.
import { KeyfobError } from '../../core/errors.ts';
import { z } from 'zod';

import { approved, param, permit, permitScope, route, stillHere } from '../route.ts';
import type { Route, RouteRequest } from '../route.ts';
import { accountView, refreshRequest, revokedAccount, tokenAnswer, tokenQuery } from '../../api/accounts.ts';
import { nothing } from '../../api/common.ts';
import { loginRequest, signInView } from '../../api/sign-ins.ts';
import { health } from '../../api/status.ts';

/** The account that a token request without one gets, or null when none is selected. */
function selectedFor(request: RouteRequest, provider: string | undefined): string | null {
  const accounts = request.rooms.options.keyfob.accounts();
  const found = accounts.find((account) =>
    provider === undefined
      ? account.selected
      : account.provider === provider && account.selected_for_provider,
  );
  return found?.name ?? null;
}

/** The account a path names, once the caller may use it and the person agrees. */
async function accountOf(request: RouteRequest, ask: 'ask' | 'do not ask'): Promise<string> {
  const name = param(request, 'name');
  request.concerns(name);
  permit(request.caller, name);
  // A name that is not there is told before a person is asked about it.
  request.rooms.options.keyfob.account(name);
  if (ask === 'ask') await approved(request, name);
  return name;
}

export const tokenRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/token',
    access: 'caller',
    summary: 'A token that is valid for at least `min_valid` seconds, and how to send it',
    query: tokenQuery,
    body: null,
    answers: { 200: tokenAnswer },
    audited: true,
    async run(call) {
      const { keyfob } = call.rooms.options;
      const { provider, min_valid: minValid, scope, audience } = call.query;
      const account = call.query.account ?? selectedFor(call, provider);
      if (scope !== undefined) permitScope(call.caller, scope);
      if (account !== null) {
        call.concerns(account);
        permit(call.caller, account);
        keyfob.account(account);
        await approved(call, account);
      }
      const answer = await keyfob.token({
        ...(account === null ? {} : { account }),
        ...(provider === undefined ? {} : { provider }),
        ...(minValid === undefined ? {} : { minValid }),
        ...(scope === undefined ? {} : { scope }),
        ...(audience === undefined ? {} : { audience }),
      });
      // What was selected meanwhile is not what was looked at above.
      call.concerns(answer.account);
      permit(call.caller, answer.account);
      permitScope(call.caller, answer.scope);
      stillHere(call);
      return { status: 200, body: answer };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/accounts',
    access: 'caller',
    summary: 'The accounts that the caller may use',
    query: nothing,
    body: null,
    answers: { 200: z.array(accountView) },
    run({ caller, rooms }) {
      const accounts = rooms.options.keyfob.accounts();
      const own = accounts.filter(({ name }) => caller.accounts === null || caller.accounts.includes(name));
      return { status: 200, body: own };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/refresh',
    access: 'caller',
    summary: 'Refreshes now; with `rejected` only when that token is still the one in hand',
    query: nothing,
    body: refreshRequest,
    answers: { 200: accountView },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'do not ask');
      return { status: 200, body: await call.rooms.options.keyfob.refresh(name, call.body) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/use',
    access: 'caller-on-socket',
    summary: 'Selects the account, over all and for its provider',
    query: nothing,
    body: nothing,
    answers: { 200: accountView },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'ask');
      return { status: 200, body: await call.rooms.options.keyfob.use(name) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/revoke',
    access: 'caller-on-socket',
    summary: 'Revokes the tokens at the vendor and forgets them',
    query: nothing,
    body: nothing,
    answers: { 200: revokedAccount },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'ask');
      return { status: 200, body: await call.rooms.options.keyfob.revoke(name) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/login',
    access: 'caller-on-socket',
    summary: 'Signs in: at once (200), or by a flow that waits for a person (202)',
    query: nothing,
    body: loginRequest,
    answers: {
      200: z.strictObject({ account: accountView }),
      202: z.strictObject({ sign_in: signInView }),
    },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'ask');
      const result = await call.rooms.options.keyfob.login(name, call.body);
      return result.kind === 'done'
        ? { status: 200, body: { account: result.account } }
        : { status: 202, body: { sign_in: result.signIn } };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events',
    access: 'caller',
    summary: 'Server-sent events: `event` is the type, `data` JSON',
    query: nothing,
    body: null,
    answers: { 200: null },
    run: ({ rooms, caller, signal }) => rooms.streams.open(caller, signal),
  }),
  route({
    method: 'GET',
    path: '/v1/health',
    access: 'open',
    summary: 'Says that Keyfob is there',
    query: nothing,
    body: null,
    answers: { 200: health },
    run: ({ rooms }) => ({ status: 200, body: { status: 'ok', version: rooms.options.version } }),
  }),
];

/** The error for a path or method that is not served. */
export function notServed(what: 'path' | 'method'): KeyfobError {
  return what === 'path'
    ? new KeyfobError('bad_request', 'There is no such route.', {
        hint: 'GET /v1/openapi.json lists the routes.',
      })
    : new KeyfobError('bad_request', 'This route does not take this method.', {
        hint: 'The Allow header names the methods; GET /v1/openapi.json lists the routes.',
      });
}
