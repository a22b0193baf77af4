import { message, type Message } from '../api/problems/index.ts';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../accounts/settings.ts';
import { openSettings } from './settings.ts';

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

it('is empty at first and writes nothing by itself', async () => {
  const store = await openSettings({ folder: path.join(folder, 'deep') });
  expect(store.read()).toEqual({});
  expect(existsSync(path.join(folder, 'deep', 'config.json.bak'))).toBe(false);
  expect((await openSettings({ folder: path.join(folder, 'deep') })).notices).toEqual([]);
});

it('keeps settings with dots in their names, readable by the owner alone', async () => {
  const store = await openSettings({ folder });
  await store.write(settings);
  expect((await openSettings({ folder })).read()).toEqual(settings);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(settings);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe(readFileSync(file, 'utf8'));
  for (const name of [file, `${file}.bak`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  await store.write({ version: 2 });
  expect((await openSettings({ folder })).read()).toEqual({ version: 2 });
});

it('hands out copies', async () => {
  const store = await openSettings({ folder });
  const mine = structuredClone(settings);
  await store.write(mine);
  mine.version = 7;
  expect(store.read()).toEqual(settings);
});

it('refuses what is no object and stays as it was', async () => {
  const store = await openSettings({ folder });
  await store.write(settings);
  for (const odd of [null, [], 'x', undefined]) await expect(store.write(odd)).rejects.toThrow(TypeError);
  expect((await openSettings({ folder })).read()).toEqual(settings);
});

it('uses the last good copy for a torn file, tells it, and keeps the torn one', async () => {
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

it('uses the copy for a missing file', async () => {
  await (await openSettings({ folder })).write(settings);
  unlinkSync(file);
  const store = await openSettings({ folder });
  expect(store.read()).toEqual(settings);
  expect(store.notices).toEqual([message('settings_were_missing', { file })]);
});

it('names the file when both are torn, and overwrites nothing', async () => {
  writeFileSync(file, '{"half');
  await expect(openSettings({ folder })).rejects.toMatchObject({
    problem: { code: 'unexpected', reason: 'settings_damaged', params: { file } },
  });
  writeFileSync(`${file}.bak`, '');
  await expect(openSettings({ folder })).rejects.toMatchObject({ code: 'unexpected' });
  expect(readFileSync(file, 'utf8')).toBe('{"half');
  expect(readdirSync(folder)).toEqual(['config.json', 'config.json.bak']);
});

it('keeps what somebody changed while it was open, and tells it', async () => {
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

it('leaves the settings of before where a write fails', async () => {
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

const home = {
  version: 1,
  accounts: {
    hq: { provider: 'oauth2', grant: 'password', fields: { scope: 'a b' }, digest: '0123456789abcdef' },
  },
  removing: [],
  selected: 'hq',
  selected_by_provider: { oauth2: 'hq' },
  clients: ['script', 'other'].map((name, index) => ({
    ...{ name, accounts: index === 0 ? null : ['hq'], scopes: null, approve: 'always' },
    key_sha256: `${String(index)}f`.repeat(32),
    ...{ expires_at: null, created_at: 1_790_000_000, last_used_at: null },
  })),
  vault: 'file',
  vault_to_empty: null,
  local_approve: 'ask',
};
const isUsable = (value: unknown): boolean => {
  try {
    readSettings(value);
    return true;
  } catch {
    return false;
  }
};

it('loses no client by a flipped bit, wherever it is, and tells it', async () => {
  await (await openSettings({ folder, isUsable })).write(home);
  const whole = readFileSync(file);
  const copy = readFileSync(`${file}.bak`);
  for (let at = 0; at < whole.length; at += 3) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(file, flipped);
    writeFileSync(`${file}.bak`, copy);
    const store = await openSettings({ folder, isUsable });
    const { accounts, ...rest } = readSettings(store.read());
    const { accounts: before, ...expected } = home;
    expect(rest, `bit of byte ${String(at)}`).toEqual(expected);
    const isSame = JSON.stringify(accounts) === JSON.stringify(before);
    const kept = readdirSync(folder).filter((name) => /\.(?:torn|changed)-/.test(name));
    // What is changed of an account is told by the core, which has a digest of it.
    if (isSame && store.notices.length === 0)
      expect(JSON.parse(flipped.toString())).toMatchObject({ accounts });
    else if (isSame) expect(readFileSync(path.join(folder, kept[0] ?? ''))).toEqual(flipped);
    expect((await openSettings({ folder, isUsable })).notices, `again, byte ${String(at)}`).toEqual([]);
  }
}, 60_000);

it('takes accounts that were changed by hand, and nothing else', async () => {
  await (await openSettings({ folder, isUsable })).write(home);
  const accounts = { hq: { ...home.accounts.hq, fields: { scope: 'c' } } };
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), accounts }));
  const store = await openSettings({ folder, isUsable });
  expect(store.read()).toEqual({ ...home, accounts });
  expect(store.notices).toEqual([]);
  writeFileSync(file, JSON.stringify({ ...home, accounts, clients: [] }));
  const again = await openSettings({ folder, isUsable });
  expect(again.read()).toEqual({ ...home, accounts });
  expect(again.notices).toMatchObject([{ reason: 'settings_restored', params: { members: ['clients'] } }]);
});

it('says so where neither the settings nor their copy are as Keyfob wrote them', async () => {
  await (await openSettings({ folder, isUsable })).write(home);
  for (const one of [file, `${file}.bak`]) {
    writeFileSync(one, readFileSync(one, 'utf8').replace('"script"', '"sbript"'));
  }
  const store = await openSettings({ folder, isUsable });
  expect(store.notices).toMatchObject([{ reason: 'settings_altered', params: { file } }]);
});

it('takes settings of an older Keyfob, which have no digest', async () => {
  for (const one of [file, `${file}.bak`]) writeFileSync(one, JSON.stringify(home));
  const store = await openSettings({ folder, isUsable });
  expect([store.read(), store.notices]).toEqual([home, []]);
});

const strays: Readonly<Record<string, (at: string) => void>> = {
  'a folder': (at) => {
    mkdirSync(at);
    writeFileSync(path.join(at, 'mine'), '');
  },
  'a dangling link': (at) => symlinkSync('nowhere', at),
};

describe.each(Object.keys(strays))('%s', (kind) => {
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

it('says which file cannot be written', async () => {
  const store = await openSettings({ folder });
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await expect(store.write(settings)).rejects.toMatchObject({
    problem: { reason: 'settings_unwritable', params: { file } },
  });
});

it.each([{}, { SNAP: '/snap/x' }])(
  'loses nothing acknowledged to kill -9 (%o)',
  async (env) => {
    const script = `
    import { openSettings } from ${JSON.stringify(new URL('./settings.ts', import.meta.url).href)};
    const store = await openSettings({ folder: process.argv[1] });
    for (let n = 1; ; n += 1) {
      await store.write({ n, filler: 'x'.repeat(100_000) });
      console.log(n);
    }`;
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
        env: { ...process.env, ...env },
      });
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        if (said.split('\n').length > 2 + 3 * round) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.once('close', resolve));
      const last = Number(said.trim().split('\n').at(-1));
      const read = (await openSettings({ folder })).read() as { n: number }; // as the script wrote it
      expect([last, last + 1]).toContain(read.n);
    }
  },
  60_000,
);
