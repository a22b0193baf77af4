// A queue of tasks that must not overlap: written once, for vaults, files and helpers.

/** Runs tasks one after another, each after the one before has ended, however it ended. */
export function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task, task);
    last = next.catch(() => undefined);
    return next;
  };
}
