// The file vault on a real disk: its format, what damages it, and a disk that is full. What every kind promises
// stands in contract.test.ts, kills in file-vault-kill.test.ts.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectMode } from '../../testing/system.ts';
import { message, type Message } from '../api/problems/index.ts';
import { writeFormat1 } from '../../testing/vault-format-1.ts';
import { openFileVault } from './file-vault.ts';
import type { FileVault, FileVaultOptions } from './file-vault.ts';
import { removeVaultFile } from './file-vault-removal.ts';
import { hashOf } from './file-vault-entries.ts';
import { absent, forget, replace, VersionConflict } from './port.ts';

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

const open = (more: Partial<FileVaultOptions> = {}): Promise<FileVault> =>
  openFileVault({ path: file, passphrase, cost, ...more });
const textOf = async (vault: FileVault, id: string): Promise<string | undefined> =>
  (await vault.get(id))?.entry;
const inside = (): string => {
  const name = readdirSync(folder).find((one) => /^vault-[0-9a-f]{16}$/.test(one)) ?? '';
  return path.join(folder, name);
};
const filesOf = (id: string): string[] =>
  readdirSync(inside())
    .filter((name) => name.startsWith(hashOf(id)))
    .map((name) => path.join(inside(), name));
const indexFiles = (): string[] =>
  readdirSync(inside())
    .filter((name) => name.startsWith('index.'))
    .map((name) => path.join(inside(), name));
const allFiles = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile());

describe('the file vault', () => {
  it('keeps entries over a restart, readable by the owner alone, and no secret in the clear', async () => {
    const vault = await open();
    await vault.put('hq', 'the refresh token', absent);
    await replace(vault, 'berlin', 'another');
    await forget(vault, 'berlin');
    const again = await open();
    expect(await textOf(again, 'hq')).toBe('the refresh token');
    expect(await again.list()).toEqual(['hq']);
    expect(again.notices).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual([path.basename(inside()), 'vault.json', 'vault.json.bak']);
    expectMode(inside(), 0o700);
    for (const name of allFiles()) {
      expectMode(name, 0o600);
      expect(readFileSync(name, 'latin1')).not.toMatch(/refresh token|another|horse/);
    }
    expect(readdirSync(inside())).toHaveLength(2);
  });

  it('writes one entry and a line of the index, however many others there are', async () => {
    const vault = await open();
    const entry = 'x'.repeat(3_000);
    for (let n = 0; n < 60; n += 1) await vault.put(`account-${String(n)}`, entry, absent);
    const before = new Map(allFiles().map((name) => [name, statSync(name).size]));
    await replace(vault, 'account-7', entry);
    const written = allFiles()
      .map((name) => statSync(name).size - (before.get(name) ?? 0))
      .reduce((a, b) => a + b);
    expect(written).toBeGreaterThan(entry.length);
    expect(written).toBeLessThan(entry.length + 600);
  });

  it('makes a missing file at the first unlock, not before', async () => {
    const deep = path.join(folder, 'deep', 'vault.json');
    const vault = await openFileVault({ path: deep, cost });
    expect(vault.locked).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    await expect(vault.get('hq')).rejects.toMatchObject({ code: 'vault_locked' });
    await expect(vault.unlock()).rejects.toMatchObject({ code: 'vault_locked' });
    await vault.unlock(passphrase);
    expect(await vault.list()).toEqual([]);
    expectMode(path.join(folder, 'deep'), 0o700);
  });

  it('is never made in silence where accounts are kept in it', async () => {
    const missing = {
      code: 'vault_unavailable',
      problem: { reason: 'vault_missing', params: { file }, action: { type: 'leave_vault_file' } },
    };
    await expect(open({ mustExist: true })).rejects.toMatchObject(missing);
    await expect(openFileVault({ path: file, mustExist: true })).rejects.toMatchObject(missing);
    expect(readdirSync(folder)).toEqual([]);
    await open();
    for (const one of [file, `${file}.bak`]) unlinkSync(one);
    await expect(open({ mustExist: true })).rejects.toMatchObject(missing);
    expect((await open()).notices[0]).toEqual(message('vault_begun_anew', { file }));
  });

  it('tells a wrong passphrase from damage, and stays as it was', async () => {
    await replace(await open(), 'hq', 'one');
    const before = readFileSync(file, 'utf8');
    await expect(open({ passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'vault_locked',
      problem: { reason: 'wrong_passphrase', params: { file } },
    });
    const vault = await open();
    await expect(vault.unlock('wrong')).rejects.toMatchObject({ code: 'vault_locked' });
    expect(await textOf(vault, 'hq')).toBe('one');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('takes a passphrase however its letters are composed', async () => {
    const vault = await open({ passphrase: 'Schl\u00fcssel' });
    await replace(vault, 'hq', 'one');
    expect(await textOf(await open({ passphrase: 'Schlu\u0308ssel' }), 'hq')).toBe('one');
  });

  it('keeps what many writers ask for at once', async () => {
    const vault = await open();
    const names = Array.from({ length: 20 }, (_, n) => `account-${n}`);
    await Promise.all(names.map((name) => vault.put(name, `${name} text`, absent)));
    const again = await open();
    for (const name of names) expect(await textOf(again, name)).toBe(`${name} text`);
  });

  it('keeps a crowd of writes by few lines of its index, and refuses those alone that name another version', async () => {
    const vault = await open();
    const names = Array.from({ length: 100 }, (_, n) => `account-${n}`);
    const first = await Promise.all(names.map((name) => vault.put(name, 'one', absent)));
    const lines = (): number => readFileSync(indexFiles()[0] ?? '', 'latin1').split('\n').length;
    const before = lines();
    const wrong = new Set([3, 50]);
    const done = await Promise.allSettled([
      ...names.map((name, n) => vault.put(name, 'two', (first[n] ?? 0) + (wrong.has(n) ? 1 : 0))),
      vault.put('account-7', 'three', first[7] ?? 0),
    ]);
    expect(lines() - before).toBeLessThan(10);
    expect(done.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([3, 50, 100]);
    const again = await open();
    for (const [n, name] of names.entries())
      expect(await textOf(again, name)).toBe(wrong.has(n) ? 'one' : 'two');
    expect(again.notices).toEqual([]);
    const locking = vault.lock();
    await expect(vault.put('account-1', 'late', 1)).rejects.toMatchObject({ code: 'vault_locked' });
    await locking;
  });

  it('keeps its index short over many writes', async () => {
    const vault = await open();
    let version = await vault.put('hq', '0', absent);
    await vault.put('berlin', 'stays', absent);
    const [first = ''] = indexFiles();
    const line = statSync(first).size / 3;
    for (let n = 1; n <= 250; n += 1) version = await vault.put('hq', String(n), version);
    expect(indexFiles()).toHaveLength(1);
    expect(indexFiles()).not.toContain(first);
    expect(statSync(indexFiles()[0] ?? '').size).toBeLessThan(110 * line);
    const again = await open();
    expect(await again.get('hq')).toEqual({ entry: '250', version });
    expect(await textOf(again, 'berlin')).toBe('stays');
    expect(again.notices).toEqual([]);
  });

  it('stores its scrypt cost, 2^17 when left out', async () => {
    await openFileVault({ path: file, passphrase });
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(stored).toMatchObject({ keyfob_vault: 2, kdf: { name: 'scrypt', N: 131072, r: 8, p: 1 } });
  });

  it('is taken away without its passphrase when it holds nothing but what is elsewhere', async () => {
    const vault = await open();
    await replace(vault, 'hq', 'one');
    await vault.close();
    expect(await removeVaultFile(file, ['berlin'])).toBe(false);
    expect(await textOf(await open(), 'hq')).toBe('one');
    expect(await removeVaultFile(file, ['hq', 'berlin'])).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('two processes with one file vault', () => {
  it('never undo each other: of writers from one version one wins, and all others are kept', async () => {
    await open();
    const script = `
      import { openFileVault } from ${JSON.stringify(new URL('./file-vault.ts', import.meta.url).href)};
      const [file, me] = process.argv.slice(1);
      const vault = await openFileVault({ path: file, passphrase: ${JSON.stringify(passphrase)} });
      let won = 0;
      for (let n = 0; n < 60; n += 1) {
        await vault.put(me + '-' + (n % 3), String(n), await vault.versionOf(me + '-' + (n % 3)));
        for (;;) {
          const version = await vault.versionOf('shared');
          const kept = version === 0 ? 0 : Number((await vault.get('shared')).entry);
          try { await vault.put('shared', String(kept + 1), version); won += 1; break; }
          catch (error) { if (error.name !== 'VersionConflict') throw error; }
        }
      }
      console.log(won, vault.notices.length);`;
    const ended = await Promise.all(
      ['a', 'b', 'c'].map(async (me) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script, file, me]);
        let output = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (data: Buffer) => (output += data.toString()));
        }
        await new Promise((resolve) => child.once('close', resolve));
        return output.trim();
      }),
    );
    expect(ended).toEqual(['60 0', '60 0', '60 0']);
    const vault = await open();
    expect(await textOf(vault, 'shared')).toBe('180');
    for (const me of ['a', 'b', 'c']) {
      for (const n of [0, 1, 2]) expect(await textOf(vault, `${me}-${n}`)).toBe(String(57 + n));
    }
    expect(vault.notices).toEqual([]);
  }, 60_000);

  it('opened again and again while another writes, has nothing to tell and undoes nothing', async () => {
    const one = await open();
    let version = await one.put('hq', '0', absent);
    let writing = true;
    const writer = (async () => {
      for (let n = 1; n <= 150; n += 1) version = await one.put('hq', String(n), version);
      writing = false;
    })();
    const told: string[] = [];
    let opened = 0;
    for (; writing; opened += 1) {
      const other = await open();
      told.push(...other.notices.map(({ reason }) => reason));
      expect(await other.get('hq')).not.toBeNull();
    }
    await writer;
    expect(opened).toBeGreaterThan(3);
    expect(told).toEqual([]);
    expect(await (await open()).get('hq')).toEqual({ entry: '150', version });
  });

  it('see what the other wrote, in an index that the other has replaced too', async () => {
    const one = await open();
    const two = await open();
    let version = await one.put('hq', '0', absent);
    for (let n = 1; n <= 130; n += 1) version = await one.put('hq', String(n), version);
    expect(await two.get('hq')).toBeNull();
    await expect(two.put('hq', 'late', absent)).rejects.toBeInstanceOf(VersionConflict);
    expect(await two.get('hq')).toEqual({ entry: '130', version });
    const next = await two.put('hq', '131', version);
    await expect(one.put('hq', 'late', version)).rejects.toBeInstanceOf(VersionConflict);
    expect(await one.get('hq')).toEqual({ entry: '131', version: next });
  });
});

describe('a damaged vault file', () => {
  it('gives way to the last good copy, which is told, and is kept aside', async () => {
    const vault = await open();
    await replace(vault, 'hq', 'two');
    const good = readFileSync(file, 'utf8');
    for (const bad of [
      '',
      good.slice(0, good.length / 2),
      good.replace('"N": 1024', '"N": 2048'),
      good.replace('"keyfob_vault": 2', '"keyfob_vault": 3'),
      '{"a":1}',
    ]) {
      writeFileSync(file, bad);
      const told: Message[] = [];
      const again = await open({ onNotice: (one) => told.push(one) });
      expect(await textOf(again, 'hq')).toBe('two');
      expect(told).toEqual(again.notices);
      const aside = readdirSync(folder).find((name) => name.startsWith('vault.json.torn-')) ?? '';
      expect(told).toMatchObject([
        { reason: 'vault_was_damaged', params: { file, aside: path.join(folder, aside) } },
      ]);
      expect(readFileSync(path.join(folder, aside), 'utf8')).toBe(bad);
      unlinkSync(path.join(folder, aside));
      expect((await open()).notices).toEqual([]);
    }
  });

  it('is used from the copy too when it is missing', async () => {
    await replace(await open(), 'hq', 'one');
    unlinkSync(file);
    const vault = await open({ mustExist: true });
    expect(await textOf(vault, 'hq')).toBe('one');
    expect(vault.notices).toEqual([message('vault_was_missing', { file })]);
  });

  it('is an error when the copy is damaged as well, and nothing is overwritten', async () => {
    await replace(await open(), 'hq', 'one');
    writeFileSync(file, '{"keyfob_vault":1');
    writeFileSync(`${file}.bak`, '');
    const before = readdirSync(folder);
    await expect(open()).rejects.toMatchObject({
      code: 'vault_unavailable',
      problem: { reason: 'vault_damaged', params: { file, damage: message('damage_cut_short', {}) } },
    });
    expect(readFileSync(file, 'utf8')).toBe('{"keyfob_vault":1');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('is not called damaged when a newer version made it', async () => {
    writeFileSync(file, '{"keyfob_vault":3,"more":true}');
    await expect(open()).rejects.toMatchObject({ problem: { reason: 'vault_of_newer' } });
  });

  it('is told when a folder stands in its place, or its own folder is gone', async () => {
    await open();
    const gone = inside();
    renameSync(gone, path.join(folder, 'away'));
    await expect(open()).rejects.toMatchObject({
      code: 'vault_unavailable',
      problem: { params: { damage: message('damage_folder_missing', { folder: gone }) } },
    });
    unlinkSync(file);
    mkdirSync(file);
    await expect(open()).rejects.toMatchObject({
      code: 'vault_unavailable',
      problem: { reason: 'vault_is_folder', params: { file } },
    });
  });
});

describe('a damaged entry', () => {
  beforeEach(async () => {
    const vault = await open();
    for (const id of ['hq', 'berlin', 'oslo']) await replace(vault, id, `${id} text`);
  });
  const others = async (vault: FileVault): Promise<void> => {
    expect(await textOf(vault, 'berlin')).toBe('berlin text');
    expect(await textOf(vault, 'oslo')).toBe('oslo text');
  };

  it('is told by its name when an older one was put back in its place, and the others are served', async () => {
    const [old = ''] = filesOf('hq');
    const kept = readFileSync(old);
    await replace(await open(), 'hq', 'newer');
    const [now = ''] = filesOf('hq');
    // Under the newer one's name, and under its own.
    for (const name of [now, old]) {
      unlinkSync(filesOf('hq')[0] ?? '');
      writeFileSync(name, kept);
      const vault = await open();
      await expect(vault.get('hq')).rejects.toMatchObject({
        code: 'vault_unavailable',
        problem: { params: { file, account: 'hq' }, action: { type: 'remove_account' } },
      });
      await others(vault);
    }
    const vault = await open();
    expect(vault.notices[0]).toEqual(message('entries_missing', { file, accounts: ['hq'] }));
    await replace(vault, 'hq', 'anew');
    expect(await textOf(await open(), 'hq')).toBe('anew');
  });

  it('is told by its name when it is another’s, a folder, or gone', async () => {
    const [hq = ''] = filesOf('hq');
    const [berlin = ''] = filesOf('berlin');
    const damage = [
      () => cpSync(berlin, hq),
      () => (unlinkSync(hq), mkdirSync(hq)),
      () => rmSync(hq, { recursive: true }),
    ];
    for (const act of damage) {
      act();
      const vault = await open();
      await expect(vault.get('hq')).rejects.toMatchObject({
        problem: { params: { file, account: 'hq' } },
      });
      await others(vault);
    }
    await forget(await open(), 'hq');
    expect((await open()).notices).toEqual([]);
  });

  it('is told by its name, or loses nothing, whichever bit of the vault is flipped', async () => {
    for (const name of allFiles()) {
      const good = readFileSync(name);
      // KEYFOB_TEST_EVERY_BIT=1 looks at each byte; it takes minutes.
      const step = process.env['KEYFOB_TEST_EVERY_BIT'] === '1' ? 1 : Math.ceil(good.length / 40);
      for (let at = 0; at < good.length; at += step) {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
        const copy = path.join(folder, 'copy');
        rmSync(copy, { recursive: true, force: true });
        mkdirSync(copy);
        for (const one of readdirSync(folder)) {
          if (one !== 'copy') cpSync(path.join(folder, one), path.join(copy, one), { recursive: true });
        }
        writeFileSync(path.join(copy, path.relative(folder, name)), bad);
        const vault = await openFileVault({ path: path.join(copy, 'vault.json'), passphrase });
        const lost: string[] = [];
        for (const id of ['hq', 'berlin', 'oslo']) {
          await vault.get(id).then(
            (found) => expect(found?.entry, `${name} ${at}`).toBe(`${id} text`),
            (error: unknown) => {
              expect(error, `${name} ${at}`).toMatchObject({ problem: { params: { account: id } } });
              lost.push(id);
            },
          );
        }
        const entry = path.basename(name).length > 41;
        if (entry) expect(lost, `${name} ${at}`).toHaveLength(1);
        else expect(lost, `${name} ${at}`).toEqual([]);
        await vault.close();
      }
    }
  }, 600_000);
});

describe('a damaged index', () => {
  it('that was torn in its last line, at any byte, has the entry before it or the one after', async () => {
    const vault = await open();
    await replace(vault, 'hq', 'one');
    const [index = ''] = indexFiles();
    const whole = readFileSync(index);
    const before = filesOf('hq')[0] ?? '';
    const kept = readFileSync(before);
    await replace(vault, 'hq', 'two');
    const line = readFileSync(index).subarray(whole.length);
    writeFileSync(before, kept);
    for (let length = 0; length <= line.length; length += 1) {
      writeFileSync(index, Buffer.concat([whole, line.subarray(0, length)]));
      for (const name of indexFiles()) if (name !== index) unlinkSync(name);
      const again = await open();
      // The new entry was on the disk before its line was begun.
      expect(await textOf(again, 'hq')).toBe(length === 0 ? 'one' : 'two');
      expect(again.notices).toEqual([]);
      await again.close();
    }
  });

  it('is made anew from the entries when it is gone, which is told', async () => {
    const vault = await open();
    for (const id of ['hq', 'berlin']) await replace(vault, id, `${id} text`);
    for (const act of ['gone', 'empty', 'a folder']) {
      const [index = ''] = indexFiles();
      rmSync(index, { recursive: true });
      if (act === 'empty') writeFileSync(index, '');
      if (act === 'a folder') mkdirSync(index);
      const again = await open();
      expect(again.notices, act).toEqual([message('index_made_anew', { file, count: 2 })]);
      for (const id of ['hq', 'berlin']) expect(await textOf(again, id)).toBe(`${id} text`);
      await replace(again, 'hq', 'hq text');
      const third = await open();
      expect(third.notices, act).toEqual([]);
      for (const one of indexFiles())
        if (statSync(one).isDirectory() || statSync(one).size === 0) rmSync(one, { recursive: true });
    }
  });

  it('leaves nothing over of writers who were killed, once they must be dead', async () => {
    const vault = await open();
    await replace(vault, 'hq', 'one');
    const left = [
      path.join(inside(), `${hashOf('hq')}.1.00000000`),
      path.join(inside(), `${hashOf('nobody')}.9.00000000`),
      path.join(inside(), 'new.index.2.00000000'),
    ];
    for (const name of left) writeFileSync(name, 'half of it');
    await open();
    expect(left.every((name) => existsSync(name))).toBe(true);
    for (const name of left) utimesSync(name, 1, 1);
    expect((await open()).notices).toEqual([]);
    expect(left.some((name) => existsSync(name))).toBe(false);
  });
});

describe('a vault of the first format', () => {
  const texts = { hq: 'the refresh token', berlin: '\ud83d"\0', oslo: '' };

  it('is carried over once, with a copy of the old file kept', async () => {
    const old = await writeFormat1(file, passphrase, texts);
    const vault = await open({ mustExist: true });
    for (const [id, text] of Object.entries(texts)) expect(await textOf(vault, id)).toBe(text);
    expect(vault.notices).toEqual([message('vault_carried_over', { file, old: `${file}.format-1` })]);
    expect(readFileSync(`${file}.format-1`, 'utf8')).toBe(old);
    expectMode(`${file}.format-1`, 0o600);
    await replace(vault, 'hq', 'newer');
    const again = await open();
    expect(await textOf(again, 'hq')).toBe('newer');
    expect(again.notices).toEqual([]);
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('stays as it is under a wrong passphrase', async () => {
    const old = await writeFormat1(file, passphrase, texts);
    await expect(open({ passphrase: 'wrong' })).rejects.toMatchObject({ code: 'vault_locked' });
    expect(readFileSync(file, 'utf8')).toBe(old);
    expect(readdirSync(folder).toSorted()).toEqual(['vault.json', 'vault.json.bak']);
  });

  it('is carried over from its last good copy when it is damaged', async () => {
    await writeFormat1(file, passphrase, texts);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
    const vault = await open();
    expect(vault.notices[0]).toMatchObject({ reason: 'vault_was_damaged' });
    expect(await textOf(vault, 'hq')).toBe(texts.hq);
  });
});

const root = process.getuid?.() === 0;
describe.skipIf(!root)(`a full disk${root ? '' : ' (left out: mounting one needs root)'}`, () => {
  it('refuses a write in a sentence, keeps what it had, and takes writes again once there is room', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    try {
      const vault = await open();
      let version = await vault.put('hq', 'x'.repeat(2_000), absent);
      const filler = path.join(folder, 'filler');
      for (let space = 30_000; space >= 0; space -= 1_000) {
        rmSync(filler, { force: true });
        // All but so many bytes are taken; at some of them the entry fits and the line of the index does not.
        try {
          writeFileSync(filler, Buffer.alloc(256 * 1024));
        } catch {
          const { size } = statSync(filler);
          writeFileSync(filler, Buffer.alloc(Math.max(0, size - space)));
        }
        const entry = String(space).padEnd(6_000, 'y');
        await vault.put('hq', entry, version).then(
          (next) => (version = next),
          (error: unknown) => {
            expect(error).toMatchObject({
              code: 'vault_unavailable',
              problem: { reason: 'vault_unwritable', params: { file, code: 'ENOSPC' } },
            });
          },
        );
        const kept = await vault.get('hq');
        expect(kept?.version).toBe(version);
        rmSync(filler, { force: true });
        const again = await open();
        expect(await again.get('hq')).toEqual(kept);
        expect(again.notices).toEqual([]);
      }
      expect(await vault.put('hq', 'room', version)).toBeGreaterThan(version);
      expect(await textOf(await open(), 'hq')).toBe('room');
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
