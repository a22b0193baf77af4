import { message, type Message } from '../api/problems/index.ts';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectMode, hasSymlinks } from '../../testing/system.ts';
import { openSettings } from './settings-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-settings-'));
  file = path.join(folder, 'config.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const settings = { version: 1, accounts: { 'berlin.sandbox.v1': { 'a.b': ['x', null] } } };

it('the settings file is empty at first and writes nothing by itself', async () => {
  const store = await openSettings({ folder: path.join(folder, 'deep') });
  expect(store.read()).toEqual({});
  expect(existsSync(path.join(folder, 'deep', 'config.json.bak'))).toBe(false);
  expect((await openSettings({ folder: path.join(folder, 'deep') })).notices).toEqual([]);
});

it('the settings file keeps names with dots, readable by the owner alone', async () => {
  const store = await openSettings({ folder });
  await store.write(settings);
  expect((await openSettings({ folder })).read()).toEqual(settings);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(settings);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe(readFileSync(file, 'utf8'));
  for (const name of [file, `${file}.bak`]) expectMode(name, 0o600);
  await store.write({ version: 2 });
  expect((await openSettings({ folder })).read()).toEqual({ version: 2 });
});

it('the settings file hands out copies', async () => {
  const store = await openSettings({ folder });
  const mine = structuredClone(settings);
  await store.write(mine);
  mine.version = 7;
  expect(store.read()).toEqual(settings);
});

it('the settings file refuses what is no object and stays as it was', async () => {
  const store = await openSettings({ folder });
  await store.write(settings);
  for (const odd of [null, [], 'x', undefined]) await expect(store.write(odd)).rejects.toThrow(TypeError);
  expect((await openSettings({ folder })).read()).toEqual(settings);
});

it('the settings file gives way to its last good copy where it is torn, which is told and kept aside', async () => {
  await (await openSettings({ folder })).write(settings);
  for (const torn of ['', '{"version":', 'null', '[]']) {
    writeFileSync(file, torn);
    const told: Message[] = [];
    const store = await openSettings({ folder, onNotice: (one) => told.push(one) });
    expect(store.read()).toEqual(settings);
    expect(told).toEqual(store.notices);
    const aside = readdirSync(folder).find((name) => name.startsWith('config.json.torn-')) ?? '';
    expect(told).toEqual([message('settings_were_damaged', { file, aside: path.join(folder, aside) })]);
    expect(readFileSync(path.join(folder, aside), 'utf8')).toBe(torn);
    unlinkSync(path.join(folder, aside));
    expect((await openSettings({ folder })).notices).toEqual([]);
  }
});

it('the settings file gives way to its copy where it is missing', async () => {
  await (await openSettings({ folder })).write(settings);
  unlinkSync(file);
  const store = await openSettings({ folder });
  expect(store.read()).toEqual(settings);
  expect(store.notices).toEqual([message('settings_were_missing', { file })]);
});

it('the settings file is named when it and its copy are torn, and overwrites nothing', async () => {
  writeFileSync(file, '{"half');
  await expect(openSettings({ folder })).rejects.toMatchObject({
    problem: { code: 'unexpected', reason: 'settings_damaged', params: { file } },
  });
  writeFileSync(`${file}.bak`, '');
  await expect(openSettings({ folder })).rejects.toMatchObject({ code: 'unexpected' });
  expect(readFileSync(file, 'utf8')).toBe('{"half');
  expect(readdirSync(folder)).toEqual(['config.json', 'config.json.bak']);
});

it('the settings file keeps what somebody changed while it was open, and tells it', async () => {
  const store = await openSettings({ folder });
  await store.write(settings);
  const byHand = '{"version":1,"by":"hand"}';
  writeFileSync(file, byHand);
  await store.write({ version: 2 });
  expect((await openSettings({ folder })).read()).toEqual({ version: 2 });
  const aside = readdirSync(folder).find((name) => name.startsWith('config.json.changed-')) ?? '';
  expect(readFileSync(path.join(folder, aside), 'utf8')).toBe(byHand);
  expect(store.notices).toMatchObject([
    { reason: 'settings_changed_meanwhile', params: { aside: expect.stringContaining(aside) } },
  ]);
  await store.write({ version: 3 });
  expect(store.notices).toHaveLength(1);
});

it('the settings file stays as it was before where a write fails', async () => {
  const store = await openSettings({ folder });
  await store.write(settings);
  const before = readFileSync(file, 'utf8');
  // The copy is written first; the file itself cannot be replaced by what stands there now.
  unlinkSync(file);
  mkdirSync(file);
  await expect(store.write({ version: 2 })).rejects.toMatchObject({
    problem: { reason: 'settings_unwritable' },
  });
  rmSync(file, { recursive: true });
  expect(JSON.parse(readFileSync(`${file}.bak`, 'utf8'))).toEqual(JSON.parse(before));
  expect((await openSettings({ folder })).read()).toEqual(settings);
});

const strays: Readonly<Record<string, (at: string) => void>> = {
  'a folder': (at) => {
    mkdirSync(at);
    writeFileSync(path.join(at, 'mine'), '');
  },
  ...(hasSymlinks && { 'a dangling link': (at: string) => symlinkSync('nowhere', at) }),
};

describe.each(Object.keys(strays))('the settings file: %s', (kind) => {
  it('in the place of the settings is kept aside, and the copy is used', async () => {
    await (await openSettings({ folder })).write(settings);
    unlinkSync(file);
    strays[kind]?.(file);
    const store = await openSettings({ folder });
    expect(store.read()).toEqual(settings);
    expect(store.notices).toMatchObject([{ reason: 'settings_were_damaged' }]);
    expect(readdirSync(folder).filter((name) => name.startsWith('config.json.torn-'))).toHaveLength(1);
    await store.write({ version: 2 });
  });

  it('in the place of their copy is kept aside, and the next write makes another', async () => {
    await (await openSettings({ folder })).write(settings);
    unlinkSync(`${file}.bak`);
    strays[kind]?.(`${file}.bak`);
    const store = await openSettings({ folder });
    expect(store.read()).toEqual(settings);
    expect(store.notices).toMatchObject([{ reason: 'stray_set_aside', params: { file: `${file}.bak` } }]);
    await store.write({ version: 2 });
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe(readFileSync(file, 'utf8'));
  });

  it('without a copy is named, and left', async () => {
    strays[kind]?.(file);
    await expect(openSettings({ folder })).rejects.toMatchObject({
      problem: { reason: 'settings_damaged', params: { file } },
    });
    expect(readdirSync(folder)).toEqual(['config.json']);
  });
});

it('the settings file is named where it cannot be written', async () => {
  const store = await openSettings({ folder });
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await expect(store.write(settings)).rejects.toMatchObject({
    problem: { reason: 'settings_unwritable', params: { file } },
  });
});

it.each([{}, { SNAP: '/snap/x' }])(
  'the settings file loses nothing acknowledged to kill -9 (%o)',
  async (env) => {
    const script = `
    import { openSettings } from ${JSON.stringify(new URL('./settings-file.ts', import.meta.url).href)};
    const store = await openSettings({ folder: process.argv[1] });
    for (let n = 1; ; n += 1) {
      await store.write({ n, filler: 'x'.repeat(100_000) });
      console.log(n);
    }`;
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
        env: { ...process.env, ...env },
      });
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        if (output.split('\n').length > 2 + 3 * round) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.once('close', resolve));
      const last = Number(output.trim().split('\n').at(-1));
      const read = (await openSettings({ folder })).read() as { n: number }; // as the script wrote it
      expect([last, last + 1]).toContain(read.n);
    }
  },
  60_000,
);

it('the settings file of the first versions, whose digest is of another text, is taken as Keyfob wrote it', async () => {
  const rest = JSON.stringify(settings);
  const digest = createHash('sha256').update(rest).digest('hex').slice(0, 16);
  const old = JSON.stringify({ ...settings, digest }, undefined, '\t');
  for (const name of [file, `${file}.bak`]) writeFileSync(name, old);
  const store = await openSettings({ folder });
  expect(store.read()).toEqual(settings);
  expect(store.notices).toEqual([]);
  await store.write({ ...settings, version: 2 });
  expect((await openSettings({ folder })).notices).toEqual([]);
  writeFileSync(file, old.replace('berlin', 'munich').replace('"version": 1', '"version": 3'));
  expect((await openSettings({ folder })).notices).toMatchObject([{ reason: 'settings_restored' }]);
});
