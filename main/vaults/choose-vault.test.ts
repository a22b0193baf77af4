import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { message } from '../api/problems/index.ts';
import type { KeyfobError } from '../api/errors.ts';
import { chooseVault, readPassphraseFile } from './choose-vault.ts';
import type { VaultChoice } from './choose-vault.ts';

let folder: string;
let passphraseFile: string;
let base: VaultChoice;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-choose-'));
  passphraseFile = path.join(folder, 'passphrase');
  writeFileSync(passphraseFile, 'correct horse\r\nnot this line\n');
  base = {
    paths: { vaultFile: path.join(folder, 'vault.json'), serviceName: 'Keyfob-test' },
    // A keychain that is nowhere, whatever this machine has.
    keychain: { keytarPath: path.join(folder, 'no-keytar.js') },
    file: { cost: { N: 1024, r: 8, p: 1 } },
  };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const failure = async (choice: Partial<VaultChoice>): Promise<KeyfobError> =>
  chooseVault({ ...base, ...choice }).then(
    () => {
      throw new Error('a vault was opened');
    },
    (error: unknown) => error as KeyfobError, // the only thing it rejects with; the code is asserted
  );

describe('chooseVault', () => {
  it('opens the one that was named', async () => {
    expect((await chooseVault({ ...base, named: 'memory' })).notices).toEqual([]);
    const { vault } = await chooseVault({ ...base, named: 'file', passphraseFile });
    expect([vault.kind, vault.locked]).toEqual(['file', false]);
  });

  it('never falls back from one that was named', async () => {
    expect(await failure({ named: 'keychain', passphraseFile })).toMatchObject({ code: 'vault_unavailable' });
    expect(await failure({ named: 'file' })).toMatchObject({ code: 'vault_locked' });
    await chooseVault({ ...base, named: 'file', passphraseFile });
    writeFileSync(passphraseFile, 'wrong');
    expect(await failure({ named: 'file', passphraseFile })).toMatchObject({ code: 'vault_locked' });
  });

  it('treats the one that holds accounts as if it was named, and says how to go on', async () => {
    const keychain = await failure({ remembered: 'keychain', passphraseFile });
    expect(keychain.problem).toMatchObject({
      code: 'vault_unavailable',
      reason: 'keytar_not_loaded',
      action: { type: 'leave_keychain' },
    });
    await chooseVault({ ...base, passphraseFile });
    const file = await failure({ remembered: 'file' });
    expect(file.problem).toMatchObject({
      code: 'vault_locked',
      reason: 'no_passphrase',
      action: { type: 'give_passphrase_or_leave' },
    });
    const { vault } = await chooseVault({ ...base, remembered: 'keychain', named: 'memory' });
    expect(vault.kind).toBe('memory');
  });

  it('never makes a vault file anew where accounts are kept in it, named or not, open or locked', async () => {
    for (const named of [{}, { named: 'file' }] as const) {
      const missing = {
        code: 'vault_unavailable',
        reason: 'vault_missing',
        params: { file: base.paths.vaultFile },
        action: { type: 'leave_vault_file' },
      };
      const { problem } = await failure({ ...named, passphraseFile, remembered: 'file' });
      expect(problem).toMatchObject(missing);
      // Where somebody can be asked, it is said there.
      for (const given of [{}, { passphraseFile }]) {
        const asking = { ...named, ...given, startLocked: true, remembered: 'file' } as const;
        const { vault } = await chooseVault({ ...base, ...asking });
        expect([vault.locked, vault.away?.problem]).toMatchObject([true, missing]);
        await expect(vault.unlock('correct horse')).rejects.toMatchObject({ problem: missing });
      }
    }
    expect(existsSync(base.paths.vaultFile)).toBe(false);
    expect((await chooseVault({ ...base, remembered: 'file', named: 'memory' })).vault.kind).toBe('memory');
  });

  it('takes the file for a passphrase file when nothing was named', async () => {
    expect((await chooseVault({ ...base, passphraseFile })).vault.kind).toBe('file');
  });

  it('takes memory as the last resort and says that nothing will be kept, and why', async () => {
    const { vault, notices, why } = await chooseVault({ ...base, remembered: 'memory' });
    expect(vault.kind).toBe('memory');
    expect(notices).toEqual([
      message(
        'nothing_kept',
        { why: message('keytar_not_loaded', {}) },
        { type: 'keep_in_file', params: {} },
      ),
    ]);
    expect(why).toEqual(message('nothing_else_works', {}));
  });

  it('hands on what the file vault has to tell', async () => {
    await chooseVault({ ...base, named: 'file', passphraseFile });
    writeFileSync(base.paths.vaultFile, readFileSync(base.paths.vaultFile, 'utf8').slice(0, 40));
    const { notices } = await chooseVault({ ...base, named: 'file', passphraseFile });
    expect(notices[0]).toMatchObject({ reason: 'vault_was_damaged' });
  });
});

describe('readPassphraseFile', () => {
  it('takes the first line without its end, spaces kept', async () => {
    expect(await readPassphraseFile(passphraseFile)).toBe('correct horse');
    writeFileSync(passphraseFile, ' pass word ');
    expect(await readPassphraseFile(passphraseFile)).toBe(' pass word ');
  });

  it('names a file that is empty or cannot be read', async () => {
    writeFileSync(passphraseFile, '\nsecond');
    for (const file of [passphraseFile, path.join(folder, 'nowhere'), folder]) {
      await expect(readPassphraseFile(file)).rejects.toMatchObject({
        code: 'bad_request',
        problem: { params: { file } },
      });
    }
  });
});
