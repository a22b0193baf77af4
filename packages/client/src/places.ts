// Where the running Keyfob listens: the same place that the `keyfob` command looks in.
//
// Invariant: only computes, makes and changes nothing.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

type Env = Readonly<Record<string, string | undefined>>;

// 104 bytes on macOS and the BSDs, the closing NUL included.
const LONGEST = 103;

/** The socket of the home that an environment names (KEYFOB_HOME), else of the platform's own places. */
export function socketPath(env: Env = process.env): string {
  const named = env['KEYFOB_HOME'];
  const home = named === undefined || named === '' ? null : realHome(named);
  const runtime = absolute(env['XDG_RUNTIME_DIR']);
  if (process.platform === 'win32') {
    const local = env['LOCALAPPDATA'] ?? path.join(os.homedir(), 'AppData', 'Local');
    return `\\\\.\\pipe\\keyfob-${hashOf(home ?? path.join(local, 'Keyfob'))}`;
  }
  const folder = home ?? ownFolder(env, runtime);
  const socket = path.join(folder, 'keyfob.sock');
  if (Buffer.byteLength(socket) <= LONGEST) return socket;
  const hash = hashOf(folder);
  const short = runtime === null ? null : path.join(runtime, `keyfob-${hash}`, 'keyfob.sock');
  if (short !== null && Buffer.byteLength(short) <= LONGEST) return short;
  return path.join('/tmp', `keyfob-${process.getuid?.() ?? 0}-${hash}`, 'keyfob.sock');
}

// XDG Base Directory Specification 0.8: a relative value is to be ignored.
function ownFolder(env: Env, runtime: string | null): string {
  if (process.platform === 'darwin')
    return path.join(os.homedir(), 'Library', 'Application Support', 'Keyfob');
  const state = absolute(env['XDG_STATE_HOME']) ?? path.join(os.homedir(), '.local', 'state');
  return path.join(runtime ?? state, 'keyfob');
}

function absolute(value: string | undefined): string | null {
  return value !== undefined && path.isAbsolute(value) ? value : null;
}

// Links are resolved, and names as the file system holds them; what does not exist yet is taken as said.
function realHome(named: string): string {
  const whole = path.resolve(named);
  const missing: string[] = [];
  for (let existing = whole; ; existing = path.dirname(existing)) {
    try {
      return path.join(realpathSync.native(existing), ...missing);
    } catch {
      if (existing === path.dirname(existing)) return whole;
      missing.unshift(path.basename(existing));
    }
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
