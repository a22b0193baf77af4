// Folders on Windows: what lies outside a user's profile can be opened by every user of the machine, until its access list
// says otherwise.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import {
  closeFolder,
  closingArguments,
  ownSid,
  readAccessList,
  runSystemProgram,
} from '../platform/access-list.ts';
import type { RunProgram } from '../platform/access-list.ts';
import type { HomePaths } from '../platform/paths.ts';

/** The machine, as far as it is needed here. */
export interface WindowsMachine {
  readonly platform: NodeJS.Platform;
  /** The user's profile. */
  readonly profile: string;
  readonly run: RunProgram;
}

export const thisMachine = (): WindowsMachine => ({
  platform: process.platform,
  profile: os.homedir(),
  run: runSystemProgram,
});

/**
 * On Windows, leaves a home outside the user's profile to its user, the system and administrators; tells what a person
 * should know of it. Throws `not_permitted` where that fails: whoever writes into it leads secrets elsewhere; and
 * `bad_request` where other things lie in it, which would be closed to others too.
 */
export function closeHome(paths: HomePaths, machine = thisMachine()): Message[] {
  const { configFolder: folder } = paths;
  if (machine.platform !== 'win32' || isInProfile(folder, machine.profile)) return [];
  const used = existsSync(path.join(folder, 'config.json'));
  try {
    const { kind } = closeFolder(folder, machine.run, () => refuseShared(paths, machine.profile, used));
    if (kind === 'unread') return [message('access_list_unread', { folder })];
    return kind === 'others' && used ? [message('home_was_open', { folder })] : [];
  } catch (cause) {
    if (cause instanceof KeyfobError) throw cause;
    throw new KeyfobError('home_not_closed', { folder }, { cause });
  }
}

/** What a home has beside what its paths name. */
const ownNames = ['config.json', 'desktop', 'pipe-key', 'preferences.json', 'running', 'window.json'];

function refuseShared(paths: HomePaths, profile: string, used: boolean): void {
  const { configFolder: folder } = paths;
  const [place, whole] = [real(folder), [real(profile), path.parse(folder).root]];
  // What is set aside, or is kept as it was before, begins with the name that it had.
  const own = [
    ...ownNames,
    ...Object.values<string | null>({ ...paths }).map((one) => topOf(folder, one)),
  ].filter(Boolean);
  const isForeign = (name: string): boolean => !own.some((one) => name.startsWith(one));
  if (whole.includes(place) || (!used && readdirSync(folder).some(isForeign)))
    throw new KeyfobError('home_shared', { folder });
}

/** The name in a folder that a path begins with; empty for none. */
function topOf(folder: string, file: string | null): string {
  return file === null ? '' : (path.relative(folder, file).split(path.sep)[0] ?? '');
}

/** Looks, on Windows, whether nobody but the user, the system and administrators may open a home. Throws `not_permitted`. */
export function checkAccess(paths: HomePaths, machine = thisMachine()): void {
  const { configFolder: folder } = paths;
  if (machine.platform !== 'win32' || !existsSync(folder)) return;
  const sid = sidOf(machine.run);
  const list = sid === null ? null : readAccessList(folder, sid, machine.run);
  if (sid === null || list === null || list.kind === 'unread')
    throw new KeyfobError('access_list_not_read', { folder });
  if (list.kind === 'owner') return;
  const close = `icacls ${closingArguments(folder, sid)
    .map((one) => `"${one}"`)
    .join(' ')}`;
  throw new KeyfobError('home_open', { folder, close });
}

/**
 * Whether nobody but the user, the system and administrators may open a folder on Windows, and what is made in it. One
 * whose list cannot be read is taken for closed in the user's profile, and nowhere else.
 */
export function isClosedToOthers(folder: string, { profile, run }: WindowsMachine): boolean {
  const sid = sidOf(run);
  const list = sid === null ? null : readAccessList(real(folder), sid, run);
  if (list === null || list.kind === 'unread')
    return real(folder) === real(profile) || isInProfile(folder, profile);
  return list.kind === 'owner';
}

function sidOf(run: RunProgram): string | null {
  try {
    return ownSid(run);
  } catch {
    return null;
  }
}

/** Whether a folder lies in the user's profile, which Windows closes to others. */
function isInProfile(folder: string, profile: string): boolean {
  const relative = path.win32.relative(real(profile), real(folder));
  return relative !== '' && !relative.startsWith('..') && !path.win32.isAbsolute(relative);
}

/** As the file system names it; as said where it is not there. */
function real(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}
