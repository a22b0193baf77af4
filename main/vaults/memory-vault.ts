// A vault that keeps nothing beyond the process: asked for by name, or the last resort that is told.
//
// Invariants: `lock` hides the entries and keeps them (there is nowhere to read them from again); `unlock`
// needs no passphrase and shows them again.
import { KeyfobError } from '../api/errors.ts';
import { checkId, inProcess, readOneByOne } from './in-process.ts';
import { alwaysWithinReach } from './reach.ts';
import { absent, VersionConflict } from './port.ts';
import type { Vault, Version, Versioned } from './port.ts';

/** Opens an empty vault in memory. Its calls throw `vault_locked` between `lock` and `unlock`. */
export function openMemoryVault(): Vault {
  const entries = new Map<string, Versioned>();
  const { lease, watch, tell } = inProcess();
  let counter: Version = absent;
  let locked = false;
  const opened = (id?: string): Map<string, Versioned> => {
    if (id !== undefined) checkId(id);
    if (locked) {
      throw new KeyfobError('locked', {}, { action: { type: 'unlock', params: {} } });
    }
    return entries;
  };
  const expect = (id: string, expected: Version): void => {
    const actual = opened(id).get(id)?.version ?? absent;
    if (actual !== expected) throw new VersionConflict(id, actual);
  };
  return {
    kind: 'memory',
    get locked() {
      return locked;
    },
    ...alwaysWithinReach,
    ...readOneByOne,
    lease,
    watch,
    get: async (id) => opened(id).get(id) ?? null,
    versionOf: async (id) => opened(id).get(id)?.version ?? absent,
    async put(id, entry, expected) {
      expect(id, expected);
      counter += 1;
      entries.set(id, { entry, version: counter });
      tell({ id, version: counter });
      return counter;
    },
    async remove(id, expected) {
      expect(id, expected);
      if (entries.delete(id)) tell({ id, version: absent });
    },
    list: async () => [...opened().keys()],
    async lock() {
      locked = true;
    },
    async unlock() {
      locked = false;
    },
    settled: async () => undefined,
    close: async () => undefined,
  };
}
