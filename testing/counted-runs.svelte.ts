// How often what reads a state is run again, for tests of what a change touches.

export interface CountedRuns<Name extends string> {
  counts(): Record<Name, number>;
  end(): void;
}

/** Runs each once, and again whenever what it read changes. */
export function countedRuns<Name extends string>(
  readers: Readonly<Record<Name, () => unknown>>,
): CountedRuns<Name> {
  const counted = new Map<string, number>();
  const end = $effect.root(() => {
    for (const [name, read] of Object.entries<() => unknown>(readers)) {
      $effect.pre(() => {
        read();
        counted.set(name, (counted.get(name) ?? 0) + 1);
      });
    }
  });
  return {
    // One for each name that was given.
    counts: () => Object.fromEntries(counted) as Record<Name, number>,
    end,
  };
}
