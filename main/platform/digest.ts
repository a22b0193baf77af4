// SHA-256 (FIPS 180-4) of a text in UTF-8: written once.
import { createHash } from 'node:crypto';

/** The 32 bytes. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** The same as 64 hexadecimal digits in small letters. */
export function hexDigest(text: string): string {
  return digest(text).toString('hex');
}
