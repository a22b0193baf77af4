// Long pieces of work that let others in: written once. Runs in a browser too.

/** Ms of one turn of the event loop after which others are let in. */
const slice = 20;

/** Makes what a long loop awaits at each step: it takes a turn of the event loop now and then, and else no time. */
export function createYield(): () => Promise<void> {
  let begun = Date.now();
  return async () => {
    if (Date.now() - begun < slice) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    begun = Date.now();
  };
}
