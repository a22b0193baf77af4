// A clock that is moved by hand: nothing happens until `advance`.
import type { Clock } from '../main/oauth/ports.ts';

export interface HandClock extends Clock {
  /** Moves both clocks on by ms and runs what is due, in order. */
  advance(ms: number): void;
  /** How many timers wait. */
  waiting(): number;
}

export function handClock(start = Date.UTC(2026, 0, 2)): HandClock {
  let now = 0;
  let number = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  return {
    unixMs: () => start + now,
    steady: () => now,
    boot: () => null,
    after(ms, callback) {
      const id = (number += 1);
      timers.set(id, { at: now + ms, callback });
      return () => timers.delete(id);
    },
    random: () => 0.5,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].callback();
      }
      now = end;
    },
    waiting: () => timers.size,
  };
}
