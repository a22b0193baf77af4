// The one error that this package throws.

export interface KeyfobClientErrorOptions {
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly vendorError?: string | undefined;
  readonly vendorErrorDescription?: string | undefined;
  readonly cause?: unknown;
}

/**
 * What Keyfob said instead of an answer. `code` is stable and all that a program should branch on: those of
 * Keyfob's endpoint (`sign_in_needed`, `not_permitted`, `vendor_unreachable`, …), `not_running` when none
 * listens, `unexpected` for what is not Keyfob. `message` is a sentence for people, `hint` says what to do.
 */
export class KeyfobClientError extends Error {
  override readonly name = 'KeyfobClientError';
  readonly code: string;
  readonly hint: string | undefined;
  /** The HTTP status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** The vendor's own words (RFC 6749 section 5.2), where it refused. */
  readonly vendorError: string | undefined;
  readonly vendorErrorDescription: string | undefined;

  constructor(code: string, message: string, options: KeyfobClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.vendorError = options.vendorError;
    this.vendorErrorDescription = options.vendorErrorDescription;
  }
}

/** Reads a problem document (RFC 9457); what is none is `unexpected`. */
export function errorOf(status: number, text: string): KeyfobClientError {
  const { code, detail, ...rest } = parseObject(text);
  if (typeof code !== 'string' || typeof detail !== 'string')
    return new KeyfobClientError('unexpected', `What answered is not Keyfob (${status}).`, { status });
  const textOf = (name: string): string | undefined =>
    typeof rest[name] === 'string' ? rest[name] : undefined;
  return new KeyfobClientError(code, detail, {
    status,
    hint: textOf('hint'),
    retryAfter: typeof rest['retry_after'] === 'number' ? rest['retry_after'] : undefined,
    vendorError: textOf('error'),
    vendorErrorDescription: textOf('error_description'),
  });
}

/** The fields of a JSON object; none for what is not one. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
