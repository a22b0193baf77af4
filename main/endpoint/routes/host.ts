// Routes of the host itself: how it is, what it tells by itself, its description, its end.
import { z } from 'zod';
import { nothing } from '../../api/common.ts';
import { KeyfobError } from '../../api/errors.ts';
import { health, oneTimeAddress, statusAnswer } from '../../api/status.ts';
import { route, type Route } from '../route.ts';
import * as tell from '../sentences.ts';

export const hostRoutes: readonly Route[] = [
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
    path: '/v1/openapi.json',
    audience: 'anybody',
    summary: 'This description',
    query: nothing,
    body: null,
    answers: { 200: z.looseObject({}) },
    run: ({ services }) => ({ status: 200, body: services.description() }),
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
  route({
    method: 'POST',
    path: '/v1/panel',
    audience: 'owner',
    summary: 'Opens the quick panel of the desktop, or closes it where it is open',
    query: nothing,
    body: nothing,
    answers: { 204: null },
    run({ services }) {
      const desktop = services.desktop();
      if (desktop === null) throw new KeyfobError('no_panel', {});
      desktop.showPanel();
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
];
