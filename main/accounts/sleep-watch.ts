// What tells that the machine has slept, or that somebody set its clock: the clocks that went on without the steady one.
import type { Clock } from '../oauth/ports.ts';

/** Ms by which another clock must be ahead of the steady one to count. */
const from = 10_000;

/** What happened between two looks, in ms, 0: nothing; and when the first one was, in Unix ms. */
export interface Gap {
  readonly since: number;
  /** The machine slept. By the wall clock where the system has no time of its own. */
  readonly slept: number;
  /** It slept, stood still in another way (a virtual machine), or its wall clock was set ahead. */
  readonly ahead: number;
}

/** Makes what tells at each look what happened since the last one. */
export function createSleepWatch(clock: Clock): () => Gap {
  const read = () => ({ unixMs: clock.unixMs(), steady: clock.steady(), boot: clock.boot() });
  let last = read();
  return () => {
    const now = read();
    const awake = now.steady - last.steady;
    const byUnixClock = now.unixMs - last.unixMs - awake;
    const byBoot = now.boot === null || last.boot === null ? byUnixClock : now.boot.ms - last.boot.ms - awake;
    const since = last.unixMs;
    last = now;
    const counted = (ms: number): number => (ms < from ? 0 : ms);
    return { since, slept: counted(byBoot), ahead: counted(Math.max(byUnixClock, byBoot)) };
  };
}
