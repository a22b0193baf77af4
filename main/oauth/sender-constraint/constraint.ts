// What binds a token to its holder, the client that asked for it: the sender asks it at each request.
import type { OutgoingRequest, RawAnswer } from '../ports.ts';
import type { ClientValues } from '../template.ts';

export interface SenderConstraint {
  /** Headers to add to a request (a `DPoP` proof, RFC 9449 section 4), by names in lower case. */
  headers(
    request: OutgoingRequest,
    holder: ClientValues,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Sees an answer (its `DPoP-Nonce`, RFC 9449 section 8); whether the request goes out once more, proved anew. */
  answered(request: OutgoingRequest, answer: RawAnswer, holder: ClientValues): boolean;
}
