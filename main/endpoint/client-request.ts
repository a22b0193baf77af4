// What the client and the command line's short way send alike. Loads nothing.
import type { TokenRequest } from '../accounts/views.ts';

/** A host answers within this many ms, a waiting approval and a slow vendor included. */
export const ANSWER_WITHIN = 180_000;

/** In place of an answer's status: the host took the request and said nothing within that time. */
export const NO_ANSWER = 0;

/** In place of an answer's status: the host took the request and ended, or broke off, before its answer was whole. */
export const ENDED = 1;

/** Path and query of `GET /v1/token`. */
export function tokenRoute(request: TokenRequest): string {
  const search = new URLSearchParams();
  if (request.account !== undefined) search.set('account', request.account);
  if (request.provider !== undefined) search.set('provider', request.provider);
  if (request.minValid !== undefined) search.set('min_valid', String(request.minValid));
  if (request.scope !== undefined) search.set('scope', request.scope);
  if (request.audience !== undefined) search.set('audience', request.audience);
  if (request.path !== undefined) search.set('path', request.path);
  if (request.forceNew === true) search.set('force_new', 'true');
  if (request.holder !== undefined) search.set('holder', request.holder);
  if (request.idToken !== undefined)
    search.set('id_token', request.idToken === 'required' ? '1' : request.idToken);
  if (request.method !== undefined) search.set('method', request.method);
  if (request.url !== undefined) search.set('url', request.url);
  if (request.nonce !== undefined) search.set('nonce', request.nonce);
  if (request.application !== undefined) search.set('application', request.application);
  const text = search.toString();
  return text === '' ? '/v1/token' : `/v1/token?${text}`;
}
