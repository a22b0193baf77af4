// What an API is shown for one request with a token that is bound to a key (RFC 9449 section 7): the proof beside it.
import { dpopProof, Nonces } from '../oauth/sender-constraint/dpop.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Session } from '../oauth/token.ts';

/** The request to an API that a token is asked for. */
export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  /** The one that the API asked for: it goes into later proofs for this origin too (RFC 9449 section 8.2). */
  readonly nonce?: string | undefined;
}

export class ApiProofs {
  readonly #clock: Pick<Clock, 'unixMs'>;
  readonly #nonces = new Nonces();

  constructor(clock: Pick<Clock, 'unixMs'>) {
    this.#clock = clock;
  }

  /** Headers that the request takes beside the token's own; none for a token that is bound to nothing. */
  async headers(
    { proof_key: key, access_token: accessToken }: Session,
    { method, url, nonce }: ApiRequest,
  ): Promise<Readonly<Record<string, string>>> {
    if (key === undefined) return {};
    if (nonce !== undefined) this.#nonces.note(url, nonce);
    const proved = { method, url, accessToken, nonce: this.#nonces.of(url) };
    return { DPoP: await dpopProof(key, proved, this.#clock.unixMs()) };
  }
}
