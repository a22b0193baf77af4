// Runs another program in this one's place: same terminal, same signals, same end.
import { spawn } from 'node:child_process';
import os from 'node:os';
import process from 'node:process';
import type { Readable } from 'node:stream';

/** Ends a command line that could not be run: what a shell says (POSIX 2.8.2). */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** What cmd.exe (wine's always, Windows' in a command file) ends with for a command that is not there; it has said so. */
const NOT_FOUND_BY_CMD = 9009;

const PASSED_ON = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGBREAK',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGWINCH',
] as const satisfies readonly NodeJS.Signals[];

/** On Windows a console tells all its programs, and what Node sends to one ends it at once. */
const SENDS_ON = process.platform !== 'win32';

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Descriptors for the child by the number that they get there, from 3 on. */
  readonly descriptors?: ReadonlyMap<number, number>;
  /** What the child reads, in place of this one's standard input. */
  readonly input?: string;
  /** Gets what the child prints, in place of this one's standard output. */
  readonly output?: (stream: Readable) => void;
  /** Called once the child has been started, or could not be. */
  readonly started?: () => void;
}

/** Starts programs; on Windows the command files too (npm, az, gcloud are .cmd), with arguments quoted for cmd.exe. */
async function starter(): Promise<typeof spawn> {
  return process.platform === 'win32' ? (await import('cross-spawn')).default.spawn : spawn;
}

/**
 * Runs a program with this one's standard streams and resolves with its exit code; 128+n when signal n ended
 * it, 127 when there is no such program, 126 when it cannot be run (with a sentence on standard error).
 */
export async function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<number> {
  const { env = process.env, descriptors = new Map<number, number>() } = options;
  const highest = Math.max(2, ...descriptors.keys());
  const more = Array.from({ length: highest - 2 }, (_, index) => descriptors.get(index + 3) ?? 'ignore');
  const passOn = (signal: NodeJS.Signals): void => {
    const fromTerminal = signal === 'SIGINT' || signal === 'SIGQUIT' || signal === 'SIGWINCH';
    // A terminal has told both of us: told twice, many a program gives up what it is tidying away.
    if (SENDS_ON && (!fromTerminal || !process.stdin.isTTY)) child.kill(signal);
  };
  const start = await starter();
  // Before the child is there: a signal that comes the moment it starts must not end this process alone.
  for (const signal of PASSED_ON) process.on(signal, passOn);
  const forget = (): void => {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  };
  let child: ReturnType<typeof start>;
  try {
    child = start(command, args, {
      env,
      stdio: [
        options.input === undefined ? 'inherit' : 'pipe',
        options.output === undefined ? 'inherit' : 'pipe',
        'inherit',
        ...more,
      ],
    });
  } catch (error) {
    // Node throws what it does not expect of a system: a name, or arguments, that are too long.
    forget();
    return notStarted(error as NodeJS.ErrnoException);
  }
  if (child.stdout !== null) options.output?.(child.stdout);
  // A child that ends before it has read all says so by its code.
  child.stdin?.on('error', () => undefined).end(options.input);
  options.started?.();

  return new Promise((resolve) => {
    const end = (code: number): void => {
      forget();
      resolve(code);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      // ENOENT comes of a cmd.exe too, which was started and has found no such command.
      if (child.pid === undefined || error.code === 'ENOENT') end(notStarted(error));
    });
    child.on('close', (code, signal) => {
      if (code === NOT_FOUND_BY_CMD && process.platform === 'win32') return end(NOT_FOUND);
      end(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}

/** Says on standard error why a program was not started, and gives the exit code for it. */
function notStarted({ code }: NodeJS.ErrnoException): number {
  const missing = code === 'ENOENT';
  process.stderr.write(
    missing
      ? 'Command not found.\nCheck its name and the PATH.\n'
      : `The command cannot be run (the system reported ${code ?? 'nothing'}).\nCheck that it is a program that you may run.\n`,
  );
  return missing ? NOT_FOUND : NOT_EXECUTABLE;
}
