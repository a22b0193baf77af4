// What a vendor's refusal of a sign-in means for the person who stands before it.
import { problem } from './kinds.ts';

export const signInProblems = {
  refused_at_page: problem('vendor_refused'),
  person_refused: problem<{ provider: string }>('vendor_refused'),
  client_refused: problem<{ provider: string }>('vendor_refused'),
  scope_refused: problem<{ provider: string }>('vendor_refused'),
};
