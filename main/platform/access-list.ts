// Who may open a folder on Windows: its access list, by Windows' own icacls and whoami.
//
// Invariants: users are named by their SID, for their names are in the system's language; the programs are started
// by their full path, for a bare name is looked for in the current folder first.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** Who may open a folder; `others`: their SIDs, or the letters that SDDL has for well-known ones. */
export type AccessList =
  | { readonly kind: 'owner' }
  | { readonly kind: 'others'; readonly sids: readonly string[] }
  | { readonly kind: 'unread' };

/** Runs a program of Windows' own and gives what it prints. Throws where it is missing or ends with a failure. */
export type RunProgram = (program: string, args: readonly string[]) => string;

const SYSTEM = 'S-1-5-18';
const ADMINISTRATORS = 'S-1-5-32-544';
/** Beside the user: the system, administrators, and who stands for whoever made or owns an entry (SDDL, "SID Strings"). */
const TRUSTED: readonly string[] = ['SY', SYSTEM, 'BA', ADMINISTRATORS, 'CO', 'S-1-3-0', 'OW', 'S-1-3-4'];
/** ACEs that let somebody in begin so: plain, for an object, conditional, and both (SDDL, "ACE Strings"). */
const ALLOWS: readonly string[] = ['A', 'OA', 'XA', 'ZA'];
const maxWait = 20_000;

/** Runs what lies in the system's own folder. */
export const runSystemProgram: RunProgram = (program, args) =>
  execFileSync(
    path.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', `${program}.exe`),
    [...args],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: maxWait,
      windowsHide: true,
    },
  );

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

/** The SID of the user who runs this; null where whoami does not tell it (wine's knows names alone). */
export function ownSid(run: RunProgram = runSystemProgram): string | null {
  return /"(S-1-[0-9-]+)"\s*$/.exec(run('whoami', ['/user', '/fo', 'csv', '/nh']))?.[1] ?? null;
}

/** Reads the access list of a folder; `unread` where icacls does not tell it. */
export function readAccessList(folder: string, sid: string, run: RunProgram = runSystemProgram): AccessList {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'keyfob-acl-'));
  try {
    const file = path.join(scratch, 'acl');
    run('icacls', [folder, '/save', file, '/Q']);
    const sddl = /^D:.*$/m.exec(readFileSync(file, 'utf16le'))?.[0].trim();
    return sddl === undefined ? { kind: 'unread' } : accessIn(sddl, sid);
  } catch {
    return { kind: 'unread' };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Judges an access list in SDDL: `D:`, flags, and an ACE in each pair of brackets. */
function accessIn(sddl: string, sid: string): AccessList {
  if (sddl.includes('NO_ACCESS_CONTROL')) return { kind: 'others', sids: ['WD'] };
  const own = sid.endsWith('-500') ? [sid, 'LA'] : [sid];
  const sids = [...sddl.matchAll(/\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g)]
    .map(([, ace = '']) => ace.split(';'))
    .filter(([type = '']) => ALLOWS.includes(type))
    .map(([, , , , , who = '']) => who)
    .filter((who) => ![...own, ...TRUSTED].includes(who));
  return sids.length === 0 ? { kind: 'owner' } : { kind: 'others', sids: [...new Set(sids)] };
}

/** The arguments of icacls that leave a folder, and what is made in it, to the user, the system and administrators. */
export function closingArguments(folder: string, sid: string): string[] {
  const grants = [sid, SYSTEM, ADMINISTRATORS].map((one) => `*${one}:(OI)(CI)F`);
  return [folder, '/inheritance:r', '/grant:r', ...grants, '/Q'];
}

/**
 * Makes a folder the user's own and leaves it to the user, the system and administrators, with all that is in it.
 * Gives what its access list was. Throws where Windows does not take that, or others may open it still. `refuse` is called
 * before a list is changed, and throws where it is to stay.
 */
export function closeFolder(
  folder: string,
  run: RunProgram = runSystemProgram,
  refuse: () => void = () => undefined,
): AccessList {
  const sid = ownSid(run);
  if (sid === null) return { kind: 'unread' };
  const before = readAccessList(folder, sid, run);
  if (before.kind !== 'owner') refuse();
  // Who owns it could open it again, whatever its list says.
  run('icacls', [folder, '/setowner', `*${sid}`, '/L', '/Q']);
  if (before.kind === 'owner') return before;
  // Lists of their own, of the folder and of what is in it, go first: the folder's new one is handed down then.
  run('icacls', [folder, '/setowner', `*${sid}`, '/T', '/L', '/Q']);
  run('icacls', [folder, '/reset', '/T', '/L', '/Q']);
  run('icacls', closingArguments(folder, sid));
  const after = readAccessList(folder, sid, run);
  if (after.kind === 'others') throw new Error(`Others may open it still: ${after.sids.join(', ')}.`);
  return after.kind === 'unread' ? after : before;
}

/**
 * Whether nobody but the user, the system and administrators may open a folder on Windows, and what is made in it. One
 * whose list cannot be read is taken for closed in the user's profile, and nowhere else.
 */
export function isClosedToOthers(folder: string, { profile, run }: WindowsMachine): boolean {
  const sid = sidOf(run);
  const list = sid === null ? null : readAccessList(realFolder(folder), sid, run);
  if (list === null || list.kind === 'unread')
    return realFolder(folder) === realFolder(profile) || isInProfile(folder, profile);
  return list.kind === 'owner';
}

/** As `ownSid`; null where whoami cannot be run, too. */
export function sidOf(run: RunProgram): string | null {
  try {
    return ownSid(run);
  } catch {
    return null;
  }
}

/** Whether a folder lies in the user's profile, which Windows closes to others. */
export function isInProfile(folder: string, profile: string): boolean {
  const relative = path.win32.relative(realFolder(profile), realFolder(folder));
  return relative !== '' && !relative.startsWith('..') && !path.win32.isAbsolute(relative);
}

/** As the file system names it; as said where it is not there. */
export function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}
