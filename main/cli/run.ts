// One call of the command line, from its arguments to its exit code.
//
// Invariants: `keyfob token` loads the endpoint's client and nothing else (under Node quick.ts comes before it); every
// other command, and every question for help, goes to program.ts. No stack trace is ever printed (but with
// KEYFOB_DEBUG=1), and a reader of standard output that goes away is no error.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { socketPath } from '../platform/paths.ts';
import { createClient } from '../endpoint/client.ts';
import { hearOutputErrors } from './output-errors.ts';
import { parseTokenQuickly } from './token-format.ts';
import { runToken } from './token.ts';

/**
 * Runs a command line (without program and script) and resolves to its exit code once everything that it
 * wrote is with the system. Never rejects. Takes the process as its own: its streams' errors, and what nobody
 * caught, end it.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  hearOutputErrors(args);
  process.on('uncaughtException', (error) => void tellOf(error).then((code) => process.exit(code)));
  process.on('unhandledRejection', (error) => void tellOf(error).then((code) => process.exit(code)));
  const code = await run(args).catch(tellOf);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  return code;
}

/** Tells of an error; its sentences are read now, so that a command that goes well never does. */
async function tellOf(error: unknown): Promise<number> {
  // Where this program was replaced under it, its sentences may be gone.
  const told = await import('./tell.ts').catch(() => null);
  if (told !== null) return told.tell(error);
  process.stderr.write(
    'Something unexpected went wrong in this command, and its files have changed. Run it again.\n',
  );
  return 1;
}

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === '__answered') {
    const { tellAnswered } = await import('./answered.ts');
    return tellAnswered({ status: Number(args[1]), text: readFileSync(0, 'utf8') }, args.slice(2));
  }
  const quick = args[0] === 'token' ? parseTokenQuickly(args.slice(1)) : null;
  if (quick !== null) {
    await runToken(createClient({ socketPath: socketPath(process.env) }), quick);
    return 0;
  }
  const { runProgram } = await import('./program.ts');
  return runProgram(args);
}

/** Resolves when what was written is with the system, and an error of it was heard. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // A full disk refuses nothing too, which is no output that could not be written.
    if (stream.writableLength === 0) setImmediate(resolve);
    else stream.write('', () => resolve());
  });
}
