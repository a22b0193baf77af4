// The file that `keyfob export` writes: one JSON document of settings and profiles, its secrets sealed.
//
// Invariants: secrets are in it only sealed, all together: AES-256-GCM (NIST SP 800-38D) under a key that scrypt
// (RFC 7914) makes of a passphrase. They are bound to the rest of the document, so that nobody can change the
// address a secret is sent to and have them open all the same. The key's cost is bounded: a document from
// elsewhere cannot ask for all memory.
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';

import { KeyfobError } from '../core/errors.ts';
import type { Transferred } from '../core/transfer.ts';

/** Least characters of a passphrase. */
const LEAST_PASSPHRASE = 8;
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** Bytes that making a key may take. */
const MOST_MEMORY = 512 * 1024 * 1024;

const texts = z.record(z.string(), z.string());
const sealed = z.strictObject({
  kdf: z
    .strictObject({
      name: z.literal('scrypt'),
      N: z
        .int()
        .min(2 ** 14)
        .max(2 ** 20)
        .refine((n) => Number.isInteger(Math.log2(n)), 'must be a power of two'),
      r: z.int().min(1).max(32),
      p: z.int().min(1).max(16),
      salt: z.base64().min(16),
    })
    .refine(({ N, r }) => 128 * N * r <= MOST_MEMORY, 'must not ask for so much memory'),
  iv: z.base64().length(16),
  ct: z.base64(),
  tag: z.base64().length(24),
});
type Sealed = z.infer<typeof sealed>;

const open = {
  accounts: z.array(
    z.strictObject({
      name: z.string(),
      provider: z.string(),
      grant: z.string(),
      fields: texts,
      origins: z
        .strictObject({ known: z.array(z.string()), issuer: z.string().nullable(), discovered: z.boolean() })
        .optional()
        .describe('The origins that its secrets were entered for'),
    }),
  ),
  selected: z.string().nullable(),
  selected_by_provider: texts,
  profiles: z.array(z.looseObject({ id: z.string() })),
};
export const exportDocument = z.strictObject({
  keyfob_export: z.literal(1),
  ...open,
  secrets: sealed.nullable().describe('Secrets of all accounts, sealed; null when they were left out'),
});
export type ExportDocument = z.infer<typeof exportDocument>;

const secretsForm = z.record(z.string(), texts);

/** Makes the document. Throws `bad_request` when there are secrets and no passphrase that will do. */
export async function seal(from: Transferred, passphrase: string | undefined): Promise<ExportDocument> {
  // By way of JSON, and of the schema: what is bound is what a reader will have.
  const plain: unknown = JSON.parse(JSON.stringify({ ...from, secrets: null, keyfob_export: 1 }));
  const document = exportDocument.parse(plain);
  if (from.secrets === null) return document;
  if (passphrase === undefined || [...passphrase].length < LEAST_PASSPHRASE) {
    throw new KeyfobError(
      'bad_request',
      `Secrets leave only under a passphrase of at least ${LEAST_PASSPHRASE} characters.`,
      { hint: 'Name a file that holds it: `keyfob export FILE --secrets --passphrase-file F`.' },
    );
  }
  const kdf = { name: 'scrypt', ...COST, salt: randomBytes(16).toString('base64') } as const;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, kdf), iv);
  cipher.setAAD(bindingOf(document));
  const ct = Buffer.concat([cipher.update(JSON.stringify(from.secrets), 'utf8'), cipher.final()]);
  const secrets = {
    kdf,
    iv: iv.toString('base64'),
    ct: ct.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
  return { ...document, secrets };
}

/**
 * Reads a document. Throws `bad_request`: it is of a newer Keyfob, not one at all, its secrets need a
 * passphrase, or this one does not open them.
 */
export async function unseal(value: unknown, passphrase: string | undefined): Promise<Transferred> {
  const version =
    typeof value === 'object' && value !== null && 'keyfob_export' in value ? value.keyfob_export : undefined;
  if (typeof version === 'number' && version > 1) {
    throw new KeyfobError('bad_request', 'This export was made by a newer Keyfob.', {
      hint: 'Bring this one up to date.',
    });
  }
  const read = exportDocument.safeParse(value);
  if (!read.success) {
    const where = read.error.issues[0]?.path.join('.') ?? '';
    throw new KeyfobError(
      'bad_request',
      version === undefined
        ? 'This is not an export of Keyfob.'
        : `This export is damaged${/^[a-z_.0-9]{1,60}$/i.test(where) ? ` at ${where}` : ''}.`,
      { hint: 'Make it again with `keyfob export FILE`.' },
    );
  }
  const { keyfob_export: _version, secrets, ...rest } = read.data;
  if (secrets === null) return { ...rest, secrets: null };
  if (passphrase === undefined) {
    throw new KeyfobError('bad_request', 'This export holds secrets, which open with its passphrase.', {
      hint: 'Name a file that holds it: `keyfob import FILE --passphrase-file F`.',
    });
  }
  return { ...rest, secrets: await openSecrets(secrets, passphrase, read.data) };
}

async function openSecrets(
  { kdf, iv, ct, tag }: Sealed,
  passphrase: string,
  document: ExportDocument,
): Promise<z.infer<typeof secretsForm>> {
  const key = await keyOf(passphrase, kdf);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'));
    decipher.setAAD(bindingOf(document));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    const text = Buffer.concat([decipher.update(Buffer.from(ct, 'base64')), decipher.final()]);
    return secretsForm.parse(JSON.parse(text.toString('utf8')));
  } catch {
    // Without a cause: it could quote what was opened.
    throw new KeyfobError(
      'bad_request',
      'The secrets of this export do not open: the passphrase is not right, or the file was changed since.',
      { hint: 'Check the passphrase; a file that was changed by hand has to be made again.' },
    );
  }
}

/** The SHA-256 of all that is not sealed. */
function bindingOf({ secrets: _secrets, ...rest }: ExportDocument): Buffer {
  return createHash('sha256').update(canonical(rest)).digest();
}

/** JSON with names in order, so that an editor that only lays it out anew does no harm. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function keyOf(passphrase: string, { N, r, p, salt }: Sealed['kdf']): Promise<Buffer> {
  const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
  return new Promise((resolve, reject) => {
    // Composed (NFC): keyboards and terminals differ in how they spell one and the same letter.
    const text = passphrase.normalize('NFC');
    scrypt(text, Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
