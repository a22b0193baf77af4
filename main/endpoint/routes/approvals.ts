// Routes of what waits for a person's yes.
import { z } from 'zod';
import { approvalAnswer, approvalView } from '../../api/clients.ts';
import { nothing } from '../../api/common.ts';
import { param, route, type Route } from '../route.ts';

export const approvalRoutes: readonly Route[] = [
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
];
