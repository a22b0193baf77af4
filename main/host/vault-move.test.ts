// Moves between real files and, where there is one, a real Secret Service (see main/vaults/keychain.test.ts).
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../accounts/settings.ts';
import type { Settings } from '../accounts/settings.ts';
import { createVaultMove, finishMove } from './vault-move.ts';
import type { VaultMoveOptions } from './vault-move.ts';
import { openFileVault } from '../vaults/file-vault.ts';
import { openKeychain } from '../vaults/keychain.ts';
import { openMemoryVault } from '../vaults/memory-vault.ts';
import { movableVault } from '../vaults/movable-vault.ts';
import { forget, replace } from '../vaults/port.ts';
import type { Vault } from '../vaults/port.ts';

const here = process.env['KEYFOB_TEST_SECRET_SERVICE'] === '1';
const why = here ? '' : ' (left out: needs a Secret Service and KEYFOB_TEST_SECRET_SERVICE=1)';
const service = `Keyfob-move-${process.pid}`;
const passphrase = 'correct horse';
const secrets = { hq: 'canary-secret "ü"', 'berlin.sandbox': '', long: 'x'.repeat(5000) };

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-move-'));
  file = path.join(folder, 'vault.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Home extends VaultMoveOptions {
  kept: Settings;
  readonly told: string[];
}

function home(vault: Vault, kind: 'keychain' | 'file' | null): Home {
  const told: string[] = [];
  const made: Home = {
    vault: movableVault(vault),
    kept: readSettings({ version: 1, vault: kind }),
    told,
    settings: {
      read: () => made.kept,
      change: async (mutate) => {
        made.kept = mutate(made.kept);
      },
    },
    paths: { vaultFile: file, serviceName: service },
    file: { cost: { N: 1024, r: 8, p: 1 } },
    notice: ({ reason }) => void told.push(reason),
  };
  return made;
}

const openFile = (): Promise<Vault> =>
  openFileVault({ path: file, passphrase, cost: { N: 1024, r: 8, p: 1 } });

async function fill(vault: Vault, given: Readonly<Record<string, string>> = secrets): Promise<Vault> {
  for (const [name, text] of Object.entries(given)) await replace(vault, name, text);
  return vault;
}

async function contentOf(vault: Vault): Promise<Record<string, string | null>> {
  const names = (await vault.list()).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await vault.get(name))?.entry ?? null] as const)),
  );
}

describe('a move of the vault', () => {
  it('takes every secret along, empties the old place, and goes on in the new one', async () => {
    const old = await fill(openMemoryVault());
    const moved = home(old, null);
    await createVaultMove(moved)('file', passphrase);
    expect(moved.vault.kind).toBe('file');
    expect(moved.kept).toMatchObject({ vault: 'file', vault_to_empty: null });
    expect(await contentOf(moved.vault)).toEqual(secrets);
    await moved.vault.put('new', 'later', 0);
    expect(await (await openFile()).get('new')).toMatchObject({ entry: 'later' });
    await old.unlock();
    expect(await old.list()).toEqual([]);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const found = path.join(folder, name);
      if (statSync(found).isFile()) expect(readFileSync(found, 'latin1')).not.toContain('canary');
    }
    expect(moved.told).toEqual(['passphrase_from_now_on']);
  });

  it('is refused without a passphrase, with a wrong one, to where they are, and while locked', async () => {
    const moved = home(await fill(openMemoryVault()), null);
    const move = createVaultMove(moved);
    await expect(move('file', undefined)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(move('file', 'short')).rejects.toMatchObject({ code: 'bad_request' });
    expect(existsSync(file)).toBe(false);
    await openFileVault({ path: file, passphrase: 'another one', cost: { N: 1024, r: 8, p: 1 } });
    await expect(move('file', passphrase)).rejects.toMatchObject({ code: 'vault_locked' });
    await moved.vault.lock();
    await expect(move('file', passphrase)).rejects.toMatchObject({ code: 'vault_locked' });
    await moved.vault.unlock();
    const nowhere = { ...moved, keychain: { keytarPath: path.join(folder, 'no-keytar.js') } };
    await expect(createVaultMove(nowhere)('keychain', undefined)).rejects.toMatchObject({
      code: 'vault_unavailable',
    });
    expect(moved.kept).toMatchObject({ vault: null, vault_to_empty: null });
    expect(await contentOf(moved.vault)).toEqual(secrets);
  });

  it('changes nothing when the new vault does not give a secret back', async () => {
    const old = await fill(openMemoryVault());
    const vault = movableVault(old);
    const forgetful = openMemoryVault();
    const liar: Vault = {
      ...forgetful,
      locked: false,
      get: async (id) => (id === 'long' ? { entry: 'y', version: 1 } : forgetful.get(id)),
    };
    const steps: string[] = [];
    const step = (name: string) => async (): Promise<void> => void steps.push(name);
    await expect(
      vault.moveTo(liar, { begin: step('begin'), commit: step('commit'), done: step('done') }),
    ).rejects.toMatchObject({ code: 'vault_unavailable' });
    expect(steps).toEqual(['begin', 'done']);
    expect(vault.kind).toBe('memory');
    expect(await contentOf(vault)).toEqual(secrets);
    expect(await forgetful.list()).toEqual([]);
  });

  it('writes that come meanwhile reach the vault that counts then', async () => {
    const vault = movableVault(await fill(openMemoryVault()));
    const none = async (): Promise<void> => undefined;
    const target = await openFile();
    const read = await vault.get('hq');
    const moving = vault.moveTo(target, { begin: none, commit: none, done: none });
    await vault.put('hq', 'newer', read?.version ?? 0);
    await moving;
    expect(await target.get('hq')).toMatchObject({ entry: 'newer' });
  });
});

/** What is done at the vaults and in the settings, each of which may be the last. */
const two = { hq: secrets.hq, 'berlin.sandbox': '' };
const crash = new Error('killed');
/** A note in the settings, two secrets there, a note, two away, a note. */
const whole = 7;

describe.each([
  ['from a file', 'file'],
  ['to a file', 'keychain'],
] as const)(`a kill during a move %s${why}`, (_what, from) => {
  const to = from === 'file' ? 'keychain' : 'file';
  const clear = async (): Promise<void> => {
    const keychain = await openKeychain({ service });
    for (const name of await keychain.list()) await forget(keychain, name);
    await keychain.lock();
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true });
  };
  const open = (kind: 'keychain' | 'file'): Promise<Vault> =>
    kind === 'file' ? openFile() : openKeychain({ service });

  it.skipIf(!here)(
    'loses nothing, wherever it is, and the next start clears up',
    { timeout: 120_000 },
    async () => {
      for (let point = 0; point <= whole; point++) {
        await clear();
        let left = point;
        // Every step on the disk or in the keychain counts down; at zero everything stops, as at a kill.
        const count = (): void => {
          if (left === 0) throw crash;
          left -= 1;
        };
        const first = home(counted(await fill(await open(from), two), count), from);
        const { vault } = first;
        const move = createVaultMove({
          ...first,
          vault: {
            ...vault,
            kind: from,
            locked: false,
            moveTo: (target, steps) => vault.moveTo(counted(target, count), steps),
          },
          settings: {
            read: () => first.kept,
            change: async (mutate) => {
              count();
              first.kept = mutate(first.kept);
            },
          },
        });
        const ended = await move(to, passphrase).then(
          () => true,
          () => false,
        );
        expect(ended && first.kept.vault_to_empty === null, `after ${point} steps`).toBe(point === whole);
        const kind = first.kept.vault ?? from;
        const again = home(await open(kind), kind);
        again.kept = first.kept;
        expect(await contentOf(again.vault), `after ${point} steps`).toEqual(two);
        await finishMove(again);
        expect(again.kept.vault_to_empty, `after ${point} steps`).toBeNull();
        expect(await contentOf(again.vault)).toEqual(two);
        const other = kind === 'file' ? 'keychain' : 'file';
        const rest = other === 'file' && !existsSync(file) ? [] : await (await open(other)).list();
        expect(rest, `after ${point} steps`).toEqual([]);
      }
      await clear();
    },
  );
});

/** A vault that counts what changes it; nothing is cleaned up after a kill. */
function counted(vault: Vault, count: () => void): Vault {
  return {
    ...vault,
    kind: vault.kind,
    locked: vault.locked,
    put: async (id, entry, expected) => {
      count();
      return vault.put(id, entry, expected);
    },
    remove: async (id, expected) => {
      count();
      await vault.remove(id, expected);
    },
  };
}
