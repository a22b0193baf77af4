// The route that gives a token.
import { tokenAnswer, tokenQuery } from '../../api/accounts.ts';
import { prefersPlainText, route, type Route } from '../route.ts';

export const tokenRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/token',
    audience: 'actor',
    summary: 'A token that is valid for at least `min_valid` seconds, and how to send it',
    query: tokenQuery,
    body: null,
    answers: { 200: tokenAnswer },
    plainText: true,
    audited: true,
    async run(call) {
      const { min_valid: minValid, ...query } = call.query;
      const answer = await call.services.access.token({ ...query, minValid }, call);
      if (prefersPlainText(call.header('accept'))) return { status: 200, text: `${answer.access_token}\n` };
      return { status: 200, body: answer };
    },
  }),
];
