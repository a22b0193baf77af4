// The command `keyfob` of the installed application. Its runtime does not run as Node (the fuse is off), so
// the launcher beside it (packaging/bin) starts the application itself with a mark, and it does what the
// command line asks instead of becoming a desktop.
//
// Invariants: nothing of the desktop begins: no instance is claimed, no window, no tray; standard streams and
// the exit code are the command's alone. What is behind `--` is not Chromium's to read.
import { app } from 'electron';
import process from 'node:process';
import type { StartKeychainHelper } from '../vaults/keychain-process.ts';

/** The mark that the launcher puts before `--`. */
const mark = '--keyfob-command';

/** An agent would need a Node to keep the keychain's helper in, and nobody needs two hosts. */
const ownHost =
  'The installed Keyfob is the host itself and runs no agent.\nStart the application (--hidden opens no window); its settings say whether it begins with your session.\n';

export interface CommandHost {
  /** Loads main/cli/run.ts, late: the desktop has no use for it. */
  load(): Promise<{
    runCommandLine(
      args: readonly string[],
      machine: { readonly startHelper: StartKeychainHelper },
    ): Promise<number>;
  }>;
  readonly startHelper: StartKeychainHelper;
}

/** The command's own arguments, or null where the desktop was started. */
export function commandArguments(argv: readonly string[]): readonly string[] | null {
  const end = argv.indexOf('--');
  return end > 0 && argv[end - 1] === mark ? argv.slice(end + 1) : null;
}

/** Runs the command and ends the process with its exit code. */
export async function runAsCommand(args: readonly string[], host: CommandHost): Promise<void> {
  // Not even an icon in the Dock.
  if (process.platform === 'darwin') app.setActivationPolicy('prohibited');
  if (args[0] === 'serve' || args[0] === 'service') {
    process.stderr.write(ownHost, () => process.exit(2));
    return;
  }
  // The keychain's helper is a utility process, which only a ready application may start.
  if (args[0] === 'doctor') await app.whenReady();
  const { runCommandLine } = await host.load();
  process.exit(await runCommandLine(args, { startHelper: host.startHelper }));
}
