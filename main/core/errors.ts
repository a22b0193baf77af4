// The small closed set of errors that Keyfob shows, and what each means to a caller.
//
// Invariants: `code` is stable and is all that a program may branch on; `message` is one sentence for
// people and `hint` says what to do; neither ever holds a secret, a token, a code or a vendor's whole
// answer. `cause` is for developers and is never serialised.

/** Every code an error of Keyfob can bear. The first fourteen are answers of the local endpoint. */
export type ErrorCode =
  | 'client_key_required'
  | 'not_permitted'
  | 'browser_refused'
  | 'wrong_host'
  | 'no_such_account'
  | 'no_account_selected'
  | 'sign_in_needed'
  | 'bad_request'
  | 'too_many_attempts'
  | 'lifetime_too_short'
  | 'vault_locked'
  | 'vendor_refused'
  | 'vendor_unreachable'
  | 'unusable_answer'
  | 'no_such_provider'
  | 'no_such_client'
  | 'no_such_sign_in'
  | 'already_exists'
  | 'sign_in_cancelled'
  | 'sign_in_timed_out'
  | 'vault_unavailable'
  | 'already_running'
  | 'not_running'
  | 'unexpected';

interface CodeMeaning {
  /** HTTP status of the problem document (RFC 9457). */
  readonly status: number;
  /** Exit code of the command line. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
}

const meanings: Readonly<Record<ErrorCode, CodeMeaning>> = {
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
};

/** HTTP status for a code. */
export function statusOf(code: ErrorCode): number {
  return meanings[code].status;
}

/** Exit code of the command line for a code. */
export function exitOf(code: ErrorCode): number {
  return meanings[code].exit;
}

/** Whether a text is one of the codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(meanings, text);
}

/** An origin that an account's secrets were not entered for, and those that they were (see origins.ts). */
export interface OriginsOfError {
  readonly account: string;
  readonly known: readonly string[];
  readonly asked: string;
}

/** The vendor's own words, from an OAuth error answer (RFC 6749 section 5.2) or redirect (4.1.2.1). */
export interface VendorWords {
  readonly error: string;
  readonly error_description?: string;
}

export interface KeyfobErrorOptions {
  /** What the person can do about it: a sentence. */
  readonly hint?: string;
  readonly vendor?: VendorWords;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  /** With `not_permitted`: a person's yes to `asked` lets it through. */
  readonly origins?: OriginsOfError;
  readonly cause?: unknown;
}

/** An error with a stable code, a sentence for people, and what to do. */
export class KeyfobError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly vendor: VendorWords | undefined;
  readonly retryAfter: number | undefined;
  readonly origins: OriginsOfError | undefined;

  constructor(code: ErrorCode, message: string, options: KeyfobErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KeyfobError';
    this.code = code;
    this.hint = options.hint;
    this.vendor = options.vendor;
    this.retryAfter = options.retryAfter;
    this.origins = options.origins;
  }
}

/** An RFC 9457 problem document as the endpoint sends it and the command line reads it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint?: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly retry_after?: number;
  readonly origins?: OriginsOfError;
}

/** Turns any thrown thing into a problem document. What is not a KeyfobError says nothing of its inside. */
export function toProblem(thrown: unknown): Problem {
  const error =
    thrown instanceof KeyfobError
      ? thrown
      : new KeyfobError('unexpected', 'Something went wrong inside Keyfob.', {
          hint: 'Try again; if it stays, look at `keyfob doctor` and report what you did.',
        });
  return {
    type: `urn:keyfob:${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status: statusOf(error.code),
    code: error.code,
    detail: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.vendor === undefined ? {} : error.vendor),
    ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
    ...(error.origins === undefined ? {} : { origins: error.origins }),
  };
}

/** For the end of a switch over a union: a missing case does not compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled case: ${String(value)}`);
}
