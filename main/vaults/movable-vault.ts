// A vault whose secrets can be moved to another one while Keyfob runs.
//
// Invariants: calls and moves go one after another, so that nothing is written to a vault that is being left;
// the settings name the new vault only once it has given back every secret letter by letter; the old one is
// emptied only after that, name by name, and only of what was moved. Until then it is told (`left`) which vault
// holds copies, so that a start after a crash can take them away; a crash at any moment loses nothing. An entry has
// another version in the new vault: whoever still has the old one may write with it, once.
import { createEmitter } from '../platform/emitter.ts';
import type { VaultKind } from '../api/status.ts';
import { KeyfobError } from '../api/errors.ts';
import { createQueue } from '../platform/serial-queue.ts';
import { forget, replace } from './port.ts';
import type { Change, Vault, Version } from './port.ts';

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
  const changes = createEmitter<[Change]>();
  const reach = createEmitter<[]>();
  let current = first;
  let unwatch = follow();
  /** What was moved: the version that its readers may still have, and the one it has now. */
  const moved = new Map<string, { readonly from: Version; readonly to: Version }>();

  function hear(change: Change): void {
    moved.delete(change.id);
    changes.emit(change);
  }
  function follow(): () => void {
    const ends = [current.watch(hear), current.watchReach(reach.emit)];
    return () => {
      for (const end of ends) end();
    };
  }
  const known = (id: string, expected: Version): Version => {
    const move = moved.get(id);
    return move?.from === expected ? move.to : expected;
  };

  const copy = async (target: Vault): Promise<Map<string, { from: Version; to: Version }>> => {
    const written = new Map<string, { from: Version; to: Version }>();
    try {
      for (const id of await current.list()) {
        const found = await current.get(id);
        if (found === null) continue;
        const { entry, version } = found;
        written.set(id, { from: moved.get(id)?.from ?? version, to: version });
        const to = await replace(target, id, entry);
        written.set(id, { from: moved.get(id)?.from ?? version, to });
        if ((await target.get(id))?.entry !== entry) throw notGivenBack(target.kind);
      }
    } catch (error) {
      await forgetIn(target, [...written.keys()]);
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
    get away() {
      return current.away;
    },
    watchReach: reach.on,
    // Not in turn: what waits there may wait for just this.
    look: () => current.look(),
    get: (id) => inTurn(() => current.get(id)),
    // Beside what is in turn: who waits for one entry does not wait for all. What a move left behind is not given.
    async getAll() {
      const from = current;
      const all = await from.getAll();
      return from === current ? all : null;
    },
    versionOf: (id) => inTurn(() => current.versionOf(id)),
    // Begun in turn and ended beside others: a vault may make writes that wait together.
    async put(id, entry, expected) {
      const { writing } = await inTurn(async () => ({
        writing: current.put(id, entry, known(id, expected)),
      }));
      return writing;
    },
    remove: (id, expected) => inTurn(() => current.remove(id, known(id, expected))),
    list: () => inTurn(() => current.list()),
    lease: (id, ttl) => inTurn(() => current.lease(id, ttl)),
    watch: changes.on,
    lock: () => inTurn(() => current.lock()),
    unlock: (passphrase, options) => inTurn(() => current.unlock(passphrase, options)),
    settled: () => inTurn(() => current.settled()),
    close: () => inTurn(() => current.close()),
    moveTo: (target, steps) =>
      inTurn(async () => {
        if (current.locked) {
          throw new KeyfobError('locked_before_move', {});
        }
        await current.settled();
        await steps.begin();
        const written = await copy(target).catch(async (error: unknown) => {
          await steps.done();
          throw error;
        });
        await steps.commit();
        const old = current;
        current = target;
        unwatch();
        unwatch = follow();
        moved.clear();
        for (const [id, versions] of written) moved.set(id, versions);
        const emptied = await forgetIn(old, [...written.keys()]);
        await old.lock();
        if (emptied) await steps.done();
        return emptied;
      }),
  };
}

/** Forgets names in a vault; false when one could not be. */
export async function forgetIn(vault: Vault, names: readonly string[]): Promise<boolean> {
  try {
    for (const name of names) await forget(vault, name);
    return true;
  } catch {
    return false;
  }
}

function notGivenBack(kind: VaultKind): KeyfobError {
  return new KeyfobError(kind === 'keychain' ? 'keychain_altered' : 'vault_altered', {});
}
