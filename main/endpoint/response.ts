// The endpoint's answers: as plain values, and as Responses.
//
// Invariant: every one bears no-store and nosniff and never a CORS header.
import { statusOf } from '../api/codes.ts';
import { toProblem } from '../api/errors.ts';
import type { ProblemDocument } from '../api/problem.ts';
import { toldProblem } from './sentences.ts';
import type { RouteAnswer } from './route.ts';

const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** An answer that is whole; its headers in small letters and in the order of the alphabet, as `Headers` gives them. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Turns an error into a problem document (RFC 9457) with its headers; a `status` of its own goes before the code's. */
export function problemAnswer(
  thrown: unknown,
  status?: number,
  headers: Record<string, string> = {},
): WholeAnswer {
  const problem = toProblem(thrown);
  const { code, retry_after: retryAfter } = problem;
  const document: ProblemDocument = {
    type: `urn:keyfob:${code}`,
    title: code.replaceAll('_', ' '),
    status: status ?? statusOf(code),
    ...toldProblem(problem),
  };
  return {
    status: document.status,
    headers: {
      ...headers,
      'cache-control': SAFE_HEADERS['cache-control'],
      'content-type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) }),
      ...(code === 'client_key_required' ? { 'www-authenticate': 'Bearer realm="keyfob"' } : {}),
      'x-content-type-options': SAFE_HEADERS['x-content-type-options'],
    },
    body: JSON.stringify(document),
  };
}

/** The same as a Response. */
export function problemResponse(...problem: Parameters<typeof problemAnswer>): Response {
  return responseOf(problemAnswer(...problem));
}

export function responseOf({ body, ...init }: WholeAnswer): Response {
  return new Response(body, init);
}

/** What a route answers, with its headers; a whole response stays one. */
export function wholeAnswer(answer: RouteAnswer): WholeAnswer | Response {
  if (answer instanceof Response) {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) answer.headers.set(name, value);
    return answer;
  }
  const { status } = answer;
  if (status === 204) return { status, headers: SAFE_HEADERS, body: null };
  const text = 'text' in answer;
  return {
    status,
    headers: {
      'cache-control': SAFE_HEADERS['cache-control'],
      'content-type': text ? 'text/plain; charset=utf-8' : 'application/json',
      'x-content-type-options': SAFE_HEADERS['x-content-type-options'],
    },
    body: text ? answer.text : JSON.stringify(answer.body),
  };
}
