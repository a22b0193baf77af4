// The error that Keyfob shows, as data: a stable code, a reason with what its sentence names, what to do.
//
// Invariants: no sentence stands here; whoever shows it writes one (main/messages). Params never hold a secret, a token,
// a code or a vendor's whole answer. `cause` is for developers and is never serialised.
import type { ErrorCode } from './codes.ts';
import type { OriginChange } from './origins.ts';
import type { Problem } from './problem.ts';
import type { LocalizedText } from './common.ts';
import { reasons, type Action, type ParamsOf, type ProblemReason } from './problems/index.ts';

/** The vendor's own words, from an OAuth error answer (RFC 6749 section 5.2) or redirect (4.1.2.1). */
export interface VendorError {
  readonly error: string;
  readonly error_description?: string;
}

export interface KeyfobErrorOptions {
  /** The field of an account, a profile or a request that is wrong, by its name. */
  readonly field?: string;
  /** What the person can do about it. */
  readonly action?: Action;
  /** What the provider's profile knows to do about it. */
  readonly advice?: LocalizedText;
  readonly vendor?: VendorError;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  /** With `not_permitted`: a person's yes to `asked` lets it through. */
  readonly origins?: OriginChange;
  readonly cause?: unknown;
}

/** A reason, what its sentence names, and the rest. */
type Given = {
  [R in ProblemReason]: [reason: R, params: ParamsOf<R>, options?: KeyfobErrorOptions];
}[ProblemReason];

/** An error with a stable code, and why, as data. Its `message` is for developers. */
export class KeyfobError extends Error {
  readonly problem: Problem;

  constructor(...[reason, params, options = {}]: Given) {
    super(
      `${reason} ${JSON.stringify(params)}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'KeyfobError';
    const { field, action, advice, vendor, retryAfter, origins } = options;
    this.problem = {
      code: reasons[reason].code,
      reason,
      params,
      ...(field === undefined ? {} : { field }),
      ...(action === undefined ? {} : { action }),
      ...(advice === undefined ? {} : { advice }),
      ...vendor,
      ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
      ...(origins === undefined ? {} : { origins }),
    };
  }

  get code(): ErrorCode {
    return this.problem.code;
  }

  /** The vendor's own words, where it had some. */
  get vendor(): VendorError | undefined {
    const { error, error_description: described } = this.problem;
    if (error === undefined) return undefined;
    return described === undefined ? { error } : { error, error_description: described };
  }
}

/** A problem as an error: one that came from elsewhere, or of a sentence or code that its reason does not fix. */
export class ReceivedProblem extends KeyfobError {
  override readonly problem: Problem;
  constructor(problem: Problem, cause?: unknown) {
    super('inside', {}, { cause });
    this.problem = problem;
    this.message = developersText(problem);
  }
}

/** A sentence where there is one: of the command line's own errors, and of a newer host's. */
function developersText({ reason, params }: Problem): string {
  const { text } = params;
  return typeof text === 'string' ? text : `${reason} ${JSON.stringify(params)}`;
}

/** Turns any thrown thing into a problem. What is not a KeyfobError tells nothing of its inside. */
export function toProblem(thrown: unknown): Problem {
  const error =
    thrown instanceof KeyfobError
      ? thrown
      : new KeyfobError('inside', {}, { action: { type: 'look_at_doctor', params: {} } });
  return error.problem;
}

/** For the end of a switch over a union: a missing case does not compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled case: ${String(value)}`);
}
