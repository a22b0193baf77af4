// Routes of sign-ins that wait for a person; `POST /v1/accounts/{name}/login` begins them.
import { nothing } from '../../api/common.ts';
import { redirectRequest, signInQuery, signInAnswer } from '../../api/sign-ins.ts';
import { param, route, type Route } from '../route.ts';
import * as tell from '../sentences.ts';

export const signInRoutes: readonly Route[] = [
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
];
