// What an exchange with a vendor came to: four outcomes, by name.
//
// Invariants: only `rejected` is the vendor's own refusal; a response body is in none of them, but for the
// vendor's own words for people (RFC 6749 section 5.2, or as the vendor has them), cut short.
import * as oauth from 'oauth4webapi';
import type { VendorError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';

export type Outcome<T> = Granted<T> | Failing;
/** Why an answer brought nothing. */
export type Failing = Rejected | Ambiguous | Transient;

/** What any answer that brought nothing may ask for. */
interface AskedToWait {
  /** Ms to wait, as the vendor asked (RFC 9110 section 10.2.3); null when it did not. */
  readonly retryAfterMs: number | null;
}

export interface Granted<T> {
  readonly kind: 'granted';
  readonly value: T;
}

/** The vendor's own refusal. */
export interface Rejected extends AskedToWait {
  readonly kind: 'rejected';
  readonly vendorError: VendorError;
  readonly status: number;
}

/** 400, 401 or 403 without an error word: the vendor refuses, or a gateway before it. It judges nothing that was granted. */
export interface Ambiguous extends AskedToWait {
  readonly kind: 'ambiguous';
  readonly status: number;
  /** It came as JSON: the vendor's own, by all signs, which may have counted a password as tried. */
  readonly isJson: boolean;
  readonly message: Message;
  /** What it says to people, where it says something. */
  readonly words?: string;
}

/** It can be otherwise the next time, or it is not the vendor's word at all. */
export interface Transient extends AskedToWait {
  readonly kind: 'transient';
  /** Null: no answer came, or one that broke the rules in its content. */
  readonly status: number | null;
  /** The vendor's OAuth error, where it said "later" by one. */
  readonly error?: string;
  readonly message: Message;
  /** The vendor answered, in a form that cannot be used: the network is not at fault. */
  readonly unusable?: true;
}

/** Carries an outcome that is none out of the steps of an exchange. */
export class Failed extends Error {
  readonly failing: Failing;
  constructor(failing: Failing) {
    super(failing.kind);
    this.name = 'Failed';
    this.failing = failing;
  }
}

/** Runs an exchange to its outcome; an answer that breaks the rules is `transient`. Rejects with KeyfobError. */
export async function outcome<T>(run: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'granted', value: await run() };
  } catch (error) {
    if (error instanceof Failed) {
      return error.failing;
    }
    if (
      error instanceof oauth.OperationProcessingError ||
      error instanceof oauth.UnsupportedOperationError ||
      error instanceof oauth.ResponseBodyError
    ) {
      return unusable(error.message).failing;
    }
    throw error;
  }
}

/** The vendor answered, but not as the profile says it would. A detail in words is oauth4webapi's and holds no value. */
export function unusable(detail: string | Message): Failed {
  return new Failed({
    kind: 'transient',
    status: null,
    unusable: true,
    message: message('cannot_be_used', { detail }),
    retryAfterMs: null,
  });
}

const transientStatus = new Set([408, 425, 429]);

/** Whether an HTTP status (null: no answer) judges nothing of what was sent: it says "later", or broke down. */
export function judgesNothing(status: number | null): boolean {
  return status === null || status >= 500 || transientStatus.has(status);
}
