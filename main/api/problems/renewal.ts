// Why a token could not be renewed, and what a person should know of how an account stands.
import { note, problem, type Message } from './kinds.ts';

export const renewalProblems = {
  needs_sign_in: problem<{ account: string; why: Message }>('sign_in_needed'),
  account_locked: note(),
  not_signed_in: note(),
  token_ended: note(),
  refused_unexplained: note<{ status: string }>(),
  renewal_refused: note<{ error: string }>(),
  renewal_refused_described: note<{ error: string; description: string }>(),
  served_until_end: note<{ why: Message }>(),
  vendor_refused_once: note<{ error: string }>(),
  refused_before_end: note<{ error: string }>(),
  not_renewable: note(),
};
