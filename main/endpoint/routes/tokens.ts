// The routes that give a token: to who asks, and to the desktop's clipboard.
import { tokenAnswer, tokenRouteQuery } from '../../api/accounts.ts';
import { clipboardAnswer, clipboardRequest } from '../../api/clipboard.ts';
import { nothing } from '../../api/common.ts';
import { KeyfobError } from '../../api/errors.ts';
import { prefersPlainText, route, type Route } from '../route.ts';

export const tokenRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/token',
    audience: 'actor',
    summary: 'A token that is valid for at least `min_valid` seconds, and how to send it',
    query: tokenRouteQuery,
    body: null,
    answers: { 200: tokenAnswer },
    plainText: true,
    audited: true,
    async run(call) {
      const { min_valid: minValid, force_new: forceNew, id_token: wanted } = call.query;
      const idToken = wanted === '1' ? 'required' : wanted;
      const request = { ...call.query, minValid, forceNew: forceNew === 'true', idToken } as const;
      const answer = await call.services.access.token(request, call);
      if (prefersPlainText(call.header('accept')))
        return { status: 200, text: `${answer.id_token ?? answer.access_token}\n` };
      return { status: 200, body: answer };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/clipboard',
    audience: 'owner',
    summary: "Puts a token into the desktop's clipboard, which is cleared as after any copy",
    query: nothing,
    body: clipboardRequest,
    answers: { 200: clipboardAnswer },
    audited: true,
    async run(call) {
      const desktop = call.services.desktop();
      if (desktop === null) throw new KeyfobError('no_clipboard', {});
      return { status: 200, body: await desktop.copy(call.body, call) };
    },
  }),
];
