// Where everything that Keyfob writes lies, and the name its keychain entries stand under.
//
// Invariants: this only computes (it makes and changes nothing), and imports nothing beyond Node's
// own small modules: the command line loads it on every call. The socket's path always fits into a
// sockaddr_un; where the home's own would not, it lies in a short private folder that is found again from
// the home alone.
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, posix, resolve, win32 } from 'node:path';
import { sha256Hex } from './digest.ts';

export interface HomePaths {
  /** The folder that KEYFOB_HOME names, real and absolute; null when it is not set. */
  readonly home: string | null;
  /** The folder of the settings. */
  readonly configFolder: string;
  readonly profiles: string;
  readonly audit: string;
  /** What happened to each account in the last day. */
  readonly history: string;
  readonly logs: string;
  readonly vaultFile: string;
  /** The socket's path, or a named pipe's name on Windows. */
  readonly socket: string;
  /** The folder of the socket, which must be private; null for a named pipe. */
  readonly socketFolder: string | null;
  /** The service that keychain entries of this home stand under. */
  readonly serviceName: string;
}

/** Where the platform's own folders are looked up; when omitted, the running machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly userHome: string;
  /** Null where users have no number (Windows). */
  readonly uid: number | null;
}

// 104 bytes on macOS and the BSDs, 108 on Linux, the closing NUL included: the smaller fits everywhere.
const longestSocketPath = 103;

/** The paths for an environment; see HomePaths. */
export function homePaths(
  env: Readonly<Record<string, string | undefined>> = process.env,
  machine: Machine = thisMachine(),
): HomePaths {
  const { platform } = machine;
  const p = platform === 'win32' ? win32 : posix;
  const { home, folders } = placesOf(env, machine);
  const hash = home === null ? null : hashOf(home);
  const socket = socketIn(home, folders, env, machine);
  return {
    home,
    configFolder: folders.config,
    profiles: p.join(folders.config, 'profiles'),
    audit: p.join(folders.state, 'audit'),
    history: p.join(folders.state, 'history.jsonl'),
    logs: p.join(folders.state, 'logs'),
    vaultFile: p.join(folders.data, 'vault.json'),
    socket,
    socketFolder: platform === 'win32' ? null : p.dirname(socket),
    serviceName: hash === null ? 'Keyfob' : `Keyfob (${hash})`,
  };
}

/** The socket's path, or the named pipe's: as `homePaths` gives it, for whoever needs that alone. */
export function socketPath(
  env: Readonly<Record<string, string | undefined>> = process.env,
  machine: Machine = thisMachine(),
): string {
  const { home, folders } = placesOf(env, machine);
  return socketIn(home, folders, env, machine);
}

function placesOf(
  env: Readonly<Record<string, string | undefined>>,
  machine: Machine,
): { home: string | null; folders: PlatformFolders } {
  const named = env['KEYFOB_HOME'];
  const home = named === undefined || named === '' ? null : realHome(named);
  return { home, folders: home === null ? platformFolders(env, machine) : inOneFolder(home) };
}

function socketIn(
  home: string | null,
  folders: PlatformFolders,
  env: Readonly<Record<string, string | undefined>>,
  machine: Machine,
): string {
  if (machine.platform === 'win32') return `\\\\.\\pipe\\keyfob-${hashOf(home ?? folders.config)}`;
  const plain = posix.join(folders.runtime, 'keyfob.sock');
  return shortEnough(plain, home ?? folders.runtime, env, machine);
}

interface PlatformFolders {
  readonly config: string;
  readonly data: string;
  readonly state: string;
  readonly runtime: string;
}

function inOneFolder(home: string): PlatformFolders {
  return { config: home, data: home, state: home, runtime: home };
}

// Linux: XDG Base Directory Specification 0.8 (a relative value is to be ignored). macOS and Windows: each
// platform's own place for an application's data.
function platformFolders(
  env: Readonly<Record<string, string | undefined>>,
  machine: Machine,
): PlatformFolders {
  if (machine.platform === 'win32') {
    // The folder that stays on this machine: two machines must never refresh by one rotating refresh token.
    const local = env['LOCALAPPDATA'] ?? win32.join(machine.userHome, 'AppData', 'Local');
    return inOneFolder(win32.join(local, 'Keyfob'));
  }
  if (machine.platform === 'darwin') {
    return inOneFolder(posix.join(machine.userHome, 'Library', 'Application Support', 'Keyfob'));
  }
  const folder = (name: string, ...otherwise: string[]): string => {
    const value = env[name];
    const base =
      value !== undefined && posix.isAbsolute(value) ? value : posix.join(machine.userHome, ...otherwise);
    return posix.join(base, 'keyfob');
  };
  const state = folder('XDG_STATE_HOME', '.local', 'state');
  const runtime = env['XDG_RUNTIME_DIR'];
  return {
    config: folder('XDG_CONFIG_HOME', '.config'),
    data: folder('XDG_DATA_HOME', '.local', 'share'),
    state,
    runtime: runtime !== undefined && posix.isAbsolute(runtime) ? posix.join(runtime, 'keyfob') : state,
  };
}

function shortEnough(
  socket: string,
  seed: string,
  env: Readonly<Record<string, string | undefined>>,
  machine: Machine,
): string {
  if (Buffer.byteLength(socket) <= longestSocketPath) return socket;
  const hash = hashOf(seed);
  const runtime = env['XDG_RUNTIME_DIR'];
  const short =
    runtime !== undefined && posix.isAbsolute(runtime)
      ? posix.join(runtime, `keyfob-${hash}`, 'keyfob.sock')
      : null;
  if (short !== null && Buffer.byteLength(short) <= longestSocketPath) return short;
  return posix.join('/tmp', `keyfob-${machine.uid ?? 0}-${hash}`, 'keyfob.sock');
}

// Links are resolved, and names are as the file system holds them, so that two ways to one folder are one home: where
// `HOMES` and `homes` are one folder they are one home, too. What does not exist yet is taken as said.
function realHome(named: string): string {
  const absolute = resolve(named);
  const missing: string[] = [];
  for (let existing = absolute; ; existing = dirname(existing)) {
    try {
      return join(realpathSync.native(existing), ...missing);
    } catch {
      if (existing === dirname(existing)) return absolute;
      missing.unshift(basename(existing));
    }
  }
}

function hashOf(text: string): string {
  return sha256Hex(text).slice(0, 12);
}

function thisMachine(): Machine {
  return { platform: process.platform, userHome: homedir(), uid: process.getuid?.() ?? null };
}
