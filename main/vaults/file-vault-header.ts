// `vault.json`: what is opened first. It says how the key is made, and holds the key of all that is sealed.
//
// Invariants: `sum` is the SHA-256 of the JSON of everything else, in the order of `header`, so that damage is
// told from a wrong passphrase before any is tried; a file of a later version is not called damaged; what the
// passphrase opens is a random key, so that a change of passphrase writes this file alone. `.bak` is written
// first and holds the same, so that one of the two is whole at every moment.
import { randomBytes } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { KeyfobError } from '../api/errors.ts';
import { asideName, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { message, type Message } from '../api/problems/index.ts';
import { boxMembers, boxOf, boxSchema, deriveKey, kdfSchema, newKdf } from '../platform/sealed-box.ts';
import { seal, unseal, type Kdf, type KdfCost } from '../platform/sealed-box.ts';
import { format1, type Format1 } from './file-vault-format-1.ts';
import { sha256Hex } from '../platform/digest.ts';
import { untilFree } from '../platform/held-files.ts';

const header = z.strictObject({
  keyfob_vault: z.literal(2),
  /** Names the folder of entries, and binds what is in it to this vault. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  kdf: kdfSchema,
  /** The key of all else, sealed under the passphrase's, bound to `keyfob vault 2 key <id>`. */
  key: boxSchema,
});
export type Header = z.infer<typeof header>;

export type VaultFile =
  | { readonly kind: 'good'; readonly header: Header }
  | { readonly kind: 'format 1'; readonly content: Format1; readonly text: string };

type Found =
  VaultFile | { readonly kind: 'missing' } | { readonly kind: 'damaged'; readonly damage: Message };

/** Makes a header around a key, under a passphrase; with a `kdf` and its key in hand, under that. */
export async function makeHeader(
  key: Buffer,
  under: { passphrase: string; cost?: KdfCost | undefined } | { kdf: Kdf; derived: Buffer },
): Promise<Header> {
  const id = randomBytes(8).toString('hex');
  const kdf = 'kdf' in under ? under.kdf : newKdf(under.cost);
  const derived = 'kdf' in under ? under.derived : await deriveKey(under.passphrase, kdf);
  return { keyfob_vault: 2, id, kdf, key: boxMembers(seal(derived, boundTo(id), key)) };
}

/** The key behind a header; null: the passphrase is another. */
export async function openHeader(file: Header, passphrase: string): Promise<Buffer | null> {
  return unseal(await deriveKey(passphrase, file.kdf), boundTo(file.id), boxOf(file.key));
}

const boundTo = (id: string): string => `keyfob vault 2 key ${id}`;

/** Keeps a header: the copy first, then the file. Throws `vault_unavailable`. */
export async function saveHeader(file: string, content: Header): Promise<void> {
  const body = header.parse(content);
  const text = `${JSON.stringify({ ...body, sum: sumOf(body) }, undefined, 1)}\n`;
  try {
    await writeAtomically(`${file}.bak`, text);
    await writeAtomically(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/**
 * Reads the file, or where it is damaged or missing its copy, which is told. Null: neither is there. Throws
 * `vault_unavailable`; nothing was overwritten then.
 */
export async function readVaultFile(
  file: string,
  tell: (notice: Message) => void,
): Promise<VaultFile | null> {
  const main = await look(file);
  if (main.kind === 'good' || main.kind === 'format 1') return main;
  const copy = await look(`${file}.bak`);
  if (copy.kind !== 'good' && copy.kind !== 'format 1') {
    if (main.kind === 'missing' && copy.kind === 'missing') return null;
    throw main.kind === 'damaged'
      ? damaged(file, main.damage)
      : damaged(`${file}.bak`, copy.kind === 'damaged' ? copy.damage : message('damage_missing', {}));
  }
  if (main.kind === 'damaged') {
    const aside = asideName(file, 'torn');
    await rename(file, aside);
    tell(message('vault_was_damaged', { file, damage: main.damage, aside }));
  } else {
    tell(message('vault_was_missing', { file }));
  }
  return copy;
}

/** Why a vault cannot be opened whatever the passphrase, or null. Nothing is changed. Never throws. */
export async function faultOf(file: string): Promise<KeyfobError | null> {
  try {
    // As it is opened: the copy counts only where the file does not.
    const main = await look(file);
    if (main.kind === 'good' || main.kind === 'format 1') return null;
    const copy = await look(`${file}.bak`);
    if (copy.kind === 'good' || copy.kind === 'format 1') return null;
    if (main.kind === 'damaged') return damaged(file, main.damage);
    return copy.kind === 'damaged' ? damaged(`${file}.bak`, copy.damage) : gone(file);
  } catch (error) {
    return unreadable(file, error);
  }
}

/** Sets aside what stands in the place of a vault that cannot be opened; told. Throws `vault_unavailable`. */
export async function setAside(file: string, tell: (notice: Message) => void): Promise<void> {
  for (const one of [file, `${file}.bak`]) {
    const aside = asideName(one, 'torn');
    try {
      await rename(one, aside);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') continue;
      throw unwritable(file, error);
    }
    tell(message('vault_set_aside', { file: one, aside }));
  }
}

/** Whether the file and its copy hold just this header. */
export async function isSaved(file: string, { id, key }: Header): Promise<boolean> {
  for (const one of [file, `${file}.bak`]) {
    const found = await look(one).catch(() => null);
    if (found?.kind !== 'good' || found.header.id !== id || found.header.key.ct !== key.ct) return false;
  }
  return true;
}

async function look(file: string): Promise<Found> {
  let text: string;
  try {
    text = await untilFree(() => readFile(file, 'utf8'));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return { kind: 'missing' };
    throw code === 'EISDIR'
      ? new KeyfobError('vault_is_folder', { file }, { action: leave, cause: error })
      : unreadable(file, error);
  }
  return judge(file, text);
}

function judge(file: string, text: string): Found {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damage(text.trim() === '' ? 'damage_empty' : 'damage_cut_short');
  }
  if (typeof value !== 'object' || value === null || !('keyfob_vault' in value)) {
    return damage('damage_no_vault');
  }
  const { sum, ...body } = { sum: undefined, ...value };
  const version = value.keyfob_vault;
  // A damaged digit is no newer Keyfob: its checksum would fit the digit that stood there.
  const newer = typeof version === 'number' && version > 2 && sum !== sumOf({ ...body, keyfob_vault: 2 });
  if (newer) {
    throw new KeyfobError('vault_of_newer', { file });
  }
  const parsed = z.union([header, format1]).safeParse(body);
  if (!parsed.success) return damage('damage_malformed');
  if (sum !== sumOf(body)) return damage('damage_checksum');
  return parsed.data.keyfob_vault === 2
    ? { kind: 'good', header: parsed.data }
    : { kind: 'format 1', content: parsed.data, text };
}

function sumOf(body: object): string {
  return sha256Hex(JSON.stringify(body));
}

type Damage =
  'damage_empty' | 'damage_cut_short' | 'damage_no_vault' | 'damage_malformed' | 'damage_checksum';

function damage(reason: Damage): Found {
  return { kind: 'damaged', damage: message(reason, {}) };
}

/** What a person reads when a part of the vault is damaged. */
export function damaged(file: string, damage: Message): KeyfobError {
  return new KeyfobError('vault_damaged', { file, damage }, { action: leave });
}

/** What a person reads when neither the vault nor its copy is there, and accounts are kept in it. */
export function gone(file: string): KeyfobError {
  return new KeyfobError('vault_missing', { file }, { action: leave });
}

/** To begin a new one, or to start with another vault, where this one does not open. */
const leave = { type: 'leave_vault_file', params: {} } as const;

/** What a person reads when the vault cannot be read. */
export function unreadable(file: string, error: unknown): KeyfobError {
  if (error instanceof KeyfobError) return error;
  return new KeyfobError('vault_unreadable', { file, code: systemCode(error) }, { cause: error });
}

/** What a person reads when the vault cannot be written. */
export function unwritable(file: string, error: unknown): KeyfobError {
  return new KeyfobError('vault_unwritable', { file, code: systemCode(error) }, { cause: error });
}
