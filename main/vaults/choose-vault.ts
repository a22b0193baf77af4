// Which vault a host uses: the one that was named, the one where this home's accounts already are, else the
// best that works here.
//
// Invariants: never a silent fallback. A vault that was named, or that holds accounts already, is opened or
// is an error, but for a keychain with accounts in it that is away for the moment, which is waited for; only when
// nothing was named and nothing is kept anywhere may memory be taken, and then a
// notice says so and why.
import type { VaultKind } from '../api/status.ts';
import { readFile } from 'node:fs/promises';
import { KeyfobError, ReceivedProblem } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import { systemCode } from '../platform/atomic-file.ts';
import { decodeText } from '../platform/text-encoding.ts';
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
  /** Open the vault file locked where no passphrase was given, or it is missing: somebody will be asked. */
  readonly startLocked?: boolean;
  /** Begin a new vault file where the one that holds accounts is missing or cannot be opened. */
  readonly begin?: boolean;
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
  /** Why this one. */
  readonly why: Message;
  /** What a person should be told. */
  readonly notices: readonly Message[];
}

/**
 * Opens the vault to use. Throws `vault_locked` or `vault_unavailable` (exit 8) when the named or remembered
 * one does not open, `bad_request` when the passphrase file cannot be used.
 */
export async function chooseVault(choice: VaultChoice): Promise<ChosenVault> {
  if (choice.named !== undefined) return openKind(choice.named, choice, message('asked_for', {}));
  if (choice.remembered !== undefined && choice.remembered !== 'memory') {
    try {
      return await openKind(choice.remembered, choice, message('accounts_there', {}));
    } catch (error) {
      throw withKeptThere(error, choice.remembered);
    }
  }
  if (choice.passphraseFile !== undefined) {
    return openKind('file', choice, message('passphrase_file_given', {}));
  }
  try {
    return await openKind('keychain', choice, message('keychain_works', {}));
  } catch (error) {
    if (!(error instanceof KeyfobError)) throw error;
    const memory = await openKind('memory', choice, message('nothing_else_works', {}));
    const keep = { type: 'keep_in_file', params: {} } as const;
    const notice = message('nothing_kept', { why: messageOf(error.problem) }, keep);
    return { ...memory, notices: [notice] };
  }
}

/** Least characters of a passphrase for a vault file that is made anew. */
const minPassphraseLength = 8;

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
  if (passphrase === undefined || [...passphrase].length < minPassphraseLength) {
    throw new KeyfobError('passphrase_wanted', { min: minPassphraseLength }, { field: 'passphrase' });
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
    text = decodeText(await readFile(file));
  } catch (error) {
    throw new KeyfobError('passphrase_file_unreadable', { file, code: systemCode(error) }, { cause: error });
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') {
    throw new KeyfobError('passphrase_file_empty', { file });
  }
  return line;
}

async function openKind(kind: VaultKind, choice: VaultChoice, why: Message): Promise<ChosenVault> {
  switch (kind) {
    case 'memory':
      return { vault: openMemoryVault(), why, notices: [] };
    case 'keychain': {
      // Where accounts are kept in it, a keychain that is away for the moment is waited for: they stay listed.
      const mayBeAway = choice.remembered === 'keychain';
      const vault = await openKeychain({
        ...choice.keychain,
        service: choice.paths.serviceName,
        mayBeAway,
      });
      return { vault, why, notices: [] };
    }
    case 'file': {
      const { vaultFile } = choice.paths;
      const { begin = false, startLocked = false } = choice;
      // What holds accounts already is never made anew in silence.
      const mustExist = choice.remembered === 'file';
      const file = { ...choice.file, path: vaultFile, mustExist, begin, mayBeAway: startLocked };
      if (choice.passphraseFile === undefined && startLocked) {
        const vault = await openFileVault(file);
        return { vault, why, notices: vault.notices };
      }
      if (choice.passphraseFile === undefined) {
        const type = file.mustExist ? 'give_passphrase_or_leave' : 'give_passphrase';
        throw new KeyfobError('no_passphrase', { file: vaultFile }, { action: { type, params: {} } });
      }
      const passphrase = await readPassphraseFile(choice.passphraseFile);
      const vault = await openFileVault({ ...file, passphrase });
      return { vault, why, notices: vault.notices };
    }
  }
}

/** The same, with how to go on without the accounts that are kept there. */
function withKeptThere(error: unknown, kind: VaultKind): unknown {
  if (!(error instanceof KeyfobError)) return error;
  const { problem } = error;
  if (problem.action?.type === 'give_passphrase_or_leave') return error;
  const type = kind === 'file' ? 'leave_vault_file' : 'leave_keychain';
  return new ReceivedProblem({ ...problem, action: { type, params: {} } }, error);
}
