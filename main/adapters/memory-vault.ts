// A vault that keeps nothing beyond the process: asked for by name, or the last resort that is told.
//
// Invariants: `lock` hides the texts and keeps them (there is nowhere to read them from again); `unlock`
// needs no passphrase and shows them again.
import { KeyfobError } from '../core/errors.ts';
import type { Vault } from '../core/ports.ts';

/** Opens an empty vault in memory. Its calls throw `vault_locked` between `lock` and `unlock`. */
export function openMemoryVault(): Vault {
  const texts = new Map<string, string>();
  let locked = false;
  const opened = (): Map<string, string> => {
    if (locked) {
      throw new KeyfobError('vault_locked', 'Keyfob is locked.', { hint: 'Unlock it with `keyfob unlock`.' });
    }
    return texts;
  };
  return {
    kind: 'memory',
    get locked() {
      return locked;
    },
    async read(name) {
      return opened().get(name) ?? null;
    },
    async write(name, text) {
      opened().set(name, text);
    },
    async delete(name) {
      opened().delete(name);
    },
    async list() {
      return [...opened().keys()];
    },
    async lock() {
      locked = true;
    },
    async unlock() {
      locked = false;
    },
  };
}
