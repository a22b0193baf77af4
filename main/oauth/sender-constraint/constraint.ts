// What binds a token to its holder, the client that asked for it: the sender asks it at each request.
import type { OutgoingRequest, RawAnswer } from '../ports.ts';
import type { ProofKey } from './proof-key.ts';

export interface SenderConstraint {
  /** The key that a sign-in binds its tokens to; null: they are bound to nothing. */
  drawKey(): Promise<ProofKey | null>;
  /** Headers to add to a request (a `DPoP` proof, RFC 9449 section 4), by names in lower case. */
  headers(
    request: OutgoingRequest,
    key: ProofKey,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Sees an answer (its `DPoP-Nonce`, RFC 9449 section 8); whether the request goes out once more, proved anew. */
  answered(request: OutgoingRequest, answer: RawAnswer): boolean;
}
