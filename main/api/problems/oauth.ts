// What can go wrong between an account and its vendor, and with a provider's profile.
import { problem } from './kinds.ts';

export const oauthProblems = {
  unknown_provider: problem<{ provider: string; ids: readonly string[] }>('no_such_provider'),
};
