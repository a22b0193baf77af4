import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectMode, hasSymlinks } from '../../testing/system.ts';
import { message } from '../api/problems/index.ts';
import { openProfileStore } from './profile-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-profiles-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('the store of own profiles keeps each in a file of its own, and is empty at first', async () => {
  const store = openProfileStore(path.join(folder, 'profiles'));
  expect(await store.list()).toEqual([]);
  await store.write('b-vendor', '{"id":"b-vendor"}');
  await store.write('a', 'old');
  await store.write('a', 'new');
  expect(await store.list()).toEqual([
    { id: 'a', text: 'new' },
    { id: 'b-vendor', text: '{"id":"b-vendor"}' },
  ]);
  expectMode(path.join(folder, 'profiles', 'a.json'), 0o600);
  expect(readdirSync(path.join(folder, 'profiles'))).toEqual(['a.json', 'b-vendor.json']);
});

it('the store of own profiles refuses an id that would leave the folder or is no id', async () => {
  const store = openProfileStore(folder);
  for (const id of ['../x', 'a/b', '', '-a', 'A', 'a'.repeat(65), 'a.b']) {
    await expect(store.write(id, '{}')).rejects.toMatchObject({ code: 'bad_request' });
  }
  expect(readdirSync(folder)).toEqual([]);
});

it.runIf(hasSymlinks)(
  'the store of own profiles leaves files of other names alone and names one that cannot be read',
  async () => {
    writeFileSync(path.join(folder, 'NOTES.json'), '');
    writeFileSync(path.join(folder, 'readme.txt'), '');
    expect(await openProfileStore(folder).list()).toEqual([]);
    mkdirSync(path.join(folder, 'odd.json'));
    symlinkSync('nowhere', path.join(folder, 'lost.json'));
    writeFileSync(path.join(folder, 'right.json'), '{}');
    const unreadable = (id: string, code: string): unknown => ({
      id,
      unreadable: message('profile_not_read', { file: path.join(folder, `${id}.json`), code }),
    });
    const store = openProfileStore(folder);
    expect(await store.list()).toEqual([
      unreadable('lost', 'ENOENT'),
      unreadable('odd', 'EISDIR'),
      { id: 'right', text: '{}' },
    ]);
    // Another one may be written there; what stood there is kept.
    await store.write('odd', '{}');
    await store.write('lost', '{}');
    expect((await store.list()).map(({ id }) => id)).toEqual(['lost', 'odd', 'right']);
    expect(readdirSync(folder).filter((name) => name.includes('.stray-'))).toHaveLength(2);
  },
);

it('the store of own profiles says which profile cannot be written', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  await expect(openProfileStore(file).write('a', '{}')).rejects.toMatchObject({
    problem: { reason: 'profile_unwritable', params: { file: path.join(file, 'a.json'), code: 'EEXIST' } },
  });
});
