// A problem with a sentence of its own, for tests of those who only pass it on.
import type { ErrorCode } from '../main/api/codes.ts';
import { ReceivedProblem } from '../main/api/errors.ts';

export function problem(code: ErrorCode, text: string, hint = ''): ReceivedProblem {
  return new ReceivedProblem({ code, reason: 'text', params: { text, hint } });
}
