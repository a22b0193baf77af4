// What can go wrong with accounts, sign-ins and tokens.
import { problem } from './kinds.ts';

export const accountProblems = {
  unknown_account: problem<{ account: string }>('no_such_account'),
  locked: problem('vault_locked'),
  ending: problem('not_running'),
};
