// DPoP (RFC 9449): a token is bound to a key, and each request with it bears a proof made for that request alone.
//
// Invariants: a proof names method and address without query, and is made anew for each request; the nonce that a
// server gave last goes into the next proof for it.
import type { Clock } from '../ports.ts';
import type { SenderConstraint } from './constraint.ts';
import { drawProofKey, encodeBytes, signWith, type ProofKey } from './proof-key.ts';

/** The one request that a proof is for. */
export interface ProvedRequest {
  readonly method: string;
  readonly url: string;
  /** The one that the server asked for (section 8); left out: none. */
  readonly nonce?: string | undefined;
  /** The token that goes with it (section 7); left out at the token endpoint. */
  readonly accessToken?: string;
}

/** What stands in the header `DPoP` of a request (section 4.2). `unixMs`: now. Throws TypeError for what is no URL. */
export async function dpopProof(
  key: ProofKey,
  { method, url, nonce, accessToken }: ProvedRequest,
  unixMs: number,
): Promise<string> {
  const { origin, pathname } = new URL(url);
  return signWith(key, 'dpop+jwt', {
    jti: encodeBytes(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: `${origin}${pathname}`,
    iat: Math.floor(unixMs / 1000),
    ...(nonce === undefined ? {} : { nonce }),
    ...(accessToken === undefined ? {} : { ath: await hashOf(accessToken) }),
  });
}

/** Section 4.2: `ath`. */
async function hashOf(accessToken: string): Promise<string> {
  return encodeBytes(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))),
  );
}

/** Nonces by the origin that gave them, the last of each; the oldest origin goes. */
export class Nonces {
  readonly #kept = new Map<string, string>();

  of(url: string): string | undefined {
    return this.#kept.get(new URL(url).origin);
  }

  note(url: string, nonce: string): void {
    const { origin } = new URL(url);
    this.#kept.delete(origin);
    this.#kept.set(origin, nonce);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxOrigins) break;
      this.#kept.delete(oldest);
    }
  }
}

const maxOrigins = 100;
/** Section 8.1. */
const noncePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,1000}$/;

export function dpop(clock: Pick<Clock, 'unixMs'>): SenderConstraint {
  const nonces = new Nonces();
  return {
    drawKey: drawProofKey,
    async headers({ method, url }, key) {
      return { dpop: await dpopProof(key, { method, url, nonce: nonces.of(url) }, clock.unixMs()) };
    },
    answered({ url }, { status, headers, text }) {
      const nonce = headers.get('dpop-nonce');
      if (nonce === null || !noncePattern.test(nonce)) return false;
      nonces.note(url, nonce);
      return (status === 400 || status === 401) && text.includes('use_dpop_nonce');
    },
  };
}
