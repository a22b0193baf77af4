// The machine's own clocks and timer.
import type { Clock } from '../oauth/ports.ts';

const longest = 2 ** 31 - 1;

/**
 * The clock of the running process. A timer never keeps the process alive by itself; a delay beyond
 * 2^31-1 ms (where Node would fire at once) is cut to that, one below zero to zero.
 */
export function systemClock(): Clock {
  return {
    wall: () => Date.now(),
    steady: () => performance.now(),
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
