// The vault file's form: JSON with a checksum over all of it, so that damage is found before any passphrase.
//
// Invariants: `sum` is the SHA-256 of the JSON of everything else, in the order below; a file of a later
// version is not called damaged; scrypt's cost is bounded, so that a damaged file cannot ask for all memory.
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A sealed text: nonce, cipher text and tag of AES-256-GCM, base64. */
export interface Sealed {
  readonly iv: string;
  readonly ct: string;
  readonly tag: string;
}

export interface VaultFile {
  readonly keyfob_vault: 1;
  /** How the key is made (RFC 7914); the salt is base64. */
  readonly kdf: {
    readonly name: 'scrypt';
    readonly N: number;
    readonly r: number;
    readonly p: number;
    readonly salt: string;
  };
  /** A known text, sealed: it opens with the right passphrase only. Null in a file not made yet. */
  readonly check: Sealed | null;
  readonly entries: Readonly<Record<string, Sealed>>;
}

const sealed = z.strictObject({ iv: z.base64(), ct: z.base64(), tag: z.base64() });
const form = z.strictObject({
  keyfob_vault: z.literal(1),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z
      .int()
      .min(2)
      .max(2 ** 20)
      .refine((n) => Number.isInteger(Math.log2(n))),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
    salt: z.base64().min(16),
  }),
  check: sealed,
  entries: z.record(z.string(), sealed),
});

export type ParsedVaultFile =
  | { readonly kind: 'good'; readonly content: VaultFile }
  | { readonly kind: 'newer' }
  | { readonly kind: 'damaged'; readonly part: string };

/** Writes a vault file's text. */
export function serializeVaultFile(content: VaultFile): string {
  const { keyfob_vault, kdf, check, entries } = content;
  const body = { keyfob_vault, kdf, check, entries };
  return `${JSON.stringify({ ...body, sum: sumOf(body) }, undefined, 1)}\n`;
}

/** Reads a vault file's text; `part` says in words what is damaged. */
export function parseVaultFile(text: string): ParsedVaultFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      kind: 'damaged',
      part: text.trim() === '' ? 'the file is empty' : 'the file ends early or is no JSON',
    };
  }
  if (typeof value !== 'object' || value === null || !('keyfob_vault' in value)) {
    return { kind: 'damaged', part: 'it is no vault file' };
  }
  if (typeof value.keyfob_vault === 'number' && value.keyfob_vault > 1) return { kind: 'newer' };
  const { sum, ...body } = { sum: undefined, ...value };
  const parsed = form.safeParse(body);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    return { kind: 'damaged', part: where === '' ? 'unknown parts' : `the part \`${where}\`` };
  }
  if (sum !== sumOf(body)) return { kind: 'damaged', part: 'its checksum does not fit its content' };
  return { kind: 'good', content: parsed.data };
}

function sumOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
