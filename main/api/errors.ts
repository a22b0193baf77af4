// The small closed set of errors that Keyfob shows, and what each means to a caller.
//
// Invariants: `code` is stable and is all that a program may branch on; `message` is one sentence for
// people and `hint` says what to do; neither ever holds a secret, a token, a code or a vendor's whole
// answer. `cause` is for developers and is never serialised.
import type { ErrorCode } from './codes.ts';
import type { OriginChange } from './origins.ts';
import type { Problem } from './problem.ts';

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
  readonly origins?: OriginChange;
  readonly cause?: unknown;
}

/** An error with a stable code, a sentence for people, and what to do. */
export class KeyfobError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly vendor: VendorWords | undefined;
  readonly retryAfter: number | undefined;
  readonly origins: OriginChange | undefined;

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

/** Turns any thrown thing into a problem. What is not a KeyfobError says nothing of its inside. */
export function toProblem(thrown: unknown): Problem {
  const error =
    thrown instanceof KeyfobError
      ? thrown
      : new KeyfobError('unexpected', 'Something went wrong inside Keyfob.', {
          hint: 'Try again; if it stays, look at `keyfob doctor` and report what you did.',
        });
  return {
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
