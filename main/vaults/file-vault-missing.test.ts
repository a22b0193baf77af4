// A vault file that is missing, or something else in its place, where accounts are kept in it.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileVault } from './file-vault.ts';
import type { FileVault, FileVaultOptions } from './file-vault.ts';
import { absent } from './port.ts';

const passphrase = 'correct horse battery';
const cost = { N: 1024, r: 8, p: 1 };
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-missing-'));
  file = path.join(folder, 'vault.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const open = (more: Partial<FileVaultOptions> = {}): Promise<FileVault> =>
  openFileVault({ path: file, passphrase, cost, ...more });
const both = (): string[] => [file, `${file}.bak`];
/** All that stands in the folder, with its content. */
const everything = (): unknown[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => [name, tryRead(path.join(folder, name))]);
const tryRead = (name: string): string | null => {
  try {
    return readFileSync(name, 'latin1');
  } catch {
    return null;
  }
};

const faults: [string, () => void, string][] = [
  ['missing', () => both().forEach((one) => renameSync(one, `${one}.elsewhere`)), 'vault_missing'],
  ['empty', () => both().forEach((one) => truncateSync(one, 0)), 'vault_damaged'],
  ['cut short', () => both().forEach((one) => truncateSync(one, 100)), 'vault_damaged'],
  ['of another program', () => both().forEach((one) => writeFileSync(one, '{"a":1}')), 'vault_damaged'],
  [
    'a folder',
    () => {
      rmSync(file);
      mkdirSync(file);
    },
    'vault_is_folder',
  ],
];

describe.each(faults)('a vault file that is %s', (_what, spoil, reason) => {
  async function spoilt(): Promise<void> {
    const vault = await open();
    await vault.put('hq', 'one', absent);
    await vault.close();
    spoil();
  }

  it('is told and left as it is, with the passphrase and without, at a start and at an unlock', async () => {
    const running = await open();
    await running.put('hq', 'one', absent);
    await running.lock();
    spoil();
    const before = everything();
    const refused = { code: 'vault_unavailable', problem: { reason, params: { file } } };
    await expect(running.unlock(passphrase)).rejects.toMatchObject(refused);
    expect(running.away?.problem.reason).toBe(reason);
    await expect(open({ mustExist: true })).rejects.toMatchObject(refused);
    const waiting = await open({ mustExist: true, mayBeAway: true });
    expect([waiting.locked, waiting.away?.problem.reason]).toEqual([true, reason]);
    await expect(waiting.unlock(passphrase)).rejects.toMatchObject(refused);
    expect(everything()).toEqual(before);
  });

  it('is begun anew when a person says so, and what stood there is kept aside', async () => {
    await spoilt();
    const before = everything();
    const vault = await open({ mustExist: true, mayBeAway: true });
    await vault.unlock('another passphrase', { begin: true });
    expect([vault.locked, vault.away, await vault.list()]).toEqual([false, null, []]);
    await vault.put('hq', 'two', absent);
    const kept = everything().map((one) => JSON.stringify(one).replace(/^\["[^"]*",/, ''));
    for (const one of before) expect(kept).toContain(JSON.stringify(one).replace(/^\["[^"]*",/, ''));
    const again = await open({ mustExist: true, passphrase: 'another passphrase' });
    expect((await again.get('hq'))?.entry).toBe('two');
  });
});

describe('a vault file that was missing', () => {
  it('is found when it is put back, and opened with its passphrase', async () => {
    await (await open()).put('hq', 'one', absent);
    for (const one of both()) renameSync(one, `${one}.elsewhere`);
    const vault = await openFileVault({ path: file, mustExist: true, mayBeAway: true });
    let changes = 0;
    vault.watchReach(() => (changes += 1));
    await vault.look();
    expect([vault.away?.problem.reason, changes]).toEqual(['vault_missing', 0]);
    for (const one of both()) renameSync(`${one}.elsewhere`, one);
    await vault.look();
    expect([vault.away, changes]).toEqual([null, 1]);
    await vault.unlock(passphrase);
    expect((await vault.get('hq'))?.entry).toBe('one');
  });

  it('is not begun anew over one that only another passphrase opens', async () => {
    await (await open()).put('hq', 'one', absent);
    const before = everything();
    await expect(open({ mustExist: true, begin: true, passphrase: 'another' })).rejects.toMatchObject({
      problem: { reason: 'wrong_passphrase' },
    });
    expect(everything()).toEqual(before);
  });
});
