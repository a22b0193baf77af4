// The one timer over all accounts.
//
// Invariants: it looks at the clocks each `longestWait`, so that sleep and clock jumps are noticed, and then what waits
// for another try is tried first, since timers and the steady clock may stand still in sleep; it looks at every account
// where the clocks have parted or the person wants another lead, and else each `lookAtAllEvery`; between two such looks
// it looks at those alone that are due before the next, and at those that it is told of: what happens to one account
// costs the same among ten thousand. How many ask a vendor at a time is not decided here; see host-slots.ts.
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { Clock } from '../oauth/ports.ts';
import { longestWait } from './schedule.ts';
import { createSleepWatch } from './sleep-watch.ts';

/** Ms; a delay shorter than this gains nothing. */
const shortestWait = 5;
/** Ms. */
const lookAtAllEvery = 5 * 60_000;
/** Ms by which the clocks may part until it looks at every account. */
const maxParting = 1_000;
/** Accounts that are run in one turn: the rest follows, once others were let in. */
const inOneTurn = 100;
/** Ms between two runs of one account, whatever it says is due: no mistake there can make a loop. */
const restBetween = 250;

export interface Timer {
  /** Looks again at when an account is due, or at all of them; cheap to call often. */
  reschedule(name?: string): void;
  stop(): void;
}

/** Runs what is due in each account, for as long as it is not stopped. */
export function createTimer(
  clock: Clock,
  accounts: Pick<Accounts, 'all' | 'get'>,
  minLead: () => number,
): Timer {
  let cancel: (() => void) | null = null;
  let stopped = false;
  let queued = false;
  const running = new Set<Account>();
  const restUntil = new WeakMap<Account, number>();
  const sinceLastLook = createSleepWatch(clock);
  /** Those that are due before the next look at all, and when, by the steady clock. */
  const soon = new Map<Account, number>();
  const changed = new Set<string>();
  let nextLookAtAll = -Infinity;
  /** What the time until a renewal follows beside the steady clock, at the last look at all. */
  let known: readonly number[] = [];

  const followed = (now: number): number[] => {
    const boot = clock.boot();
    return [clock.unixMs() - now, boot === null ? 0 : boot.ms - now, minLead()];
  };

  function look(): void {
    queued = false;
    cancel?.();
    cancel = null;
    if (stopped) {
      return;
    }
    const gap = sinceLastLook();
    if (gap.ahead > 0) {
      nextLookAtAll = -Infinity;
      for (const account of accounts.all()) account.slept(gap);
    }
    const now = clock.steady();
    const following = followed(now);
    const isMoved = following.some((value, index) => Math.abs(value - (known[index] ?? 0)) >= maxParting);
    if (now >= nextLookAtAll || isMoved) {
      known = following;
      nextLookAtAll = now + lookAtAllEvery;
      soon.clear();
      for (const account of accounts.all()) note(account, now);
    } else {
      for (const name of changed) {
        const account = accounts.get(name);
        if (account !== undefined) note(account, now);
      }
    }
    changed.clear();
    let next = Math.min(nextLookAtAll, now + longestWait);
    const due: [Account, number][] = [];
    for (const [account, at] of soon) {
      if (at <= now) due.push([account, at]);
      else next = Math.min(next, at);
    }
    for (const [account] of due.toSorted(([, one], [, other]) => one - other).slice(0, inOneTurn)) {
      // What happened since it was noted may have put it off.
      note(account, now);
      const at = soon.get(account) ?? Infinity;
      if (at <= now) run(account);
      else next = Math.min(next, at);
    }
    if (due.length > inOneTurn) next = now;
    cancel = clock.after(Math.max(shortestWait, next - now), look);
  }

  function note(account: Account, now: number): void {
    const dueIn = running.has(account) ? null : account.dueIn();
    const at = dueIn === null ? Infinity : Math.max(now + dueIn, restUntil.get(account) ?? 0);
    if (at < nextLookAtAll) soon.set(account, at);
    else soon.delete(account);
  }

  function run(account: Account): void {
    soon.delete(account);
    running.add(account);
    void account
      .runDue()
      // What a renewal meets is kept in the account's state; nothing else may end the timer.
      .catch(() => undefined)
      .finally(() => {
        running.delete(account);
        restUntil.set(account, clock.steady() + restBetween);
        reschedule(account.name);
      });
  }

  function reschedule(name?: string): void {
    if (name === undefined) nextLookAtAll = -Infinity;
    else changed.add(name);
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
