// One thing that a person sends to the host, as a form does: whether it is under way, and what was refused.
//
// Invariant: it is sent once at a time; what was refused before is gone when the next begins.
import type { Problem } from '../../main/api/problem.ts';
import { problemOf } from './host.svelte.ts';

export class Submission {
  busy = $state(false);
  /** What the host refused; null: nothing. */
  problem = $state.raw<Problem | null>(null);

  /** Does the work; gives whether it was done. What else than a call's failure is thrown is thrown on. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
