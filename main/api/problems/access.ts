// What can go wrong between Keyfob and the programs that ask it: who may, requests' shapes, the way to the host.
import { note, problem } from './kinds.ts';

export const accessProblems = {
  /** Told by the way to the host itself. */
  no_answer: problem('not_running'),
  inside: problem('unexpected'),
  /** A sentence in place of a reason: until each throw has its own. */
  text: problem<{ text: string; hint: string }>('unexpected'),
  audit_not_written: note<{ folder: string; code: string }>(),
};
