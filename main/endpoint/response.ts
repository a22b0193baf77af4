// The endpoint's answers: as plain values, and as Responses.
//
// Invariant: every one bears no-store and nosniff and never a CORS header.
import { statusOf } from '../api/codes.ts';
import { toProblem } from '../api/errors.ts';
import type { ProblemDocument } from '../api/problem.ts';
import { toldProblem } from './sentences.ts';
import type { RouteAnswer } from './route.ts';

const NO_STORE = ['cache-control', 'no-store'] as const;
const NO_SNIFF = ['x-content-type-options', 'nosniff'] as const;
const SAFE_HEADERS = [...NO_STORE, ...NO_SNIFF];
const JSON_HEADERS = [...NO_STORE, 'content-type', 'application/json', ...NO_SNIFF];
const TEXT_HEADERS = [...NO_STORE, 'content-type', 'text/plain; charset=utf-8', ...NO_SNIFF];

/**
 * An answer that is whole. Its headers are names and values in turn, as Node's `rawHeaders`, in small letters and in the
 * order of the alphabet, as `Headers` gives them.
 */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string | null;
}

/** Turns an error into a problem document (RFC 9457) with its headers; a `status` of its own goes before the code's. */
export function problemAnswer(
  thrown: unknown,
  status?: number,
  headers: readonly string[] = [],
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
    headers: [
      ...headers,
      ...NO_STORE,
      'content-type',
      'application/problem+json',
      ...(retryAfter === undefined ? [] : ['retry-after', String(Math.ceil(retryAfter))]),
      ...(code === 'client_key_required' ? ['www-authenticate', 'Bearer realm="keyfob"'] : []),
      ...NO_SNIFF,
    ],
    body: JSON.stringify(document),
  };
}

/** The same as a Response. */
export function problemResponse(...problem: Parameters<typeof problemAnswer>): Response {
  return responseOf(problemAnswer(...problem));
}

export function responseOf({ status, headers, body }: WholeAnswer): Response {
  const own = new Headers();
  for (let i = 0; i + 1 < headers.length; i += 2) own.append(headers[i] ?? '', headers[i + 1] ?? '');
  return new Response(body, { status, headers: own });
}

/** What a route answers, with its headers; a whole response stays one. */
export function wholeAnswer(answer: RouteAnswer): WholeAnswer | Response {
  if (answer instanceof Response) {
    for (const [name, value] of [NO_STORE, NO_SNIFF]) answer.headers.set(name, value);
    return answer;
  }
  const { status } = answer;
  if (status === 204) return { status, headers: SAFE_HEADERS, body: null };
  return 'text' in answer
    ? { status, headers: TEXT_HEADERS, body: answer.text }
    : { status, headers: JSON_HEADERS, body: JSON.stringify(answer.body) };
}
