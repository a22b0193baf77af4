// The endpoint's answers as Responses.
//
// Invariant: every one bears no-store and nosniff and never a CORS header.
import { statusOf } from '../api/codes.ts';
import { toProblem } from '../api/errors.ts';
import type { ProblemDocument } from '../api/problem.ts';
import { toldProblem } from './sentences.ts';
import type { RouteAnswer } from './route.ts';

const SAFE_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Turns an error into a problem document (RFC 9457) with its headers; a `status` of its own goes before the code's. */
export function problemResponse(
  thrown: unknown,
  status?: number,
  headers: Record<string, string> = {},
): Response {
  const problem = toProblem(thrown);
  const { code, retry_after: retryAfter } = problem;
  const document: ProblemDocument = {
    type: `urn:keyfob:${code}`,
    title: code.replaceAll('_', ' '),
    status: status ?? statusOf(code),
    ...toldProblem(problem),
  };
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: {
      ...headers,
      'Content-Type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfter)) }),
      ...(code === 'client_key_required' ? { 'WWW-Authenticate': 'Bearer realm="keyfob"' } : {}),
      ...SAFE_HEADERS,
    },
  });
}

/** Turns what a route answers into a response. */
export function answerResponse(answer: RouteAnswer): Response {
  if (answer instanceof Response) {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) answer.headers.set(name, value);
    return answer;
  }
  if ('text' in answer) {
    const headers = { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' };
    return new Response(answer.text, { status: answer.status, headers });
  }
  const headers = {
    ...SAFE_HEADERS,
    ...(answer.status === 204 ? {} : { 'Content-Type': 'application/json' }),
  };
  return new Response(answer.status === 204 ? null : JSON.stringify(answer.body), {
    status: answer.status,
    headers,
  });
}
