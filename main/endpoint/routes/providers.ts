// Routes of providers and their profiles.
import { z } from 'zod';
import { addOwnProvider } from '../../access/index.ts';
import { nothing } from '../../api/common.ts';
import { addedProviderAnswer, providerView } from '../../api/providers.ts';
import { param, route, type Route } from '../route.ts';
import * as tell from '../sentences.ts';

export const providerRoutes: readonly Route[] = [
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
];
