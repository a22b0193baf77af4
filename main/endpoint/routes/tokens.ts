// Routes for programs: tokens, and what concerns one account.
import { KeyfobError } from '../../core/errors.ts';
import { z } from 'zod';

import { approved, param, permit, permitScope, route, stillHere } from '../route.ts';
import type { Route, RouteRequest } from '../route.ts';
import * as shape from '../schemas.ts';

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
    query: shape.tokenQuery,
    body: null,
    answers: { 200: shape.token },
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
    query: shape.none,
    body: null,
    answers: { 200: z.array(shape.account) },
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
    query: shape.none,
    body: shape.refreshBody,
    answers: { 200: shape.account },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'do not ask');
      const { rejected } = call.body;
      const { keyfob } = call.rooms.options;
      const options = rejected === undefined ? {} : { rejected: rejected.toLowerCase() };
      return { status: 200, body: await keyfob.refresh(name, options) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{name}/use',
    access: 'caller-on-socket',
    summary: 'Selects the account, over all and for its provider',
    query: shape.none,
    body: shape.none,
    answers: { 200: shape.account },
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
    query: shape.none,
    body: shape.none,
    answers: { 200: z.strictObject({ account: shape.account, message: z.string() }) },
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
    query: shape.none,
    body: shape.loginBody,
    answers: {
      200: z.strictObject({ account: shape.account }),
      202: z.strictObject({ sign_in: shape.signIn }),
    },
    audited: true,
    async run(call) {
      const name = await accountOf(call, 'ask');
      const { paste, browser, timeout } = call.body;
      const result = await call.rooms.options.keyfob.login(name, {
        ...(paste === undefined ? {} : { paste }),
        ...(browser === undefined ? {} : { browser }),
        ...(timeout === undefined ? {} : { timeout }),
      });
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
    query: shape.none,
    body: null,
    answers: { 200: null },
    run: ({ rooms, caller, signal }) => rooms.streams.open(caller, signal),
  }),
  route({
    method: 'GET',
    path: '/v1/health',
    access: 'open',
    summary: 'Says that Keyfob is there',
    query: shape.none,
    body: null,
    answers: { 200: z.strictObject({ status: z.literal('ok'), version: z.string() }) },
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
