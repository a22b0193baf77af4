import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homePaths, type HomePaths } from '../platform/paths.ts';
import { carryHomeOver } from './former-home.ts';

let folder: string;
let former: string;
let paths: HomePaths;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-former-'));
  former = path.join(folder, 'Roaming', 'Keyfob');
  mkdirSync(path.join(former, 'profiles'), { recursive: true });
  writeFileSync(path.join(former, 'config.json'), '{"accounts":1}');
  writeFileSync(path.join(former, 'vault.json'), 'sealed');
  writeFileSync(path.join(former, 'profiles', 'own.json'), '{}');
  const now = path.join(folder, 'Local', 'Keyfob');
  mkdirSync(now, { recursive: true });
  writeFileSync(path.join(now, 'pipe-key'), 'this one');
  paths = { ...homePaths({ KEYFOB_HOME: now }), home: null };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const carry = (platform: NodeJS.Platform = 'win32') =>
  carryHomeOver(paths, { platform, appData: path.join(folder, 'Roaming') });
const read = (...names: string[]): string => readFileSync(path.join(paths.configFolder, ...names), 'utf8');

describe('a home in %APPDATA%', () => {
  it('is carried over whole, tells it, and keeps a copy under another name', async () => {
    writeFileSync(path.join(former, 'pipe-key'), 'the former one');
    const copy = `${former}.moved`;
    expect(await carry()).toEqual([
      { reason: 'home_carried_over', params: { from: former, folder: paths.configFolder, copy } },
    ]);
    expect([read('config.json'), read('vault.json'), read('profiles', 'own.json'), read('pipe-key')]).toEqual(
      ['{"accounts":1}', 'sealed', '{}', 'this one'],
    );
    expect(readFileSync(path.join(copy, 'vault.json'), 'utf8')).toBe('sealed');
    expect(existsSync(former)).toBe(false);
  });

  it('is carried over once: what was removed since does not come back', async () => {
    await carry();
    rmSync(path.join(paths.configFolder, 'config.json'));
    expect(await carry()).toEqual([]);
    expect(existsSync(path.join(paths.configFolder, 'config.json'))).toBe(false);
  });

  it('is carried over to the end by the next start, where a kill broke it off', async () => {
    renameSync(former, `${former}.moving`);
    writeFileSync(path.join(paths.configFolder, 'vault.json'), 'sealed');
    mkdirSync(path.join(paths.configFolder, 'profiles'));
    writeFileSync(path.join(paths.configFolder, 'profiles', 'own.json.tmp-0a1b2c3d4e5f'), '{');
    expect(await carry()).toMatchObject([{ reason: 'home_carried_over' }]);
    expect(read('config.json')).toBe('{"accounts":1}');
    expect(read('profiles', 'own.json')).toBe('{}');
    expect(readdirSync(path.join(paths.configFolder, 'profiles'))).toEqual(['own.json']);
  });

  it('has no file half there at any moment, which a kill would leave so for good', async () => {
    const size = 64 * 1024 * 1024;
    writeFileSync(path.join(former, 'audit.jsonl'), Buffer.alloc(size, 1));
    const file = path.join(paths.configFolder, 'audit.jsonl');
    const sizes = new Set<number | undefined>();
    let done = false;
    const carried = carry().finally(() => {
      done = true;
    });
    while (!done) {
      sizes.add(statSync(file, { throwIfNoEntry: false })?.size);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await carried;
    expect([...sizes].filter((one) => one !== undefined && one !== size)).toEqual([]);
    expect(statSync(file).size).toBe(size);
  });

  it('is left alone where the home has settings, and on another system', async () => {
    expect(await carry('linux')).toEqual([]);
    writeFileSync(path.join(paths.configFolder, 'config.json'), '{"accounts":2}');
    expect(await carry()).toEqual([]);
    expect(read('config.json')).toBe('{"accounts":2}');
    expect(existsSync(former)).toBe(true);
  });

  it('is told of where it cannot be moved', async () => {
    mkdirSync(`${former}.moved`);
    writeFileSync(path.join(`${former}.moved`, 'of-before'), '');
    await expect(carry()).rejects.toMatchObject({ problem: { reason: 'home_not_carried' } });
  });
});
