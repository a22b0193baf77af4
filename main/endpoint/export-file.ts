// The file that `keyfob export` writes: one JSON document of settings and profiles, its secrets sealed.
//
// Invariants: secrets are in it only sealed, all together, in one sealed box (main/platform/sealed-box.ts). They
// are bound to the rest of the document, so that nobody can change the address a secret is sent to and have them
// open all the same.
import { z } from 'zod';

import { accountLabels } from '../api/account-labels.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Transferred } from '../accounts/transfer.ts';
import { boxMembers, boxOf, boxSchema, deriveKey, kdfSchema, newKdf } from '../platform/sealed-box.ts';
import { seal as sealBox, unseal as openBox } from '../platform/sealed-box.ts';
import { sha256 } from '../platform/digest.ts';

/** Least characters of a passphrase. */
const MIN_PASSPHRASE = 8;
/** Least cost that a document from elsewhere may have. */
const MIN_N = 2 ** 14;

const texts = z.record(z.string(), z.string());
const sealed = boxSchema.extend({
  kdf: kdfSchema.refine(({ N }) => N >= MIN_N, 'must cost more'),
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
      labels: accountLabels.optional().describe('The person’s own'),
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
  if (passphrase === undefined || [...passphrase].length < MIN_PASSPHRASE) {
    throw new KeyfobError(
      'export_passphrase_wanted',
      { min: MIN_PASSPHRASE },
      { field: 'passphrase', action: { type: 'export_with_passphrase', params: {} } },
    );
  }
  const kdf = newKdf();
  const key = await deriveKey(passphrase, kdf);
  const box = sealBox(key, bindingOf(document), JSON.stringify(from.secrets));
  const secrets = { kdf, ...boxMembers(box) };
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
    throw new KeyfobError('export_of_newer', {});
  }
  const read = exportDocument.safeParse(value);
  if (!read.success) {
    const where = read.error.issues[0]?.path.join('.') ?? '';
    const options = { action: { type: 'export_again', params: {} } } as const;
    if (version === undefined) throw new KeyfobError('no_export', {}, options);
    throw /^[a-z_.0-9]{1,60}$/i.test(where)
      ? new KeyfobError('export_damaged', { path: where }, options)
      : new KeyfobError('export_damaged_somewhere', {}, options);
  }
  const { keyfob_export: _version, secrets, ...rest } = read.data;
  if (secrets === null) return { ...rest, secrets: null };
  if (passphrase === undefined) {
    throw new KeyfobError(
      'export_sealed',
      {},
      { field: 'passphrase', action: { type: 'import_with_passphrase', params: {} } },
    );
  }
  return { ...rest, secrets: await openSecrets(secrets, passphrase, read.data) };
}

async function openSecrets(
  { kdf, ...box }: Sealed,
  passphrase: string,
  document: ExportDocument,
): Promise<z.infer<typeof secretsForm>> {
  const plain = openBox(await deriveKey(passphrase, kdf), bindingOf(document), boxOf(box));
  const secrets = plain === null ? null : secretsForm.safeParse(JSON.parse(plain.toString('utf8')));
  if (secrets?.success === true) return secrets.data;
  throw new KeyfobError('export_not_opened', {}, { field: 'passphrase' });
}

/** The SHA-256 of all that is not sealed. */
function bindingOf({ secrets: _secrets, ...rest }: ExportDocument): Buffer {
  return sha256(canonical(rest));
}

/** JSON with names in order, so that an editor that only lays it out anew does no harm. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
