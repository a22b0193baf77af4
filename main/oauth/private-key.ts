// A private key as a person pastes it: PEM (PKCS #8; PKCS #1 of RSA, RFC 5915 of EC), or a JWK. Nothing of it is ever in
// what is thrown.
//
// A pasted PEM may have lost its line ends: a field is one line. RSA is used with PKCS #1 v1.5 and SHA-256 (RS256), as
// vendors that name no algorithm expect, unless whoever signs, or a JWK, names another (`alg`).
import { KeyfobError } from '../api/errors.ts';
import { isObject, parseJson } from '../api/json.ts';

/** Ways of signing, with what WebCrypto calls them (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
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
  Ed25519: { name: 'Ed25519' },
};

/** A PKCS #8 key names its kind and not how it signs: tried in this order. */
const kinds = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Names of ways of signing; by HS256 a shared secret signs. */
export const signingAlgorithms: readonly string[] = [...Object.keys(algorithms), 'HS256'];

/**
 * Reads a private key that signs, by `alg` where it is named. Throws `bad_request` (`private_key_unusable`) for a text that
 * is none, or of another kind.
 */
export async function readPrivateKey(text: string, alg?: string): Promise<CryptoKey> {
  const tried = alg === undefined ? kinds : [alg];
  const key = await (text.trim().startsWith('{') ? fromJwk(text, alg) : fromPem(text, tried));
  if (key === null) throw new KeyfobError('private_key_unusable', {}, { field: 'private_key' });
  return key;
}

/** A key that is nobody's, as a person pastes one (JWK), which signs by `alg`. Throws TypeError for another algorithm. */
export async function throwawayKey(alg = 'ES256'): Promise<string> {
  const algorithm = Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  if (algorithm === undefined) throw new TypeError('no such algorithm');
  const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey({ ...algorithm, ...rsa } as RsaHashedKeyGenParams, true, [
    'sign',
    'verify',
  ]);
  return JSON.stringify(await crypto.subtle.exportKey('jwk', pair.privateKey));
}

/** DER of `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2), in hexadecimal digits. */
const identifiers = {
  RSA: '300d06092a864886f70d0101010500',
  EC: {
    ES256: '301306072a8648ce3d020106082a8648ce3d030107',
    ES384: '301006072a8648ce3d020106052b81040022',
    ES512: '301006072a8648ce3d020106052b81040023',
  } as Readonly<Record<string, string>>,
};

/** The PKCS #8 form (RFC 5208 section 5) of a key that stands in its own: `RSA` or `EC`; else as it is. Null: it has none. */
function inPkcs8(own: string, kind: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (own === '') return bytes;
  const identifier = own === 'RSA' ? identifiers.RSA : identifiers.EC[kind];
  if (identifier === undefined) return null;
  const octets = der(0x04, bytes);
  return der(0x30, Uint8Array.from([0x02, 1, 0, ...fromHex(identifier), ...octets]));
}

/** One value of DER (X.690 section 8.1), of 64 KiB at most. */
function der(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...size, ...content]);
}

function fromHex(digits: string): number[] {
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

async function fromPem(text: string, tried: readonly string[]): Promise<CryptoKey | null> {
  const [, own = '', base64 = ''] =
    /-----BEGIN (?:(RSA|EC) )?PRIVATE KEY-----([\s\S]*)-----END (?:\1 )?PRIVATE KEY-----/.exec(
      text.replaceAll('\\n', '\n'),
    ) ?? [];
  const bytes = decode(base64.replaceAll(/\s/g, ''));
  if (bytes === null || bytes.length > 0xfff0) return null;
  for (const kind of tried) {
    const whole = inPkcs8(own, kind, bytes);
    if (whole === null) continue;
    const key = await imported(kind, (algorithm) =>
      crypto.subtle.importKey('pkcs8', whole, algorithm, false, ['sign']),
    );
    if (key !== null) return key;
  }
  return null;
}

/** `alg`: the way of signing that is wanted; a key that names another is none for it. */
async function fromJwk(text: string, alg: string | undefined): Promise<CryptoKey | null> {
  const jwk = read(text);
  if (jwk === null) return null;
  const named = alg ?? jwk['alg'];
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
