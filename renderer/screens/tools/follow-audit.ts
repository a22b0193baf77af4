// Reads the audit at once, and again when it has lines more.
import { untrack } from 'svelte';
import { session } from '../../state/index.ts';

/** Calls `load` now, and after news of the audit, at most once in `ms`. Returns its end. */
export function followAudit(load: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = session.onAudit(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      load();
    }, ms);
  });
  // What it reads on the way is no reason to begin anew.
  untrack(load);
  return () => {
    end();
    clearTimeout(timer);
  };
}
