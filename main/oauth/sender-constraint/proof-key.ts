// The key that a token is bound to (RFC 9449): a pair for ES256 (RFC 7518 section 3.4), as a private JWK.
//
// Invariant: it is kept beside the token that it belongs to, in the vault, and never sent; what leaves is its public half.
import { z } from 'zod';

const coordinate = z.string().min(1);

export const proofKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  /** The private half. */
  d: coordinate,
});
export type ProofKey = z.infer<typeof proofKey>;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A new pair. */
export async function drawProofKey(): Promise<ProofKey> {
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return proofKey.parse(await crypto.subtle.exportKey('jwk', privateKey));
}

/** Read once for each key in hand. */
const signers = new WeakMap<ProofKey, Promise<CryptoKey>>();

/** A JWS in compact form (RFC 7515 section 7.1), by ES256, with the public half in its header. */
export async function signWith(key: ProofKey, typ: string, claims: object): Promise<string> {
  const { kty, crv, x, y } = key;
  const signer = signers.get(key) ?? crypto.subtle.importKey('jwk', key, algorithm, false, ['sign']);
  signers.set(key, signer);
  const signed = `${encodeJson({ typ, alg: 'ES256', jwk: { kty, crv, x, y } })}.${encodeJson(claims)}`;
  const how = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(how, await signer, new TextEncoder().encode(signed));
  return `${signed}.${encodeBytes(new Uint8Array(signature))}`;
}

function encodeJson(value: object): string {
  return encodeBytes(new TextEncoder().encode(JSON.stringify(value)));
}

/** Base64 for addresses, without padding (RFC 7515 section 2). */
export function encodeBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
