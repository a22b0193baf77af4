// What binds a token to who asked for it: seen by the sender at each request that a client authenticates.
import type { OutgoingRequest, RawAnswer } from '../ports.ts';
import type { FieldValues } from '../template.ts';

/** The client that a token is bound to. */
export interface TokenHolder {
  readonly values: FieldValues;
  readonly secrets: FieldValues;
}

export interface SenderConstraint {
  /** Headers to add to a request (a `DPoP` proof, RFC 9449 section 4), by names in lower case. */
  headers(
    request: OutgoingRequest,
    holder: TokenHolder,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Sees an answer (its `DPoP-Nonce`, RFC 9449 section 8); whether the request goes out once more, proved anew. */
  answered(request: OutgoingRequest, answer: RawAnswer, holder: TokenHolder): boolean;
}
