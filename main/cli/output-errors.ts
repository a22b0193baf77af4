// Standard output and error that cannot be written.
//
// Invariant: what standard error does not take changes no exit code; a reader of standard output that went away is no error.
import process from 'node:process';

/** Commands that others use while they run. */
const serving: ReadonlySet<string> = new Set(['proxy', 'sandbox', 'serve']);

/** The sentence for output that the system did not take, by its code (`ENOSPC`). */
export function notWritten(code: string): string {
  const why = code === 'ENOSPC' ? 'there is no space left' : `the system said ${code}`;
  return `The output could not be written: ${why}.\nMake space, or write it somewhere else.\n`;
}

/** Hears of both streams' errors, for a command line; what cannot be written ends it with 1. */
export function hearOutputErrors(args: readonly string[]): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', ({ code = '?' }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') {
      process.stderr.write(notWritten(code));
      process.exit(1);
    }
    // What serves goes on, for others still use it.
    if (!serving.has(args[0] ?? '')) process.exit(0);
  });
}
