// Which vault a host uses: the one that was named, the one where this home's accounts already are, else the
// best that works here.
//
// Invariants: never a silent fallback. A vault that was named, or that holds accounts already, is opened or
// is an error; only when nothing was named and nothing is kept anywhere may memory be taken, and then a
// notice says so and why.
import type { VaultKind } from '../api/status.ts';
import { readFile } from 'node:fs/promises';
import { KeyfobError } from '../api/errors.ts';
import { systemCode } from '../platform/atomic-file.ts';
import { openFileVault } from './file-vault.ts';
import type { FileVaultOptions } from './file-vault.ts';
import { openKeychain } from './keychain.ts';
import type { KeychainOptions } from './keychain.ts';
import { openMemoryVault } from './memory-vault.ts';
import type { Vault } from './port.ts';

export interface VaultChoice {
  /** What `--vault` said. */
  readonly named?: VaultKind;
  /** What `--passphrase-file` said. */
  readonly passphraseFile?: string;
  /** The kind of vault that this home's accounts already live in. */
  readonly remembered?: VaultKind;
  /** Open the vault file locked where no passphrase was given: somebody will be asked for it. */
  readonly startLocked?: boolean;
  readonly paths: {
    readonly vaultFile: string;
    /** The service that keychain entries stand under. */
    readonly serviceName: string;
  };
  /** For tests and odd hosts: how the keychain and a new file are opened. */
  readonly keychain?: Omit<KeychainOptions, 'service'>;
  readonly file?: Pick<FileVaultOptions, 'cost'>;
}

export interface ChosenVault {
  readonly vault: Vault;
  /** Why this one: a sentence. */
  readonly why: string;
  /** What a person should be told: sentences. */
  readonly notices: readonly string[];
}

/**
 * Opens the vault to use. Throws `vault_locked` or `vault_unavailable` (exit 8) when the named or remembered
 * one does not open, `bad_request` when the passphrase file cannot be used.
 */
export async function chooseVault(choice: VaultChoice): Promise<ChosenVault> {
  if (choice.named !== undefined) return openKind(choice.named, choice, 'It was asked for by name.');
  if (choice.remembered !== undefined && choice.remembered !== 'memory') {
    try {
      return await openKind(choice.remembered, choice, 'The accounts of this home are kept there.');
    } catch (error) {
      throw withKeptThere(error, choice.remembered);
    }
  }
  if (choice.passphraseFile !== undefined) {
    return openKind('file', choice, 'A passphrase file was given, and no vault was named.');
  }
  try {
    return await openKind('keychain', choice, 'The system keychain works, and no vault was named.');
  } catch (error) {
    if (!(error instanceof KeyfobError)) throw error;
    const memory = await openKind(
      'memory',
      choice,
      'No keychain can be used, and no passphrase file was given.',
    );
    const notice = `Nothing will be kept when Keyfob ends: the secrets are in memory only, because no vault was named and the keychain cannot be used. (${error.message}) To keep them: \`--vault file --passphrase-file F\`.`;
    return { ...memory, notices: [notice] };
  }
}

/** Least characters of a passphrase for a vault file that is made anew. */
const leastPassphrase = 8;

/**
 * Opens the vault that secrets are to be moved to. Throws `bad_request` when a passphrase is wanted, and
 * `vault_locked` or `vault_unavailable` when it does not open.
 */
export async function openTarget(
  kind: 'keychain' | 'file',
  passphrase: string | undefined,
  choice: Pick<VaultChoice, 'paths' | 'keychain' | 'file'>,
): Promise<Vault> {
  if (kind === 'keychain') {
    return openKeychain({ ...choice.keychain, service: choice.paths.serviceName });
  }
  if (passphrase === undefined || [...passphrase].length < leastPassphrase) {
    throw new KeyfobError(
      'bad_request',
      `The vault file wants a passphrase of at least ${String(leastPassphrase)} characters.`,
      { hint: 'Choose one that you will remember: nobody can open the file without it.' },
    );
  }
  return openFileVault({ ...choice.file, path: choice.paths.vaultFile, passphrase });
}

/**
 * Reads a passphrase file: its first line without the line's end. Throws `bad_request` when the file cannot
 * be read or its first line is empty.
 */
export async function readPassphraseFile(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new KeyfobError(
      'bad_request',
      `The passphrase file ${file} cannot be read (${systemCode(error)}).`,
      {
        hint: 'Name a file that is there and that you may read.',
        cause: error,
      },
    );
  }
  const line = text.replace(/^\ufeff/, '').split(/\r?\n/, 1)[0] ?? '';
  if (line === '') {
    throw new KeyfobError('bad_request', `The passphrase file ${file} is empty, or its first line is.`, {
      hint: 'Write the passphrase into its first line.',
    });
  }
  return line;
}

async function openKind(kind: VaultKind, choice: VaultChoice, why: string): Promise<ChosenVault> {
  switch (kind) {
    case 'memory':
      return { vault: openMemoryVault(), why, notices: [] };
    case 'keychain': {
      const vault = await openKeychain({ ...choice.keychain, service: choice.paths.serviceName });
      return { vault, why, notices: [] };
    }
    case 'file': {
      const { vaultFile } = choice.paths;
      // What holds accounts already is never made anew in silence.
      const file = { ...choice.file, path: vaultFile, mustExist: choice.remembered === 'file' };
      if (choice.passphraseFile === undefined && choice.startLocked === true) {
        const vault = await openFileVault(file);
        return { vault, why, notices: vault.notices };
      }
      if (choice.passphraseFile === undefined) {
        throw new KeyfobError('vault_locked', `The vault ${vaultFile} is locked: no passphrase was given.`, {
          hint: 'Give it with `--passphrase-file F` (its first line is the passphrase).',
        });
      }
      const passphrase = await readPassphraseFile(choice.passphraseFile);
      const vault = await openFileVault({ ...file, passphrase });
      return { vault, why, notices: vault.notices };
    }
  }
}

const placeOf: Readonly<Record<VaultKind, string>> = {
  keychain: 'the system keychain',
  file: 'the vault file',
  memory: 'memory',
};

function withKeptThere(error: unknown, kind: VaultKind): unknown {
  if (!(error instanceof KeyfobError)) return error;
  const goOn = `To go on without what is kept there, name another vault: \`--vault memory\`${
    kind === 'file' ? '' : ' or `--vault file --passphrase-file F`'
  }.`;
  // The hint's own list of other vaults would say the same twice.
  const hint = (error.hint ?? '').replace(/ (?:Or keep the secrets elsewhere|To go on without).*$/, '');
  return new KeyfobError(error.code, `This home's accounts are kept in ${placeOf[kind]}. ${error.message}`, {
    hint: `${hint} ${goOn}`.trim(),
    cause: error,
  });
}
