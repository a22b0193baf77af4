// A queue of tasks that must not overlap: written once, for accounts, vaults, files and helpers.

/** Runs tasks one after another, each after the one before has ended, however it ended. */
export class SerialQueue {
  /** Resolves once the last task has ended; null while there is none, so that a queue at rest holds nothing. */
  #last: Promise<void> | null = null;

  run<T>(task: () => Promise<T>): Promise<T> {
    const next = (this.#last ?? Promise.resolve()).then(task);
    const ended = (): void => {
      if (this.#last === last) this.#last = null;
    };
    const last: Promise<void> = next.then(ended, ended);
    this.#last = last;
    return next;
  }
}

/** The same as a function. */
export function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  const queue = new SerialQueue();
  return (task) => queue.run(task);
}
