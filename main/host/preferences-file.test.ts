import type { Message } from '../api/problems/index.ts';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectMode, hasSymlinks } from '../../testing/system.ts';
import { openPreferencesFile } from './preferences-file.ts';

let folder = '';
const notices: Message[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-preferences-'));
  notices.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const open = (): ReturnType<typeof openPreferencesFile> =>
  openPreferencesFile(folder, (notice) => notices.push(notice));
const file = (): string => path.join(folder, 'preferences.json');

describe('the preferences file', () => {
  it('keeps what it is given, for its owner alone', () => {
    const opened = open();
    opened.store = { theme: 'dark', 'a.b': 1 };
    expectMode(file(), 0o600);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ theme: 'dark', 'a.b': 1 });
    expect(open().store).toEqual({ theme: 'dark', 'a.b': 1 });
    expect(notices).toEqual([]);
  });

  it.each(['', '{"theme": "da', 'null', '[]', '\0\0\0\0'])(
    'sets a damaged one aside (%j), and tells',
    (text) => {
      writeFileSync(file(), text);
      expect(open().store).toEqual({});
      expect(notices).toEqual([expect.objectContaining({ reason: 'preferences_begun_anew' })]);
      const aside = readdirSync(folder).find((name) => name.includes('.torn-'));
      expect(readFileSync(path.join(folder, aside ?? ''), 'utf8')).toBe(text);
    },
  );

  it.each(['a folder', ...(hasSymlinks ? ['a dangling link'] : [])])(
    'sets %s in its place aside, and tells',
    (kind) => {
      if (kind === 'a folder') mkdirSync(file());
      else symlinkSync('nowhere', file());
      const opened = open();
      expect(notices).toMatchObject([{ reason: 'stray_set_aside', params: { file: file() } }]);
      opened.store = { theme: 'dark' };
      expect(readdirSync(folder).filter((name) => name.includes('.stray-'))).toHaveLength(1);
    },
  );
});
