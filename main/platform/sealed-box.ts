// A sealed box: AES-256-GCM (NIST SP 800-38D) under a key that scrypt (RFC 7914) makes of a passphrase. Written
// once, for the vault file and for the export.
//
// Invariants: every box has a fresh random nonce of 96 bits, so that one key may seal 2^32 of them (SP 800-38D,
// 8.3); what it is bound to (the additional data) must be the same when it is opened; a box that does not open
// is null, and says nothing of why. The key's cost is bounded: a file from elsewhere cannot ask for all memory.
import { createCipheriv, createDecipheriv, randomBytes, scrypt, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const nonceBytes = 12;
const tagBytes = 16;
/** Bytes that making a key may take. */
const maxMemory = 512 * 1024 * 1024;

/** How a key is made of a passphrase; the salt is base64. */
export const kdfSchema = z
  .strictObject({
    name: z.literal('scrypt'),
    N: z
      .int()
      .min(2)
      .max(2 ** 20)
      .refine((n) => Number.isInteger(Math.log2(n)), 'must be a power of two'),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
    salt: z.base64().min(16),
  })
  .refine(({ N, r }) => 128 * N * r <= maxMemory, 'must not ask for so much memory');
export type Kdf = z.infer<typeof kdfSchema>;

/** Cost of a key: N, r, p as in RFC 7914. */
export type KdfCost = Pick<Kdf, 'N' | 'r' | 'p'>;

/** A box as members of JSON: nonce, cipher text and tag, base64. */
export const boxSchema = z.strictObject({
  iv: z.base64().length(16),
  ct: z.base64(),
  tag: z.base64().length(24),
});
export type BoxMembers = z.infer<typeof boxSchema>;

/** A new salt; 2^17, 8, 1 (128 MiB, under a second) when no cost is given. */
export function newKdf(cost: KdfCost = { N: 2 ** 17, r: 8, p: 1 }): Kdf {
  const { N, r, p } = cost;
  return { name: 'scrypt', N, r, p, salt: randomBytes(16).toString('base64') };
}

/** Makes the key of 32 bytes. The passphrase counts however its letters are composed (NFC). */
export function deriveKey(passphrase: string, { N, r, p, salt }: Kdf): Promise<Buffer> {
  const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
  return new Promise((resolve, reject) => {
    // Keyboards and terminals differ in how they spell one and the same letter.
    const text = passphrase.normalize('NFC');
    scrypt(text, Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Seals bytes or a text (UTF-8): nonce, cipher text and tag, one after the other. */
export function seal(key: Buffer, boundTo: string | Buffer, plain: string | Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(boundTo));
  const sealed = cipher.update(Buffer.from(plain));
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens a box; null: another key, bound to something else, or damaged. Of many boxes each takes less than half the time
 * with a `KeyObject`.
 */
export function unseal(key: Buffer | KeyObject, boundTo: string | Buffer, box: Buffer): Buffer | null {
  if (box.length < nonceBytes + tagBytes) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(box.subarray(-tagBytes));
    return Buffer.concat([decipher.update(box.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}

/** Writes a box as members of JSON. */
export function boxMembers(box: Buffer): BoxMembers {
  const [iv, ct, tag] = [
    box.subarray(0, nonceBytes),
    box.subarray(nonceBytes, -tagBytes),
    box.subarray(-tagBytes),
  ].map((piece) => piece.toString('base64'));
  return { iv: iv ?? '', ct: ct ?? '', tag: tag ?? '' };
}

/** Reads a box from members of JSON. */
export function boxOf({ iv, ct, tag }: BoxMembers): Buffer {
  return Buffer.concat([iv, ct, tag].map((piece) => Buffer.from(piece, 'base64')));
}
