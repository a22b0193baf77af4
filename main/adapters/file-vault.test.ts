import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileVault } from './file-vault.ts';
import { parseVaultFile, serializeVaultFile } from './file-vault-format.ts';

const cost = { N: 2 ** 10, r: 8, p: 1 };
const passphrase = 'correct horse';
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-vault-'));
  file = path.join(folder, 'vault.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = (): ReturnType<typeof openFileVault> => openFileVault({ path: file, passphrase, cost });

describe('the file vault', () => {
  it('keeps texts over a restart, readable by the owner alone, and no secret in the clear', async () => {
    const vault = await open();
    await vault.write('hq', 'the refresh token');
    await vault.write('berlin', 'another');
    await vault.delete('berlin');
    await vault.delete('nobody');
    const again = await open();
    expect(await again.read('hq')).toBe('the refresh token');
    expect(await again.read('berlin')).toBeNull();
    expect(await again.list()).toEqual(['hq']);
    expect(again.notices).toEqual([]);
    for (const name of readdirSync(folder)) {
      expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(path.join(folder, name), 'utf8')).not.toMatch(/refresh token|another|horse/);
    }
    expect(readdirSync(folder)).toEqual(['vault.json', 'vault.json.bak']);
  });

  it('brings every text back as it was', async () => {
    const vault = await open();
    const unit = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud83d', '\ude00', '\0', '"'));
    await fc.assert(
      fc.asyncProperty(fc.array(unit), async (parts) => {
        await vault.write('hq', parts.join(''));
        expect(await vault.read('hq')).toBe(parts.join(''));
      }),
      { numRuns: 20 },
    );
  });

  it('makes a missing file at the first unlock, not before', async () => {
    const vault = await openFileVault({ path: path.join(folder, 'deep', 'vault.json'), cost });
    expect(vault.locked).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    await expect(vault.read('hq')).rejects.toMatchObject({ code: 'vault_locked' });
    await expect(vault.unlock()).rejects.toMatchObject({ code: 'vault_locked' });
    await vault.unlock(passphrase);
    expect(vault.locked).toBe(false);
    expect(await vault.list()).toEqual([]);
    expect(statSync(path.join(folder, 'deep')).mode & 0o777).toBe(0o700);
  });

  it('tells a wrong passphrase from damage, and stays as it was', async () => {
    await (await open()).write('hq', 'one');
    const before = readFileSync(file, 'utf8');
    await expect(openFileVault({ path: file, passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'vault_locked',
      message: `The passphrase does not open ${file}.`,
    });
    const vault = await open();
    await expect(vault.unlock('wrong')).rejects.toMatchObject({ code: 'vault_locked' });
    expect(await vault.read('hq')).toBe('one');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('takes a passphrase however its letters are composed', async () => {
    await (await openFileVault({ path: file, passphrase: 'Schl\u00fcssel', cost })).write('hq', 'one');
    const vault = await openFileVault({ path: file, passphrase: 'Schlu\u0308ssel' });
    expect(await vault.read('hq')).toBe('one');
  });

  it('forgets everything when locked and opens again', async () => {
    const vault = await open();
    await vault.write('hq', 'one');
    await vault.lock();
    expect(vault.locked).toBe(true);
    for (const call of [vault.read('hq'), vault.write('hq', 'x'), vault.delete('hq'), vault.list()]) {
      await expect(call).rejects.toMatchObject({ code: 'vault_locked' });
    }
    await vault.unlock(passphrase);
    expect(await vault.read('hq')).toBe('one');
  });

  it('keeps what many writers ask for at once', async () => {
    const vault = await open();
    const names = Array.from({ length: 20 }, (_, n) => `account-${n}`);
    await Promise.all(names.map((name) => vault.write(name, `${name} text`)));
    const again = await open();
    for (const name of names) expect(await again.read(name)).toBe(`${name} text`);
  });

  it('stores its scrypt cost, 2^17 when unsaid', async () => {
    await openFileVault({ path: file, passphrase });
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(stored).toMatchObject({ keyfob_vault: 1, kdf: { name: 'scrypt', N: 131072, r: 8, p: 1 } });
  });
});

describe('a damaged vault file', () => {
  it('gives way to the last good copy, which is told, and is kept aside', async () => {
    const vault = await open();
    await vault.write('hq', 'one');
    await vault.write('hq', 'two');
    const good = readFileSync(file, 'utf8');
    for (const bad of [
      '',
      good.slice(0, good.length / 2),
      good.replace('"N": 1024', '"N": 2048'),
      '{"a":1}',
    ]) {
      writeFileSync(file, bad);
      const told: string[] = [];
      const again = await openFileVault({ path: file, passphrase, onNotice: (one) => told.push(one) });
      expect(await again.read('hq')).toBe('two');
      expect(told).toEqual(again.notices);
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(
        /was damaged \(.+\); its last good copy is used, and the damaged one is kept as/,
      );
      const aside = readdirSync(folder).find((name) => name.startsWith('vault.json.torn-')) ?? '';
      expect(readFileSync(path.join(folder, aside), 'utf8')).toBe(bad);
      unlinkSync(path.join(folder, aside));
      expect((await open()).notices).toEqual([]);
    }
  });

  it('is used from the copy too when it is missing', async () => {
    await (await open()).write('hq', 'one');
    unlinkSync(file);
    const vault = await open();
    expect(await vault.read('hq')).toBe('one');
    expect(vault.notices[0]).toMatch(/was missing/);
  });

  it('is an error when the copy is damaged as well, and nothing is overwritten', async () => {
    await (await open()).write('hq', 'one');
    writeFileSync(file, '{"keyfob_vault":1');
    writeFileSync(`${file}.bak`, '');
    await expect(open()).rejects.toMatchObject({
      code: 'vault_unavailable',
      message: `The vault ${file} is damaged: the file ends early or is no JSON.`,
    });
    expect(readFileSync(file, 'utf8')).toBe('{"keyfob_vault":1');
    expect(readdirSync(folder)).toEqual(['vault.json', 'vault.json.bak']);
  });

  it('finds an entry that was put under another name', async () => {
    const vault = await open();
    await vault.write('hq', 'one');
    const parsed = parseVaultFile(readFileSync(file, 'utf8'));
    if (parsed.kind !== 'good') throw new Error('unreadable');
    const { hq } = parsed.content.entries;
    writeFileSync(file, serializeVaultFile({ ...parsed.content, entries: { hq: hq!, other: hq! } }));
    const again = await open();
    expect(await again.read('hq')).toBe('one');
    await expect(again.read('other')).rejects.toMatchObject({
      code: 'vault_unavailable',
      message: `The vault ${file} is damaged: the entry \`other\`.`,
    });
  });

  it('is not called damaged when a newer version made it', async () => {
    writeFileSync(file, '{"keyfob_vault":2,"more":true}');
    await expect(open()).rejects.toThrow(/made by a newer Keyfob/);
  });
});

it('has the last acknowledged text, or the one after it, when killed while writing', async () => {
  const script = `
    import { openFileVault } from ${JSON.stringify(new URL('./file-vault.ts', import.meta.url).href)};
    const vault = await openFileVault({ path: process.argv[1], passphrase: ${JSON.stringify(passphrase)} });
    for (let n = 1; ; n += 1) {
      await vault.write('hq', String(n));
      console.log(n);
    }`;
  await open();
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, file]);
    let said = '';
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.split('\n').length > 2 + 3 * round) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    const last = Number(said.trim().split('\n').at(-1));
    const vault = await open();
    expect([String(last), String(last + 1)]).toContain(await vault.read('hq'));
    expect(vault.notices).toEqual([]);
  }
}, 60_000);
