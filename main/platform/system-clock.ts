// The machine's own clocks and timer.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import process from 'node:process';
import type { Clock } from '../oauth/ports.ts';
import type { BootTime } from '../oauth/token.ts';
import { steadyMs } from './steady.ts';

const longest = 2 ** 31 - 1;
/** Ms after which the machine's time is read anew: each reading is a file's. */
const readEvery = 1_000;
/** Ms by which the wall clock may leave the steady one before it is read anew at once: more is sleep. */
const slack = 500;

/**
 * The clock of the running process. A timer never keeps the process alive by itself; a delay beyond
 * 2^31-1 ms (where Node would fire at once) is cut to that, one below zero to zero.
 */
export function systemClock(): Clock {
  return {
    unixMs: () => Date.now(),
    steady: steadyMs,
    boot: createBootTime(),
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

/** The machine's time: sleep counts in `os.uptime` (CLOCK_BOOTTIME on Linux), and not in the steady clock there. */
function createBootTime(): () => BootTime | null {
  let id: string | null | undefined;
  let read = { unixMs: 0, steady: -Infinity, ms: 0 };
  return () => {
    // Asked once, also where there is none.
    if (id === undefined) id = bootId();
    if (id === null) return null;
    const unixMs = Date.now();
    const steady = steadyMs();
    const passed = steady - read.steady;
    if (passed < 0 || passed >= readEvery || Math.abs(unixMs - read.unixMs - passed) > slack) {
      read = { unixMs, steady, ms: uptime() * 1000 };
    }
    return { id, ms: read.ms + (steady - read.steady) };
  };
}

/** What names this start of the machine; null where the system has no such name (Windows). */
function bootId(): string | null {
  try {
    const text =
      process.platform === 'darwin'
        ? execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], {
            encoding: 'utf8',
            timeout: 2_000,
          })
        : readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return text.trim() || null;
  } catch {
    return null;
  }
}
