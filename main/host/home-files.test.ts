// Settings and preferences that are not as Keyfob wrote them: a disk has lost a bit, or somebody changed them.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSettings } from '../accounts/settings.ts';
import { openPreferencesFile, type PreferencesFile } from './preferences-file.ts';
import { openSettings } from './settings-file.ts';
import type { Message } from '../api/problems/index.ts';
import { openPreferences } from './preferences.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-home-files-'));
  file = path.join(folder, 'config.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
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

it('a home loses no client by a flipped bit, wherever it is, and tells it', async () => {
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
    const { accounts: before, ...expected } = readSettings(home);
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

it('a home takes accounts that were changed by hand, and nothing else', async () => {
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

it('a home says so where neither the settings nor their copy are as Keyfob wrote them', async () => {
  await (await openSettings({ folder, isUsable })).write(home);
  for (const one of [file, `${file}.bak`]) {
    writeFileSync(one, readFileSync(one, 'utf8').replace('"script"', '"sbript"'));
  }
  const store = await openSettings({ folder, isUsable });
  expect(store.notices).toMatchObject([{ reason: 'settings_altered', params: { file } }]);
});

it('a home takes settings of an older Keyfob, which have no digest', async () => {
  for (const one of [file, `${file}.bak`]) writeFileSync(one, JSON.stringify(home));
  const store = await openSettings({ folder, isUsable });
  expect([store.read(), store.notices]).toEqual([home, []]);
});

const preferencesFile = (): string => path.join(folder, 'preferences.json');
const open = (notices: Message[]): PreferencesFile =>
  openPreferencesFile(folder, (notice) => notices.push(notice));

it('a home tells preferences that are not as Keyfob wrote them, once, keeps a copy, and what can be used of it', () => {
  const notices: Message[] = [];
  openPreferences(open(notices)).change({ theme: 'dark', language: 'de' });
  const flipped = readFileSync(preferencesFile(), 'utf8').replace('"dark"', '"dask"');
  writeFileSync(preferencesFile(), flipped);
  expect(openPreferences(open(notices)).read()).toMatchObject({ theme: 'system', language: 'de' });
  expect(notices).toMatchObject([{ reason: 'preferences_altered', params: { file: preferencesFile() } }]);
  const aside = readdirSync(folder).find((name) => name.includes('.changed-'));
  expect(readFileSync(path.join(folder, aside ?? ''), 'utf8')).toBe(flipped);
  expect(openPreferences(open(notices)).read()).toMatchObject({ language: 'de' });
  expect(notices).toHaveLength(1);
});
