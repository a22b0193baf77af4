// NaCl's box and secretbox (Curve25519, XSalsa20, Poly1305), which oidc-agent's clients speak; by tweetnacl.
import nacl from 'tweetnacl';

export const PUBLIC_KEY_BYTES = nacl.box.publicKeyLength;
export const NONCE_BYTES = nacl.secretbox.nonceLength;
export const MAC_BYTES = nacl.secretbox.overheadLength;

export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The key that both ends find (crypto_box_beforenm). Throws for a public key that shares nothing. */
  sharedWith(publicKey: Uint8Array): Uint8Array;
}

/** A key pair: a fresh one, or that of a private key of 32 bytes. */
export function keyPair(privateBytes?: Uint8Array): KeyPair {
  const { publicKey, secretKey } =
    privateBytes === undefined ? nacl.box.keyPair() : nacl.box.keyPair.fromSecretKey(privateBytes);
  return {
    publicKey,
    sharedWith(theirs) {
      // RFC 7748 section 6.1: a point of small order gives zero, whatever our own key is.
      if (nacl.scalarMult(secretKey, theirs).every((byte) => byte === 0)) {
        throw new TypeError('the public key shares nothing');
      }
      return nacl.box.before(theirs, secretKey);
    },
  };
}

/** Locks a message: 16 bytes of authenticator, then the message's own length. */
export function seal(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  return nacl.secretbox(plain(message), plain(nonce), plain(key));
}

/** Opens a locked message, or null when it was not locked with this key and nonce. */
export function unseal(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  return nacl.secretbox.open(plain(sealed), plain(nonce), plain(key));
}

/** tweetnacl takes plain byte arrays; Node's Buffers are copied into one. */
function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
