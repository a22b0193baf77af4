// Moving the secrets of a home from one kind of vault to another, and clearing up after a move that was cut short.
//
// Invariant: at every moment the settings name a vault that holds all secrets; see main/vaults/movable-vault.ts.
import { openTarget } from '../vaults/choose-vault.ts';
import type { VaultChoice } from '../vaults/choose-vault.ts';
import { openKeychain } from '../vaults/keychain.ts';
import { removeVaultFile } from '../vaults/file-vault-removal.ts';
import { forgetIn } from '../vaults/movable-vault.ts';
import type { MovableVault } from '../vaults/movable-vault.ts';
import type { VaultKind } from '../api/status.ts';
import type { KeyfobWithSettings } from '../accounts/create.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Settings } from '../accounts/settings.ts';

type Kept = 'keychain' | 'file';

export interface VaultMoveOptions extends Pick<VaultChoice, 'paths' | 'file'> {
  readonly keychain?: VaultChoice['keychain'] | undefined;
  /** What `--vault` said at the start. */
  readonly named?: VaultKind | undefined;
  readonly vault: MovableVault;
  readonly settings: KeyfobWithSettings['settings'];
  /** Tells a person. */
  notice(notice: Message): void;
}

/** Moves the secrets. Throws `bad_request`, `vault_locked`, `vault_unavailable`; then all is as it was. */
export type MoveVault = (to: Kept, passphrase: string | undefined) => Promise<void>;

export function createVaultMove(options: VaultMoveOptions): MoveVault {
  const { vault, settings, paths, keychain, file, named, notice } = options;
  const keep = (change: Partial<Pick<Settings, 'vault' | 'vault_to_empty'>>): Promise<void> =>
    settings.change((now) => ({ ...now, ...change }));

  return async (to, passphrase) => {
    const from = vault.kind;
    if (from === to) {
      throw new KeyfobError(to === 'file' ? 'already_in_file' : 'already_in_keychain', {});
    }
    if (vault.locked) {
      throw new KeyfobError('locked_before_move', {});
    }
    const target = await openTarget(to, passphrase, {
      paths,
      ...(keychain === undefined ? {} : { keychain }),
      ...(file === undefined ? {} : { file }),
    });
    const left: Kept | null = from === 'memory' ? null : from;
    const emptied = await vault
      .moveTo(target, {
        begin: () => keep({ vault_to_empty: to }),
        commit: () => keep({ vault: to, vault_to_empty: left }),
        done: () => keep({ vault_to_empty: null }),
      })
      .catch(async (error: unknown) => {
        if (vault.kind !== to) await target.lock();
        throw error;
      });
    if (left === 'file' && emptied) await removeVaultFile(paths.vaultFile, []);
    if (!emptied) {
      notice(message(`${from}_not_emptied`, {}));
    }
    if (named !== undefined && named !== to) {
      notice(message('leave_out_vault', { vault: named }));
    }
    if (to === 'file') {
      notice(message('passphrase_from_now_on', {}));
    }
  };
}

/**
 * Takes away what a move that was cut short has left: of the names that the vault in use has, and no other.
 * Never throws; what cannot be done now is told and done at a later start.
 */
export async function finishMove({
  vault,
  settings,
  paths,
  keychain,
  notice,
}: VaultMoveOptions): Promise<void> {
  const { vault_to_empty: left } = settings.read();
  // Locked: which names are safe is not known. Another kind than the settings': it was named for this start.
  if (left === null || vault.locked || vault.away !== null || vault.kind === 'memory' || vault.kind === left)
    return;
  try {
    const names = await vault.list();
    const emptied =
      left === 'file'
        ? await removeVaultFile(paths.vaultFile, names)
        : await emptyKeychain(names, paths, keychain);
    if (emptied) await settings.change((now) => ({ ...now, vault_to_empty: null }));
    else notice(message(`${left}_copies_left`, {}));
  } catch {
    notice(message(`${left}_copies_left`, {}));
  }
}

async function emptyKeychain(
  names: readonly string[],
  paths: VaultMoveOptions['paths'],
  options: VaultMoveOptions['keychain'],
): Promise<boolean> {
  const keychain = await openKeychain({ ...options, service: paths.serviceName });
  try {
    return await forgetIn(keychain, names);
  } finally {
    await keychain.lock();
  }
}
