// The closed set of codes that a problem can bear, and what each means to a caller. No schema here: the command
// line reads this table at every start.

/** What a code is answered with. */
interface CodeMeaning {
  /** HTTP status of the problem document (RFC 9457). */
  readonly status: number;
  /** Exit code of the command line. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
}

const meanings = {
  client_key_required: { status: 401, exit: 5 },
  not_permitted: { status: 403, exit: 5 },
  browser_refused: { status: 403, exit: 5 },
  wrong_host: { status: 421, exit: 5 },
  no_such_account: { status: 404, exit: 2 },
  no_account_selected: { status: 409, exit: 2 },
  sign_in_needed: { status: 409, exit: 4 },
  bad_request: { status: 400, exit: 2 },
  too_many_attempts: { status: 429, exit: 5 },
  lifetime_too_short: { status: 409, exit: 6 },
  vault_locked: { status: 423, exit: 8 },
  vendor_refused: { status: 502, exit: 6 },
  vendor_unreachable: { status: 503, exit: 7 },
  unusable_answer: { status: 502, exit: 6 },
  no_such_provider: { status: 404, exit: 2 },
  no_such_client: { status: 404, exit: 2 },
  no_such_sign_in: { status: 404, exit: 2 },
  already_exists: { status: 409, exit: 2 },
  sign_in_cancelled: { status: 409, exit: 4 },
  sign_in_timed_out: { status: 409, exit: 4 },
  vault_unavailable: { status: 423, exit: 8 },
  already_running: { status: 409, exit: 1 },
  not_running: { status: 503, exit: 3 },
  unexpected: { status: 500, exit: 1 },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type ErrorCode = keyof typeof meanings;

/** Every code. */
export const errorCodes = Object.keys(meanings) as [ErrorCode, ...ErrorCode[]];

/** HTTP status for a code. */
export function statusOf(code: ErrorCode): number {
  return meanings[code].status;
}

/** Exit code of the command line for a code. */
export function exitOf(code: ErrorCode): CodeMeaning['exit'] {
  return meanings[code].exit;
}

/** Whether a text is one of the codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(meanings, text);
}
