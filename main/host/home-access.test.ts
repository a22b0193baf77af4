import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLOSED, fakeWindows, OPEN, SID } from '../../testing/fake-windows.ts';
import { problemOf } from '../../testing/short-message.ts';
import { homePaths, type HomePaths } from '../platform/paths.ts';
import type { WindowsMachine } from '../platform/access-list.ts';
import { checkAccess, closeHome } from './home-access.ts';

let folder: string;
let paths: HomePaths;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'kf-access-')));
  paths = homePaths({ KEYFOB_HOME: path.join(folder, 'home') });
  mkdirSync(paths.configFolder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A Windows whose icacls knows one folder's list; what sets it gives `set`. */
const windows = (list: string | null, set?: string | null) =>
  fakeWindows({ profile: path.join(folder, 'profile'), home: paths.configFolder, list, set });

describe('the access list of a home on Windows', () => {
  it('is set to its user, the system and administrators, by SIDs, where the home lies outside the profile', () => {
    const { machine, lines } = windows(OPEN);
    expect(closeHome(paths, machine)).toEqual([]);
    expect(lines).toEqual([
      `HOME /setowner *${SID} /L /Q`,
      `HOME /setowner *${SID} /T /L /Q`,
      'HOME /reset /T /L /Q',
      `HOME /inheritance:r /grant:r *${SID}:(OI)(CI)F *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F /Q`,
    ]);
    expect(() => checkAccess(paths, machine)).not.toThrow();
  });

  it('is told of where a home with settings stood open until now', () => {
    writeFileSync(path.join(paths.configFolder, 'config.json'), '{}');
    const { machine } = windows(OPEN);
    expect(closeHome(paths, machine)).toMatchObject([{ reason: 'home_was_open' }]);
    expect(closeHome(paths, machine)).toEqual([]);
  });

  it('is left as it is where it is right, and never opened meanwhile', () => {
    const { machine, lines } = windows(CLOSED);
    expect(closeHome(paths, machine)).toEqual([]);
    expect(lines).toEqual([`HOME /setowner *${SID} /L /Q`]);
  });

  it('was set for all that lay in a folder that holds other things, and for a whole drive', () => {
    mkdirSync(path.join(paths.configFolder, 'reports'));
    const { machine, lines } = windows(OPEN);
    expect(problemOf(() => closeHome(paths, machine))).toMatchObject({
      reason: 'home_shared',
      params: { folder: paths.configFolder },
    });
    const drive = { ...paths, configFolder: path.parse(folder).root };
    expect(problemOf(() => closeHome(drive, machine))).toMatchObject({ reason: 'home_shared' });
    const profile = { ...paths, configFolder: folder };
    expect(problemOf(() => closeHome(profile, { ...machine, profile: folder }))).toMatchObject({
      reason: 'home_shared',
    });
    expect(lines).toEqual([]);
    expect(closeHome(paths, windows(CLOSED).machine)).toEqual([]);
  });

  it('is set where nothing lies in the home but Keyfob’s own', () => {
    for (const name of ['profiles', 'logs', 'desktop', 'pipe-key', 'vault.json.format-1'])
      mkdirSync(path.join(paths.configFolder, name));
    const { machine } = windows(OPEN);
    expect(closeHome(paths, machine)).toEqual([]);
    expect(() => checkAccess(paths, machine)).not.toThrow();
  });

  it.each([
    ['lets others in still (a drive without access lists)', OPEN],
    ['lets everybody in', 'D:NO_ACCESS_CONTROL'],
    ['lets others in on a condition', `${CLOSED}(XA;OICI;FA;;;WD;(@User.x == 1))`],
  ])('refuses the home where it %s', (_name, list) => {
    const { machine } = windows(OPEN, list);
    expect(problemOf(() => closeHome(paths, machine))).toMatchObject({ reason: 'home_not_closed' });
  });

  it('refuses the home where icacls fails', () => {
    const { machine } = windows(OPEN);
    const run: WindowsMachine['run'] = (program, args) => {
      if (args.includes('/setowner')) throw new Error('Access is denied.');
      return machine.run(program, args);
    };
    expect(problemOf(() => closeHome(paths, { ...machine, run }))).toMatchObject({
      reason: 'home_not_closed',
    });
  });

  it('is told of where it cannot be read', () => {
    const { machine } = windows(null, null);
    expect(closeHome(paths, machine)).toMatchObject([{ reason: 'access_list_unread' }]);
    expect(problemOf(() => checkAccess(paths, machine))).toMatchObject({ reason: 'access_list_not_read' });
  });

  it('is told of where Windows does not say who runs this (wine)', () => {
    const { machine, lines } = windows(OPEN);
    const run: WindowsMachine['run'] = (program, args) =>
      program === 'whoami' ? 'machine\\anna\r\n' : machine.run(program, args);
    expect(closeHome(paths, { ...machine, run })).toMatchObject([{ reason: 'access_list_unread' }]);
    expect(problemOf(() => checkAccess(paths, { ...machine, run }))).toMatchObject({
      reason: 'access_list_not_read',
    });
    expect(lines).toEqual([]);
  });

  it('is the profile’s own where the home lies in it, and another system’s matter elsewhere', () => {
    const { machine, lines } = windows(OPEN);
    expect(closeHome(paths, { ...machine, profile: folder })).toEqual([]);
    expect(closeHome(paths, { ...machine, platform: 'linux' })).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('is looked at by doctor, which says how to close it', () => {
    const { params, reason } = problemOf(() => checkAccess(paths, windows(OPEN).machine));
    expect(reason).toBe('home_open');
    expect(params).toMatchObject({ close: expect.stringContaining(`"*${SID}:(OI)(CI)F"`) });
  });

  it('is nothing to look at where there is no home yet', () => {
    rmSync(paths.configFolder, { recursive: true });
    expect(() => checkAccess(paths, windows(null).machine)).not.toThrow();
    expect(existsSync(paths.configFolder)).toBe(false);
  });
});
