import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    expect(keychain.code).toBe('vault_unavailable');
    expect(keychain.message).toMatch(/^This home's accounts are kept in the system keychain\. /);
    expect(keychain.hint).toMatch(
      /name another vault: `--vault memory` or `--vault file --passphrase-file F`\.$/,
    );
    await chooseVault({ ...base, passphraseFile });
    const file = await failure({ remembered: 'file' });
    expect(file.code).toBe('vault_locked');
    expect(file.hint).toMatch(/--passphrase-file F.*--vault memory/);
    const { vault } = await chooseVault({ ...base, remembered: 'keychain', named: 'memory' });
    expect(vault.kind).toBe('memory');
  });

  it('never makes a vault file anew where accounts are kept in it, named or not, open or locked', async () => {
    for (const named of [{}, { named: 'file' }] as const) {
      for (const given of [{ passphraseFile }, { startLocked: true }]) {
        const { code, message, hint } = await failure({ ...named, ...given, remembered: 'file' });
        expect(code).toBe('vault_unavailable');
        expect(hint?.match(/--vault memory/g)).toHaveLength(1);
        expect(message).toMatch(/The vault .*vault\.json is missing, and accounts are kept in it\.$/);
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
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^Nothing will be kept.*\(The system keychain cannot be used: .*keytar/);
    expect(why).toMatch(/No keychain/);
  });

  it('hands on what the file vault has to tell', async () => {
    await chooseVault({ ...base, named: 'file', passphraseFile });
    writeFileSync(base.paths.vaultFile, readFileSync(base.paths.vaultFile, 'utf8').slice(0, 40));
    const { notices } = await chooseVault({ ...base, named: 'file', passphraseFile });
    expect(notices[0]).toMatch(/last good copy is used/);
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
        message: expect.stringContaining(file) as unknown,
      });
    }
  });
});
