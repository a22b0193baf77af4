// The machine's own clocks and timer.
import process from 'node:process';
import type { Clock } from '../oauth/ports.ts';

const longest = 2 ** 31 - 1;

/**
 * The clock of the running process. A timer never keeps the process alive by itself; a delay beyond
 * 2^31-1 ms (where Node would fire at once) is cut to that, one below zero to zero.
 */
export function systemClock(): Clock {
  return {
    wall: () => Date.now(),
    steady: steadyMs,
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(ms, 0), longest));
      timer.unref();
      return () => {
        clearTimeout(timer);
      };
    },
    random: () => Math.random(),
  };
}

/** Ms of the clock that `performance.now` reads too; Electron's main process has been seen without that one at its start. */
function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
