// The command line's own errors, in its own sentences: they are found before a host is asked.
import type { ErrorCode } from '../api/codes.ts';
import { ReceivedProblem, type KeyfobError } from '../api/errors.ts';

/** An error of this command: its sentence, and what to do. Never pass a value that may be a secret. */
export function commandError(code: ErrorCode, text: string, hint = '', cause?: unknown): KeyfobError {
  return new ReceivedProblem({ code, reason: 'text', params: { text, hint } }, cause);
}

/** An error of usage: exit code 2, before the host is asked. Never pass a value that may be a secret. */
export function usage(text: string, hint: string): KeyfobError {
  return commandError('bad_request', text, hint);
}
