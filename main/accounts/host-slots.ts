// How many renewals ask one vendor at a time: a semaphore for each host, with two kinds of waiting.
//
// Invariants: at most `maxScheduled` of a host are under way that nobody waits for, at most `maxPerHost` of all kinds,
// and at most `scheduledAtOnce` that nobody waits for over all hosts; within each kind whoever came first is first;
// those that a caller waits for never stand behind the others. A slot that is held for `unanswered` is given up, so
// that a vendor who does not answer holds nobody up; what was begun in it goes on.
import type { Clock } from '../oauth/ports.ts';
import { seconds } from './schedule.ts';

/** Of one host, that nobody waits for. */
const maxScheduled = 4;
/** Of one host, of all kinds. */
const maxPerHost = 16;
/** Of all hosts, that nobody waits for: a machine that wakes has more hosts than it can ask at once. */
const scheduledAtOnce = 64;
/** Ms after which a slot is given up. */
const unanswered = 10 * seconds;

/** Who waits for a renewal: nobody, for it is due by itself, or a caller. */
export type WaitedFor = 'scheduled' | 'caller';

/** A slot at a host, or in the line for one. */
export interface HostSlot {
  /** Resolves once it is had. */
  readonly had: Promise<void>;
  /** Whether it is had, or was given up after that. */
  readonly wasHad: boolean;
  /** A caller waits for it from now on. */
  hasten(): void;
  /** Gives it up, had or not. */
  release(): void;
}

interface Host {
  readonly held: Set<Entry>;
  readonly waiting: Readonly<Record<WaitedFor, Set<Entry>>>;
}

interface Entry {
  by: WaitedFor;
  admit(): void;
}

export class HostSlots {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #hosts = new Map<string, Host>();
  #scheduled = 0;
  #ended = false;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Stands in line for a slot at a host, which may be had at once. */
  take(name: string, by: WaitedFor): HostSlot {
    const host = this.#hostOf(name);
    const had = Promise.withResolvers<void>();
    let cancel = (): void => undefined;
    let wasHad = false;
    const release = (): void => {
      cancel();
      host.waiting[entry.by].delete(entry);
      if (host.held.delete(entry)) this.#count(entry, -1);
      this.#admit();
      if (isEmpty(host) && this.#hosts.get(name) === host) this.#hosts.delete(name);
    };
    const entry: Entry = {
      by,
      admit: () => {
        host.waiting[entry.by].delete(entry);
        host.held.add(entry);
        wasHad = true;
        this.#count(entry, 1);
        cancel = this.#clock.after(unanswered, release);
        had.resolve();
      },
    };
    host.waiting[by].add(entry);
    this.#admitAt(host);
    return {
      had: had.promise,
      get wasHad() {
        return wasHad;
      },
      hasten: () => {
        if (entry.by === 'caller') return;
        if (host.held.has(entry)) this.#count(entry, -1);
        else if (host.waiting.scheduled.delete(entry)) host.waiting.caller.add(entry);
        entry.by = 'caller';
        this.#admit();
      },
      release,
    };
  }

  /** Keyfob ends: what nobody waits for stays undone, and whoever waits is told at once. */
  end(): void {
    this.#ended = true;
    this.#admit();
  }

  #hostOf(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = { held: new Set(), waiting: { scheduled: new Set(), caller: new Set() } };
      this.#hosts.set(name, host);
    }
    return host;
  }

  #count({ by }: Entry, change: 1 | -1): void {
    if (by === 'scheduled') this.#scheduled += change;
  }

  #admit(): void {
    for (const host of this.#hosts.values()) this.#admitAt(host);
  }

  #admitAt({ held, waiting }: Host): void {
    for (const entry of waiting.caller) {
      if (held.size >= maxPerHost && !this.#ended) return;
      entry.admit();
    }
    if (this.#ended) return;
    let here = [...held].filter(({ by }) => by === 'scheduled').length;
    for (const entry of waiting.scheduled) {
      if (held.size >= maxPerHost || here >= maxScheduled || this.#scheduled >= scheduledAtOnce) return;
      entry.admit();
      here += 1;
    }
  }
}

function isEmpty({ held, waiting }: Host): boolean {
  return held.size + waiting.scheduled.size + waiting.caller.size === 0;
}
