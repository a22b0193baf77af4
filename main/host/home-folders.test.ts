import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findForeign } from '../platform/own-socket.ts';
import { hasOwners } from '../platform/private-path.ts';
import { problemOf } from '../../testing/short-message.ts';
import { message } from '../api/problems/index.ts';
import type { Problem } from '../api/problem.ts';
import { ensureHome } from './home-folders.ts';
import { homePaths } from '../platform/paths.ts';

let folder: string;
let home: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'kf-home-')));
  home = path.join(folder, 'home');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A user of this machine who is not the one that runs this. */
const stranger = 61_234;
const asRoot = process.getuid?.() === 0;

const ensure = (env: Record<string, string> = { KEYFOB_HOME: home }): void => {
  ensureHome(homePaths(env));
};

/** The refusal of a home. */
function refusal(env?: Record<string, string>): Problem {
  const problem = problemOf(() => ensure(env));
  expect(problem.code).toBe('bad_request');
  return problem;
}

const modeOf = (location: string): number => statSync(location).mode & 0o7777;

function makeOpenHome(mode: number): void {
  mkdirSync(home);
  chmodSync(home, mode);
}

describe.runIf(hasOwners())('a home', () => {
  it('is made private, and closed when others could merely read it', () => {
    makeOpenHome(0o755);
    writeFileSync(path.join(home, 'config.json'), '{}', { mode: 0o644 });
    ensure();
    const { profiles, audit, logs } = homePaths({ KEYFOB_HOME: home });
    for (const made of [home, profiles, audit, logs]) expect(modeOf(made)).toBe(0o700);
    ensure();
  });

  it('that is a file is told as a folder that cannot be made', () => {
    writeFileSync(home, '');
    expect(refusal()).toMatchObject({ reason: 'folder_not_made' });
    expect(findForeign(path.join(home, 'run', 'keyfob.sock'))).toBeNull();
  });

  // Node's own `mkdir` tries for ever there.
  it.runIf(process.platform === 'linux')('is told where none can be made, as in /proc', () => {
    expect(refusal({ KEYFOB_HOME: '/proc/keyfob' })).toMatchObject({ reason: 'folder_not_made' });
  });

  it('that is empty is closed, whoever could write to it', () => {
    makeOpenHome(0o777);
    ensure();
    expect(modeOf(home)).toBe(0o700);
  });

  it.each([0o777, 0o775, 0o722])(
    'that others could write to (%o) is refused with what is in it, stays as it is, and its command mends it',
    (mode) => {
      makeOpenHome(mode);
      writeFileSync(path.join(home, 'config.json'), '{"clients":["planted"]}', { mode: 0o600 });
      expect(refusal()).toMatchObject({
        reason: 'folder_stood_open',
        params: { path: home, close: `chmod -R go= ${home}` },
      });
      expect(modeOf(home)).toBe(mode);
      expect(existsSync(path.join(home, 'audit'))).toBe(false);
      chmodSync(home, 0o700);
      ensure();
    },
  );

  it('is refused for a file or a folder in it that others could write to', () => {
    makeOpenHome(0o755);
    const profiles = path.join(home, 'profiles');
    mkdirSync(profiles);
    chmodSync(profiles, 0o777);
    writeFileSync(path.join(profiles, 'x.json'), '{}');
    expect(refusal()).toMatchObject({ reason: 'folder_stood_open', params: { path: profiles } });
    chmodSync(profiles, 0o755);
    chmodSync(path.join(profiles, 'x.json'), 0o666);
    expect(refusal()).toMatchObject({
      reason: 'file_stood_open',
      params: { path: path.join(profiles, 'x.json') },
    });
    // Nobody could come to it where a folder above was closed.
    chmodSync(profiles, 0o700);
    ensure();
  });

  it('that all share is never closed', () => {
    makeOpenHome(0o1777);
    expect(refusal()).toMatchObject({ reason: 'home_shared' });
    expect(modeOf(home)).toBe(0o1777);
  });

  it('is refused when a folder of it is a link to one that others could write to', () => {
    ensure();
    const profiles = path.join(home, 'profiles');
    const elsewhere = path.join(folder, 'dotfiles');
    rmSync(profiles, { recursive: true });
    mkdirSync(elsewhere);
    writeFileSync(path.join(elsewhere, 'x.json'), '{}');
    symlinkSync(elsewhere, profiles);
    ensure();
    chmodSync(elsewhere, 0o777);
    expect(refusal()).toMatchObject({ params: { path: elsewhere } });
  });

  it.runIf(asRoot)('is refused for a file of another user, however deep, and for a link of theirs', () => {
    ensure();
    const deep = path.join(home, 'profiles', 'deep');
    mkdirSync(deep);
    const planted = path.join(deep, 'planted.json');
    writeFileSync(planted, '{}');
    chownSync(planted, stranger, stranger);
    expect(refusal()).toMatchObject({
      reason: 'foreign_entry',
      params: { path: planted, uid: stranger, remove: `rm -r ${planted}` },
    });
    rmSync(planted);
    symlinkSync('/etc', planted);
    lchownSync(planted, stranger, stranger);
    expect(refusal()).toMatchObject({ params: { path: planted } });
    rmSync(planted);
    ensure();
  });

  it.runIf(asRoot)('of another user is refused, for root too', () => {
    ensure();
    chownSync(home, stranger, stranger);
    expect(refusal()).toMatchObject({ reason: expect.stringMatching(/^home_not_(yours|safe)$/) as string });
  });

  it.runIf(asRoot)('is refused below a folder of another user, and behind a link of theirs', () => {
    mkdirSync(home);
    const theirs = path.join(folder, 'theirs');
    mkdirSync(path.join(theirs, 'mine'), { recursive: true });
    chownSync(theirs, stranger, stranger);
    expect(refusal({ KEYFOB_HOME: path.join(theirs, 'mine') })).toMatchObject({
      params: { fault: message('belongs_to_another', { path: theirs }) },
    });
    // XDG_RUNTIME_DIR is taken as it is written.
    const link = path.join(folder, 'link');
    symlinkSync(home, link);
    lchownSync(link, stranger, stranger);
    const long = path.join(folder, 'x'.repeat(120));
    expect(refusal({ KEYFOB_HOME: long, XDG_RUNTIME_DIR: link })).toMatchObject({
      params: { fault: message('belongs_to_another', { path: link }) },
    });
  });

  it('is refused below a folder that all may write to, and not below one like /tmp', () => {
    const shared = path.join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    const env = { KEYFOB_HOME: path.join(shared, 'home') };
    expect(refusal(env)).toMatchObject({
      params: { fault: message('others_may_write', { path: shared }) },
    });
    expect(existsSync(env.KEYFOB_HOME)).toBe(false);
    chmodSync(shared, 0o1777);
    ensure(env);
  });

  it('of the platform’s own places is looked at in each of them', () => {
    const env = {
      XDG_CONFIG_HOME: path.join(folder, 'c'),
      XDG_DATA_HOME: path.join(folder, 'd'),
      XDG_STATE_HOME: path.join(folder, 's'),
      XDG_RUNTIME_DIR: path.join(folder, 'r'),
    };
    for (const base of Object.values(env)) {
      const location = path.join(base, 'keyfob');
      mkdirSync(location, { recursive: true });
      writeFileSync(path.join(location, 'planted'), '');
      chmodSync(location, 0o777);
      expect(refusal(env)).toMatchObject({ reason: 'folder_stood_open', params: { path: location } });
      rmSync(base, { recursive: true });
    }
    ensure(env);
    for (const base of Object.values(env)) expect(modeOf(path.join(base, 'keyfob'))).toBe(0o700);
  });

  it('with a long name has a short folder for its socket, private too', () => {
    const paths = homePaths({ KEYFOB_HOME: path.join(folder, 'x'.repeat(120)), XDG_RUNTIME_DIR: folder });
    ensureHome(paths);
    expect(paths.socketFolder?.startsWith(`${folder}/keyfob-`)).toBe(true);
    expect(modeOf(paths.socketFolder ?? '')).toBe(0o700);
    expect(existsSync(paths.logs)).toBe(true);
  });
});
