// What can go wrong with the places where secrets are kept.
import { note } from './kinds.ts';

export const vaultProblems = {
  // Why this vault.
  moved_there: note(),
};
