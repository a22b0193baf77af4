// Routes of commands that run on an event: for the person alone.
import { z } from 'zod';
import { nothing } from '../../api/common.ts';
import { hook, hookView, newHook } from '../../api/hooks.ts';
import { param, route, type Route } from '../route.ts';

export const hookRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/hooks',
    audience: 'owner',
    summary: 'The commands that run on an event',
    query: nothing,
    body: null,
    answers: { 200: z.array(hookView) },
    run: ({ services }) => ({ status: 200, body: services.hooks.list() }),
  }),
  route({
    method: 'POST',
    path: '/v1/hooks',
    audience: 'owner',
    summary: 'Has a command run on an event',
    query: nothing,
    body: newHook,
    answers: { 201: hook },
    audited: true,
    async run(call) {
      const added = await call.services.hooks.add(call.body);
      call.entry.about(`${added.id} on ${added.event}`);
      return { status: 201, body: added };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/hooks/{id}',
    audience: 'owner',
    summary: 'Removes such a command',
    query: nothing,
    body: nothing,
    answers: { 204: null },
    audited: true,
    async run(call) {
      const { id, event } = await call.services.hooks.remove(param(call, 'id'));
      call.entry.about(`${id} on ${event}`);
      return { status: 204 };
    },
  }),
];
