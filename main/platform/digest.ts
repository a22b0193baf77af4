// SHA-256 (FIPS 180-4), written once where Node's own is at hand; main/accounts/digest.ts is for a browser too.
//
// node:crypto is loaded at the first use: the command line's short way starts without it.
import type { hash } from 'node:crypto';

let hashOnce: typeof hash | null = null;

/** The 32 bytes of a text in UTF-8. */
export function sha256(text: string): Buffer {
  // Bytes by way of a text of them: a Buffer that node:crypto makes costs more than the digest.
  hashOnce ??= process.getBuiltinModule('node:crypto').hash;
  return Buffer.from(hashOnce('sha256', text, 'binary'), 'binary');
}

/** The same as 64 hex digits, of a text or its pieces. */
export function sha256Hex(text: string | readonly string[]): string {
  const { createHash, hash } = process.getBuiltinModule('node:crypto');
  if (typeof text === 'string') return hash('sha256', text);
  const whole = createHash('sha256');
  for (const piece of text) whole.update(piece);
  return whole.digest('hex');
}
