// A private key as a person pastes it: PEM (PKCS #8), or a JWK. Nothing of it is ever in what is thrown.
//
// A pasted PEM may have lost its line ends: a field is one line. RSA is used with PKCS #1 v1.5 and SHA-256 (RS256), as
// vendors that name no algorithm expect; a JWK may name another (`alg`).
import { KeyfobError } from '../api/errors.ts';
import { isObject, parseJson } from '../api/json.ts';

/** Ways of signing, with what WebCrypto calls them (RFC 7518 section 3.1). */
const algorithms: Readonly<Record<string, RsaHashedImportParams | EcKeyImportParams | Algorithm>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  RS512: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
  PS512: { name: 'RSA-PSS', hash: 'SHA-512' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
  EdDSA: { name: 'Ed25519' },
};

/** A PKCS #8 key names its kind and not how it signs: tried in this order. */
const kinds = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Reads a private key that signs. Throws `bad_request` (`private_key_unusable`) for a text that is none. */
export async function readPrivateKey(text: string): Promise<CryptoKey> {
  const tried = text.trim().startsWith('{') ? fromJwk(text) : fromPem(text);
  const key = await tried;
  if (key === null) throw new KeyfobError('private_key_unusable', {}, { field: 'private_key' });
  return key;
}

async function fromPem(text: string): Promise<CryptoKey | null> {
  const base64 = /-----BEGIN PRIVATE KEY-----([\s\S]*)-----END PRIVATE KEY-----/
    .exec(text.replaceAll('\\n', '\n'))?.[1]
    ?.replaceAll(/\s/g, '');
  const bytes = base64 === undefined ? null : decode(base64);
  if (bytes === null) return null;
  for (const kind of kinds) {
    const key = await imported(kind, (algorithm) =>
      crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']),
    );
    if (key !== null) return key;
  }
  return null;
}

async function fromJwk(text: string): Promise<CryptoKey | null> {
  const jwk = read(text);
  if (jwk === null) return null;
  const named = jwk['alg'];
  for (const kind of typeof named === 'string' ? [named] : kinds) {
    const key = await imported(kind, (algorithm) =>
      crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']),
    );
    if (key !== null) return key;
  }
  return null;
}

/** The key; null where it is none of this kind. */
async function imported(
  kind: string,
  read: (algorithm: RsaHashedImportParams | EcKeyImportParams | Algorithm) => Promise<CryptoKey>,
): Promise<CryptoKey | null> {
  const algorithm = Object.hasOwn(algorithms, kind) ? algorithms[kind] : undefined;
  if (algorithm === undefined) return null;
  try {
    return await read(algorithm);
  } catch {
    return null;
  }
}

function read(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = parseJson(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
