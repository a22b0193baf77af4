// A vault whose secrets can be moved to another one while Keyfob runs.
//
// Invariants: calls and moves go one after another, so that nothing is written to a vault that is being left;
// the settings name the new vault only once it has given back every secret letter by letter; the old one is
// emptied only after that, name by name, and only of what was moved. Until then it is told (`left`) which vault
// holds copies, so that a start after a crash can take them away; a crash at any moment loses nothing.
import { readFile, rm } from 'node:fs/promises';
import { KeyfobError } from '../core/errors.ts';
import type { Vault, VaultKind } from '../core/ports.ts';
import { createQueue } from './atomic-file.ts';
import { parseVaultFile } from './file-vault-format.ts';

/** What a move tells to be kept, in this order; each resolves once it would survive kill -9. */
export interface MoveSteps {
  /** Copies are about to be made in the new vault. */
  begin(): Promise<void>;
  /** All are there: from now on the new vault counts, and the old one holds copies. */
  commit(): Promise<void>;
  /** No copies are left. */
  done(): Promise<void>;
}

export interface MovableVault extends Vault {
  /**
   * Moves every secret to another vault, which is open. Throws `vault_locked`, `vault_unavailable` or
   * `unexpected`; then all is as it was. False: what was moved still stands in the old place too.
   */
  moveTo(target: Vault, steps: MoveSteps): Promise<boolean>;
}

/** Makes a vault movable. */
export function movableVault(first: Vault): MovableVault {
  const inTurn = createQueue();
  let current = first;

  const copy = async (target: Vault): Promise<string[]> => {
    const names = await current.list();
    const written: string[] = [];
    try {
      for (const name of names) {
        const text = await current.read(name);
        if (text === null) continue;
        written.push(name);
        await target.write(name, text);
        if ((await target.read(name)) !== text) throw notGivenBack(target.kind);
      }
    } catch (error) {
      for (const name of written) await target.delete(name).catch(() => undefined);
      throw error;
    }
    return written;
  };

  return {
    get kind() {
      return current.kind;
    },
    get locked() {
      return current.locked;
    },
    read: (name) => inTurn(() => current.read(name)),
    write: (name, text) => inTurn(() => current.write(name, text)),
    delete: (name) => inTurn(() => current.delete(name)),
    list: () => inTurn(() => current.list()),
    lock: () => inTurn(() => current.lock()),
    unlock: (passphrase) => inTurn(() => current.unlock(passphrase)),
    moveTo: (target, steps) =>
      inTurn(async () => {
        if (current.locked) {
          throw new KeyfobError('vault_locked', 'Keyfob is locked.', { hint: 'Unlock it before the move.' });
        }
        await steps.begin();
        const names = await copy(target).catch(async (error: unknown) => {
          await steps.done();
          throw error;
        });
        await steps.commit();
        const old = current;
        current = target;
        const emptied = await forgetIn(old, names);
        await old.lock();
        if (emptied) await steps.done();
        return emptied;
      }),
  };
}

/** Forgets names in a vault; false when one could not be. */
export async function forgetIn(vault: Vault, names: readonly string[]): Promise<boolean> {
  try {
    for (const name of names) await vault.delete(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes a vault file (and its last good copy) that holds nothing but these names; its passphrase is not
 * needed for that. False: it holds more, or cannot be read, and was left.
 */
export async function removeVaultFile(file: string, names: readonly string[]): Promise<boolean> {
  const known = new Set(names);
  for (const one of [file, `${file}.bak`]) {
    const text = await readFile(one, 'utf8').catch(() => null);
    if (text === null) continue;
    const parsed = parseVaultFile(text);
    if (parsed.kind !== 'good') return false;
    if (Object.keys(parsed.content.entries).some((name) => !known.has(name))) return false;
  }
  await rm(file, { force: true });
  await rm(`${file}.bak`, { force: true });
  return true;
}

function notGivenBack(kind: VaultKind): KeyfobError {
  return new KeyfobError(
    'vault_unavailable',
    `The ${kind === 'file' ? 'vault file' : kind} did not give back a secret as it was put in.`,
    {
      hint: 'Nothing was moved: the secrets are where they were.',
    },
  );
}
