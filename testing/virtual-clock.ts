// A clock that stands still until a test moves it. Sleep, jumps and a day in a second.
import type { Clock } from '../main/oauth/ports.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #wall: number;
  #steady = 0;
  readonly #timers = new Set<Waiting>();
  /** What `random` gives. */
  chance = 0.5;

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  wall(): number {
    return this.#wall;
  }

  steady(): number {
    return this.#steady;
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

  /** The machine sleeps: the wall clock goes on, timers and the steady clock stand still. */
  sleep(ms: number): void {
    this.#wall += ms;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #move(ms: number): void {
    this.#steady += ms;
    this.#wall += ms;
  }
}

/** Lets all promises that can go on without time do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
