// The one timer over all accounts.
//
// Invariants: it waits `longestWait` at most, so that sleep and clock jumps are noticed, and then what waits for
// another try is tried first, since timers and the steady clock may stand still in sleep; at most
// `atOnce` renewals that nobody asked for are under way at a time.
import type { Account } from './account.ts';
import type { Clock } from '../oauth/ports.ts';
import { longestWait } from './schedule.ts';
import { createSleepWatch } from './sleep-watch.ts';

const atOnce = 16;
/** Ms; a delay shorter than this gains nothing. */
const shortestWait = 5;
/** Ms between two runs of one account, whatever it says is due: no mistake there can make a loop. */
const restBetween = 250;

export interface Timer {
  /** Looks again at who is due; cheap to call often. */
  reschedule(): void;
  stop(): void;
}

/** Runs what is due in each account, for as long as it is not stopped. */
export function createTimer(clock: Clock, accounts: () => Iterable<Account>): Timer {
  let cancel: (() => void) | null = null;
  let stopped = false;
  let queued = false;
  const running = new Set<Account>();
  const restUntil = new WeakMap<Account, number>();
  const sinceLastLook = createSleepWatch(clock);

  function look(): void {
    queued = false;
    cancel?.();
    cancel = null;
    if (stopped) {
      return;
    }
    const gap = sinceLastLook();
    if (gap.ahead > 0) for (const account of accounts()) account.slept(gap);
    let next = longestWait;
    for (const account of accounts()) {
      const said = running.has(account) ? null : account.dueIn();
      if (said === null) {
        continue;
      }
      const due = Math.max(said, (restUntil.get(account) ?? 0) - clock.steady());
      if (due > 0) {
        next = Math.min(next, due);
      } else if (running.size < atOnce) {
        run(account);
      }
    }
    cancel = clock.after(Math.max(shortestWait, next), look);
  }

  function run(account: Account): void {
    running.add(account);
    void account
      .runDue()
      // What a renewal meets is kept in the account's state; nothing else may end the timer.
      .catch(() => undefined)
      .finally(() => {
        running.delete(account);
        restUntil.set(account, clock.steady() + restBetween);
        reschedule();
      });
  }

  function reschedule(): void {
    if (!queued && !stopped) {
      queued = true;
      queueMicrotask(look);
    }
  }

  return {
    reschedule,
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
