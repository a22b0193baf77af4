// What every kind of vault promises (port.ts). The keychain's is a real Secret Service: run it under
// `dbus-run-session` with an unlocked gnome-keyring and KEYFOB_TEST_SECRET_SERVICE=1.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileVault } from './file-vault.ts';
import { openKeychain } from './keychain.ts';
import { openMemoryVault } from './memory-vault.ts';
import { movableVault } from './movable-vault.ts';
import { absent, forget, replace, VersionConflict } from './port.ts';
import type { Change, Vault } from './port.ts';

const here = process.env['KEYFOB_TEST_SECRET_SERVICE'] === '1';
const why = here ? '' : ' (left out: needs a Secret Service and KEYFOB_TEST_SECRET_SERVICE=1)';
const passphrase = 'correct horse';
let folder = '';

interface Kind {
  readonly name: string;
  readonly left?: boolean;
  /** The same vault, opened once more by another user of it; null where a kind keeps nothing. */
  readonly again: boolean;
  open(): Promise<Vault>;
}

const file = (): Promise<Vault> =>
  openFileVault({
    path: path.join(folder, 'vault.json'),
    passphrase,
    cost: { N: 1024, r: 8, p: 1 },
  });
const kinds: readonly Kind[] = [
  { name: 'memory', again: false, open: async () => openMemoryVault() },
  { name: 'file', again: true, open: file },
  { name: 'file, movable', again: true, open: async () => movableVault(await file()) },
  {
    name: `keychain${why}`,
    left: !here,
    again: true,
    open: () => openKeychain({ service: `Keyfob-contract-${process.pid}` }),
  },
  {
    name: `keychain of small entries${why}`,
    left: !here,
    again: true,
    open: () => openKeychain({ service: `Keyfob-contract-small-${process.pid}`, limitBytes: 384 }),
  },
];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-contract-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(kinds)('a vault in: $name', ({ left, again, open }) => {
  describe.skipIf(left)('', () => {
    let vault: Vault;
    beforeEach(async () => {
      vault = await open();
      for (const id of await vault.list()) await forget(vault, id);
    });
    afterEach(async () => {
      if (vault.locked) await vault.unlock(passphrase);
      for (const id of await vault.list()) await forget(vault, id);
      await vault.close();
    });

    it('has nothing under an id that was never put', async () => {
      expect(await vault.get('hq')).toBeNull();
      expect(await vault.versionOf('hq')).toBe(absent);
      expect(await vault.list()).toEqual([]);
    });

    it('gives back what was put, under a greater version each time', async () => {
      const first = await vault.put('hq', 'one', absent);
      expect(first).toBeGreaterThan(absent);
      expect(await vault.get('hq')).toEqual({ entry: 'one', version: first });
      const second = await vault.put('hq', 'two', first);
      expect(second).toBeGreaterThan(first);
      expect(await vault.get('hq')).toEqual({ entry: 'two', version: second });
      expect(await vault.versionOf('hq')).toBe(second);
      expect(await vault.list()).toEqual(['hq']);
    });

    it('refuses a put and a removal made from an older version, and changes nothing', async () => {
      const first = await vault.put('hq', 'one', absent);
      const second = await vault.put('hq', 'two', first);
      for (const expected of [absent, first, second + 1]) {
        const conflict = { name: 'VersionConflict', id: 'hq', actual: second };
        await expect(vault.put('hq', 'late', expected)).rejects.toMatchObject(conflict);
        await expect(vault.remove('hq', expected)).rejects.toMatchObject(conflict);
      }
      await expect(vault.put('berlin', 'x', 7)).rejects.toBeInstanceOf(VersionConflict);
      await expect(vault.remove('berlin', 7)).rejects.toMatchObject({ actual: absent });
      expect(await vault.get('hq')).toEqual({ entry: 'two', version: second });
      expect(await vault.list()).toEqual(['hq']);
    });

    it('never gives a version twice, after a removal neither', async () => {
      const first = await vault.put('hq', 'one', absent);
      await vault.remove('hq', first);
      expect(await vault.get('hq')).toBeNull();
      await vault.remove('hq', absent);
      expect(await vault.put('hq', 'again', absent)).toBeGreaterThan(first);
      await expect(vault.put('hq', 'late', first)).rejects.toBeInstanceOf(VersionConflict);
    });

    it('lets one of many writers from the same version win', async () => {
      const from = await vault.put('hq', 'from', absent);
      const ended = await Promise.allSettled(['a', 'b', 'c'].map((text) => vault.put('hq', text, from)));
      const won = ended.filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect((await vault.get('hq'))?.version).toBe((won[0] as PromiseFulfilledResult<number>).value);
    });

    it('brings every text back as it was, whatever its length and letters', async () => {
      const unit = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\ud83d', '\ude00', '\0', '"', ''),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(unit), async (pieces) => {
          await replace(vault, 'hq', pieces.join(''));
          expect((await vault.get('hq'))?.entry).toBe(pieces.join(''));
        }),
        { numRuns: 8 },
      );
      await replace(vault, 'hq', 'ü'.repeat(4_000));
      expect((await vault.get('hq'))?.entry).toBe('ü'.repeat(4_000));
    });

    it('takes any name of whole characters for an id, and no other', async () => {
      for (const id of ['HQ', 'hq', 'berlin.sandbox', 'a/b', '../x', 'ü😀', '__proto__', ' ']) {
        await vault.put(id, id, absent);
        expect((await vault.get(id))?.entry).toBe(id);
      }
      for (const id of ['', '\ud83d']) {
        await expect(vault.get(id)).rejects.toMatchObject({ code: 'bad_request' });
        await expect(vault.put(id, '', absent)).rejects.toMatchObject({ code: 'bad_request' });
        await expect(vault.lease(id, 1)).rejects.toMatchObject({ code: 'bad_request' });
      }
    });

    it('hears of each change once it can be read, until it is told to stop', async () => {
      const heard: Change[] = [];
      const seen: unknown[] = [];
      const stop = vault.watch((change) => {
        heard.push(change);
        seen.push(vault.get(change.id));
      });
      const version = await vault.put('hq', 'one', absent);
      await vault.remove('hq', version);
      stop();
      await vault.put('hq', 'unheard', absent);
      expect(heard).toEqual([
        { id: 'hq', version },
        { id: 'hq', version: absent },
      ]);
      expect(await seen[0]).toBeDefined();
    });

    it('leases an entry to one, until it is given back or its time is over', async () => {
      const lease = await vault.lease('hq', 60_000);
      expect(lease).not.toBeNull();
      expect(await vault.lease('hq', 60_000)).toBeNull();
      expect(await vault.lease('berlin', 1)).not.toBeNull();
      await lease?.release();
      const short = await vault.lease('hq', 1);
      expect(short).not.toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const next = await vault.lease('hq', 60_000);
      expect(next).not.toBeNull();
      // What ran out gives back nothing of the next one's.
      await short?.release();
      expect(await vault.lease('hq', 60_000)).toBeNull();
    });

    it('is closed by lock and opened by unlock, with all that it had', async () => {
      const version = await vault.put('hq', 'one', absent);
      await vault.lock();
      expect(vault.locked).toBe(true);
      const calls = [vault.get('hq'), vault.versionOf('hq'), vault.put('hq', 'x', version)];
      for (const call of [...calls, vault.remove('hq', version), vault.list()]) {
        await expect(call).rejects.toMatchObject({ code: 'vault_locked' });
      }
      await vault.unlock(passphrase);
      expect(await vault.get('hq')).toEqual({ entry: 'one', version });
    });

    it('has ended every call when it is settled', async () => {
      let done = false;
      const put = vault.put('hq', 'one', absent).then(() => (done = true));
      await vault.settled();
      await put;
      expect(done).toBe(true);
      expect((await vault.get('hq'))?.entry).toBe('one');
    });

    it.skipIf(!again)(
      'shows another user of it what was kept, and refuses what that one wrote from before',
      async () => {
        const first = await vault.put('hq', 'one', absent);
        const other = await open();
        expect(await other.get('hq')).toEqual({ entry: 'one', version: first });
        const second = await other.put('hq', 'two', first);
        await expect(vault.put('hq', 'late', first)).rejects.toBeInstanceOf(VersionConflict);
        expect(await vault.get('hq')).toEqual({ entry: 'two', version: second });
        await other.close();
      },
    );
  });
});
