// NaCl's box and secretbox (Curve25519, XSalsa20, Poly1305), which oidc-agent's clients speak.
//
// By D. J. Bernstein's papers "Cryptography in NaCl", "Extending the Salsa20 nonce" and "The Poly1305-AES
// message-authentication code"; X25519 is Node's own. The socket's file mode guards what passes here, so this
// exists for the protocol's sake: it is not written to run in constant time. Pure but for the key pair.
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  timingSafeEqual,
} from 'node:crypto';

export const PUBLIC_KEY_BYTES = 32;
export const NONCE_BYTES = 24;
export const MAC_BYTES = 16;

/** "expand 32-byte k" as four words in little endian. */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The key of a box with somebody's public key (X25519, then HSalsa20). Throws for a key that is none, or
   * one that gives away nothing shared (RFC 7748 section 6.1).
   */
  sharedWith(publicKey: Uint8Array): Uint8Array;
}

// DER around the 32 bytes of an X25519 key (RFC 8410 section 7, section 4).
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** A key pair: a fresh one, or that of a private key of 32 bytes. */
export function keyPair(privateBytes?: Uint8Array): KeyPair {
  const privateKey =
    privateBytes === undefined
      ? generateKeyPairSync('x25519').privateKey
      : createPrivateKey({
          key: Buffer.concat([PRIVATE_PREFIX, privateBytes]),
          format: 'der',
          type: 'pkcs8',
        });
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(der.subarray(PUBLIC_PREFIX.length)),
    sharedWith(publicBytes) {
      const publicKey = createPublicKey({
        key: Buffer.concat([PUBLIC_PREFIX, publicBytes]),
        format: 'der',
        type: 'spki',
      });
      return hsalsa20(diffieHellman({ privateKey, publicKey }), new Uint8Array(16));
    },
  };
}

/** Locks a message: 16 bytes of authenticator, then the message's own length. */
export function seal(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const stream = xsalsa20(32 + message.length, nonce, key);
  const locked = message.map((byte, i) => byte ^ (stream[32 + i] ?? 0));
  return Buffer.concat([poly1305(locked, stream.subarray(0, 32)), locked]);
}

/** Opens a locked message, or null when it was not locked with this key and nonce. */
export function unseal(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  if (sealed.length < MAC_BYTES) return null;
  const locked = sealed.subarray(MAC_BYTES);
  const stream = xsalsa20(32 + locked.length, nonce, key);
  if (!timingSafeEqual(poly1305(locked, stream.subarray(0, 32)), sealed.subarray(0, MAC_BYTES))) return null;
  return locked.map((byte, i) => byte ^ (stream[32 + i] ?? 0));
}

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

/** The 16 words that the cipher begins with: constants on the diagonal, the key around, the input between. */
function begin(key: Uint8Array, input: readonly number[]): Uint32Array {
  const k = words(key);
  return Uint32Array.from([
    ...[SIGMA[0], ...k.slice(0, 4)],
    ...[SIGMA[1], ...input],
    ...[SIGMA[2], ...k.slice(4)],
    SIGMA[3],
  ]);
}

/** Where the quarter rounds of a double round reach: columns, then rows. */
const QUARTERS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

/** Salsa20's twenty rounds, without the last addition. */
function rounds(start: Uint32Array): Uint32Array {
  const x = start.slice();
  const mix = (to: number, a: number, b: number, by: number): void => {
    const sum = ((x[a] ?? 0) + (x[b] ?? 0)) >>> 0;
    x[to] = (x[to] ?? 0) ^ ((sum << by) | (sum >>> (32 - by)));
  };
  for (let round = 0; round < 10; round += 1)
    for (const [a, b, c, d] of QUARTERS) {
      mix(b, a, d, 7);
      mix(c, b, a, 9);
      mix(d, c, b, 13);
      mix(a, d, c, 18);
    }
  return x;
}

function bytesOf(list: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(list.length * 4);
  const view = new DataView(bytes.buffer);
  list.forEach((word, i) => view.setUint32(i * 4, word, true));
  return bytes;
}

function hsalsa20(key: Uint8Array, input: Uint8Array): Uint8Array {
  const x = rounds(begin(key, words(input)));
  return bytesOf([0, 5, 10, 15, 6, 7, 8, 9].map((i) => x[i] ?? 0));
}

/** The first `length` bytes of XSalsa20's stream. */
function xsalsa20(length: number, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const inner = hsalsa20(key, nonce.subarray(0, 16));
  const rest = words(nonce.subarray(16, NONCE_BYTES));
  const stream = new Uint8Array(Math.ceil(length / 64) * 64);
  for (let block = 0; block * 64 < length; block += 1) {
    const start = begin(inner, [...rest, block, 0]);
    const x = rounds(start);
    stream.set(bytesOf([...x].map((word, i) => (word + (start[i] ?? 0)) >>> 0)), block * 64);
  }
  return stream.subarray(0, length);
}

const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/** The one-time authenticator of a message: 16 bytes. */
function poly1305(message: Uint8Array, key: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const chunk = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(chunk) + (1n << BigInt(8 * chunk.length))) * r) % PRIME;
  }
  const tag = (sum + littleEndian(key.subarray(16, 32))) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
