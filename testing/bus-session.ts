// A D-Bus session of its own for one script, over by the time that ends.
//
// Invariants: it shares no runtime folder with the one before it, whose daemons may still be ending; a daemon that the
// bus started late, and that waits for a stopped one, holds nothing that the test waits for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

export interface BusSession {
  /** The folder of the user's keyrings, and of what the session leaves. */
  readonly home: string;
  /** A bus's configuration file; omitted, the system's for sessions. */
  readonly config?: string | undefined;
}

/**
 * Runs a script of bash in it, with `args` as `"$@"`, and `$OUTPUT` for what its caller is to have: resolves with the text of
 * that file. Rejects where there is no `dbus-run-session`, and where the script wrote none.
 */
export async function inBusSession(
  script: string,
  args: readonly string[],
  { home, config }: BusSession,
): Promise<string> {
  const runtime = mkdtempSync(path.join(home, 'run-'));
  const output = path.join(runtime, 'output');
  const options = config === undefined ? [] : [`--config-file=${config}`];
  const env = { HOME: home, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: runtime, DISPLAY: '', OUTPUT: output };
  const session = spawn('dbus-run-session', [...options, '--', 'bash', '-c', script, 'bash', ...args], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  });
  await once(session, 'exit');
  try {
    // What is left of its group.
    if (session.pid !== undefined) process.kill(-session.pid, 'SIGKILL');
  } catch {
    // Nothing is.
  }
  return readFileSync(output, 'utf8');
}
