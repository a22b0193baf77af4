// A home on Windows that lies outside its user's profile: what is there can be opened by every user of the machine,
// until its access list says otherwise.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import {
  closeFolder,
  closingArguments,
  isInProfile,
  readAccessList,
  realFolder,
  sidOf,
  thisMachine,
} from '../platform/access-list.ts';
import type { HomePaths } from '../platform/paths.ts';

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
  const [place, whole] = [realFolder(folder), [realFolder(profile), path.parse(folder).root]];
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
