// Listeners of one kind of thing that happens: written once.

export interface Emitter<Args extends readonly unknown[]> {
  /** Calls back each time; the answer ends it. */
  on(listener: (...args: Args) => void): () => void;
  /** Calls every listener that is there now, in the order they came. */
  emit(...args: Args): void;
  /** Ends all. */
  clear(): void;
}

export function createEmitter<Args extends readonly unknown[]>(): Emitter<Args> {
  const listeners = new Set<(...args: Args) => void>();
  return {
    on(listener) {
      // One of its own, so that a function may listen twice.
      const one = (...args: Args): void => listener(...args);
      listeners.add(one);
      return () => {
        listeners.delete(one);
      };
    },
    emit(...args) {
      // One that ends itself, or another, while it is called changes the set.
      for (const listener of [...listeners]) listener(...args);
    },
    clear: () => listeners.clear(),
  };
}
