// The steady clock of this process: it never jumps, and may stand still while the machine sleeps.
import process from 'node:process';

/** Ms of the clock that `performance.now` reads too; Electron's main process has been seen without that one at its start. */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
