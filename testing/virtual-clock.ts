// A clock that stands still until a test moves it. Sleep, jumps, another start of the machine, and a day in a second.
import type { Clock } from '../main/oauth/ports.ts';
import type { BootTime } from '../main/oauth/token.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #unixMs: number;
  #steady = 0;
  #boot: BootTime | null = { id: 'boot-1', ms: 1_000_000 };
  readonly #timers = new Set<Waiting>();
  /** What `random` gives. */
  chance = 0.5;

  constructor(unixMs = Date.UTC(2026, 0, 1)) {
    this.#unixMs = unixMs;
  }

  unixMs(): number {
    return this.#unixMs;
  }

  steady(): number {
    return this.#steady;
  }

  boot(): BootTime | null {
    return this.#boot;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#steady + ms, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers wait. */
  waiting(): number {
    return this.#timers.size;
  }

  /** Moves both clocks, running what falls due on the way, each with all that it sets going. */
  async pass(ms: number): Promise<void> {
    const end = this.#steady + ms;
    await settle();
    for (;;) {
      let next: Waiting | null = null;
      for (const timer of this.#timers) {
        if (timer.at <= end && (next === null || timer.at < next.at)) {
          next = timer;
        }
      }
      if (next === null) {
        break;
      }
      this.#timers.delete(next);
      this.#move(Math.max(0, next.at - this.#steady));
      next.callback();
      await settle();
    }
    this.#move(end - this.#steady);
    await settle();
  }

  /** The machine sleeps: the wall clock and the machine's own go on, timers and the steady clock stand still. */
  sleep(ms: number): void {
    this.#unixMs += ms;
    this.#ageBoot(ms);
  }

  /** The machine is off for a while and starts anew: the wall clock goes on. */
  reboot(ms: number): void {
    this.#unixMs += ms;
    if (this.#boot !== null) this.#boot = { id: `${this.#boot.id}'`, ms: 5_000 };
  }

  /** The system does not tell the machine's own time. */
  withoutBootTime(): void {
    this.#boot = null;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.#unixMs += ms;
  }

  #move(ms: number): void {
    this.#steady += ms;
    this.#unixMs += ms;
    this.#ageBoot(ms);
  }

  #ageBoot(ms: number): void {
    if (this.#boot !== null) this.#boot = { ...this.#boot, ms: this.#boot.ms + ms };
  }
}

/** Lets all promises that can go on without time do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
