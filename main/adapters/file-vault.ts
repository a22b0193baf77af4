// The vault in one encrypted file, for machines without a keychain: scrypt (RFC 7914) makes the key from a
// passphrase, AES-256-GCM (NIST SP 800-38D) seals each entry under a fresh nonce, bound to its name.
//
// Invariants: a write resolves only once it is on the disk, and the last good copy (`.bak`) holds the same;
// writes go one after another; the file is only ever replaced whole. A damaged file is never overwritten:
// it is kept aside as `.torn-<time>` and the last good copy is used, and told. `sum` tells damage from a
// wrong passphrase, which `check` tells. Plain texts are not kept in memory; locking zeroes the key.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { KeyfobError } from '../core/errors.ts';
import type { Vault } from '../core/ports.ts';
import { createQueue, sweepTemporaries, systemCode, tornName, writeAtomically } from './atomic-file.ts';
import { parseVaultFile, serializeVaultFile } from './file-vault-format.ts';
import type { Sealed, VaultFile } from './file-vault-format.ts';

/** Cost of the key: N, r, p as in RFC 7914. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export interface FileVaultOptions {
  readonly path: string;
  /** Without one the vault starts locked. */
  readonly passphrase?: string;
  /** For a file that is made anew; 2^17, 8, 1 (128 MiB, under a second) when unsaid. */
  readonly cost?: ScryptCost;
  /** Told each sentence that is added to `notices`. */
  readonly onNotice?: (sentence: string) => void;
}

/** A file vault, and what a person should be told about its file. */
export type FileVault = Vault & { readonly notices: readonly string[] };

/**
 * Opens the vault in a file; with a passphrase, unlocked, and a missing file is made. Throws `vault_locked`
 * when the passphrase is wrong, `vault_unavailable` when the file and its last good copy are damaged.
 */
export async function openFileVault(options: FileVaultOptions): Promise<FileVault> {
  const vault = createFileVault(options);
  if (options.passphrase !== undefined) await vault.unlock(options.passphrase);
  return vault;
}

interface Opened {
  readonly key: Buffer;
  file: VaultFile;
}

function createFileVault(options: FileVaultOptions): FileVault {
  const { path: file } = options;
  const inTurn = createQueue();
  const notices: string[] = [];
  let opened: Opened | null = null;

  const tell = (sentence: string): void => {
    notices.push(sentence);
    options.onNotice?.(sentence);
  };
  const unlocked = (): Opened => {
    if (opened !== null) return opened;
    throw new KeyfobError('vault_locked', 'The vault is locked.', {
      hint: 'Unlock it with `keyfob unlock --passphrase-file F`.',
    });
  };
  const keep = async (now: Opened, entries: Readonly<Record<string, Sealed>>): Promise<void> => {
    const next = { ...now.file, entries };
    await save(file, next);
    now.file = next;
  };

  return {
    kind: 'file',
    notices,
    get locked() {
      return opened === null;
    },
    read: (name) =>
      inTurn(async () => {
        const { key, file: content } = unlocked();
        const sealed = Object.hasOwn(content.entries, name) ? content.entries[name] : undefined;
        if (sealed === undefined) return null;
        const text = unseal(key, `entry:${name}`, sealed);
        if (text === null) throw damaged(file, `the entry \`${name}\``);
        return text;
      }),
    write: (name, text) =>
      inTurn(async () => {
        const now = unlocked();
        const entries = new Map(Object.entries(now.file.entries));
        await keep(now, Object.fromEntries(entries.set(name, seal(now.key, `entry:${name}`, text))));
      }),
    delete: (name) =>
      inTurn(async () => {
        const now = unlocked();
        const entries = new Map(Object.entries(now.file.entries));
        if (entries.delete(name)) await keep(now, Object.fromEntries(entries));
      }),
    list: () => inTurn(async () => Object.keys(unlocked().file.entries)),
    lock: () =>
      inTurn(async () => {
        opened?.key.fill(0);
        opened = null;
      }),
    unlock: (passphrase) =>
      inTurn(async () => {
        if (passphrase === undefined || passphrase === '') {
          if (opened !== null) return;
          throw new KeyfobError('vault_locked', `The vault ${file} needs its passphrase.`, {
            hint: 'Give it with `keyfob unlock --passphrase-file F`.',
          });
        }
        const found = await load(file, tell);
        const content = found ?? emptyFile(options.cost ?? { N: 2 ** 17, r: 8, p: 1 });
        const key = await deriveKey(passphrase, content);
        const known = content.check === null ? checkText : unseal(key, 'check', content.check);
        if (known !== checkText) {
          key.fill(0);
          throw new KeyfobError('vault_locked', `The passphrase does not open ${file}.`, {
            hint: 'Give the one that it was made with.',
          });
        }
        const checked = { ...content, check: content.check ?? seal(key, 'check', checkText) };
        if (found === null) {
          await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
          await save(file, checked);
        }
        opened?.key.fill(0);
        opened = { key, file: checked };
      }),
  };
}

const checkText = 'keyfob';

async function save(file: string, content: VaultFile): Promise<void> {
  const text = serializeVaultFile(content);
  try {
    await writeAtomically(file, text);
    await writeAtomically(`${file}.bak`, text);
  } catch (error) {
    throw new KeyfobError(
      'vault_unavailable',
      `The vault ${file} cannot be written (${systemCode(error)}).`,
      {
        hint: 'Look whether the disk is full and the folder is yours.',
        cause: error,
      },
    );
  }
}

type Found = {
  readonly kind: 'missing' | 'good' | 'damaged';
  readonly content?: VaultFile;
  readonly part?: string;
};

async function look(file: string): Promise<Found> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kind: 'missing' };
    throw new KeyfobError('vault_unavailable', `The vault ${file} cannot be read (${systemCode(error)}).`, {
      hint: 'Give yourself the right to read it.',
      cause: error,
    });
  }
  const parsed = parseVaultFile(text);
  if (parsed.kind === 'newer') {
    throw new KeyfobError('vault_unavailable', `The vault ${file} was made by a newer Keyfob.`, {
      hint: 'Use that version, or another KEYFOB_HOME.',
    });
  }
  return parsed;
}

async function load(file: string, tell: (sentence: string) => void): Promise<VaultFile | null> {
  await sweepTemporaries(file);
  const main = await look(file);
  if (main.content !== undefined) return main.content;
  const copy = await look(`${file}.bak`);
  if (copy.content === undefined) {
    if (main.kind === 'missing' && copy.kind === 'missing') return null;
    const [bad, part] = main.kind === 'damaged' ? [file, main.part] : [`${file}.bak`, copy.part];
    throw damaged(bad, part ?? 'the file');
  }
  if (main.kind === 'damaged') {
    const aside = tornName(file);
    await rename(file, aside);
    tell(
      `The vault ${file} was damaged (${main.part ?? 'the file'}); its last good copy is used, and the damaged one is kept as ${aside}.`,
    );
  } else {
    tell(`The vault ${file} was missing; its last good copy is used.`);
  }
  await save(file, copy.content);
  return copy.content;
}

function damaged(file: string, part: string): KeyfobError {
  return new KeyfobError('vault_unavailable', `The vault ${file} is damaged: ${part}.`, {
    hint: 'Put a good copy of the file in its place; or move it and its `.bak` away to begin with an empty vault. Nothing was overwritten.',
  });
}

function emptyFile(cost: ScryptCost): VaultFile {
  const kdf = { name: 'scrypt', ...cost, salt: randomBytes(16).toString('base64') } as const;
  return { keyfob_vault: 1, kdf, check: null, entries: {} };
}

function deriveKey(passphrase: string, { kdf }: VaultFile): Promise<Buffer> {
  // Composed (NFC): keyboards and terminals differ in how they spell one and the same letter.
  const { N, r, p } = kdf;
  const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(
      passphrase.normalize('NFC'),
      Buffer.from(kdf.salt, 'base64'),
      32,
      { N, r, p, maxmem },
      (error, key) => {
        if (error === null) resolve(key);
        else reject(error);
      },
    );
  });
}

function seal(key: Buffer, boundTo: string, text: string): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(boundTo, 'utf8'));
  // JSON, so that every text comes back as it was (halves of surrogate pairs too).
  const ct = Buffer.concat([cipher.update(JSON.stringify(text), 'utf8'), cipher.final()]);
  return {
    iv: iv.toString('base64'),
    ct: ct.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

function unseal(key: Buffer, boundTo: string, sealed: Sealed): string | null {
  try {
    const iv = Buffer.from(sealed.iv, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
      .setAAD(Buffer.from(boundTo, 'utf8'))
      .setAuthTag(Buffer.from(sealed.tag, 'base64'));
    const plain = Buffer.concat([decipher.update(Buffer.from(sealed.ct, 'base64')), decipher.final()]);
    const text: unknown = JSON.parse(plain.toString('utf8'));
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}
