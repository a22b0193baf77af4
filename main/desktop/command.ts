// The command `keyfob` of an AppImage, which is one file: it starts the application itself with a mark, and that runs the
// command beside it, under Node. Every other package has a launcher of its own there (scripts/pack-command.mjs).
//
// Invariants: nothing of the desktop begins: no instance is claimed, no window, no tray, no folder of Chromium's; standard
// streams and the exit code are the command's alone. What is behind `--` is not Chromium's to read.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** The mark before `--`. */
const mark = '--keyfob-command';

/** The command's own arguments, or null where the desktop was started. */
export function commandArguments(argv: readonly string[]): readonly string[] | null {
  const end = argv.indexOf('--');
  return end > 0 && argv[end - 1] === mark ? argv.slice(end + 1) : null;
}

/**
 * Runs the command and ends the process as it ends. `folder`: laid out as a checkout. The two are tied by a channel, as
 * bin/keyfob.cjs ties itself to another Node.
 */
export function runAsCommand(args: readonly string[], folder: string): void {
  const node = path.join(folder, 'node_modules', 'node', 'bin', 'node');
  const child = spawn(node, [path.join(folder, 'bin', 'keyfob.cjs'), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, KEYFOB_WRAPPED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`Keyfob could not start its own Node (${error.message}). Install it again.\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) =>
    process.exit(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])),
  );
}
