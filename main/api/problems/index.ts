// Every reason that a problem or a note can have, by what tells it. A reason stands in four lines:
// here (its code, and what its sentence names), and its sentence in `main/messages/en/` and `main/messages/de/`
// (`testing/messages.test.ts` holds the three together); where it is thrown, `new KeyfobError(reason, params)`.
//
// Programs branch on the code, which is stable; reasons and params may change with the sentences.
import type { ErrorCode } from '../codes.ts';
import { accessProblems } from './access.ts';
import { accountProblems } from './accounts.ts';
import { hostProblems } from './host.ts';
import type { Action } from './actions.ts';
import type { Kind, Message, Params } from './kinds.ts';
import { oauthProblems } from './oauth.ts';
import { tokenProblems } from './tokens.ts';
import { profileProblems } from './profiles.ts';
import { signInProblems } from './sign-ins.ts';
import { vaultProblems } from './vaults.ts';

export const reasons = {
  ...accessProblems,
  ...accountProblems,
  ...hostProblems,
  ...oauthProblems,
  ...tokenProblems,
  ...profileProblems,
  ...signInProblems,
  ...vaultProblems,
};

export type Reason = keyof typeof reasons;
/** The reasons that have a code: what can be thrown. */
export type ProblemReason = {
  [R in Reason]: (typeof reasons)[R] extends Kind<Params, ErrorCode> ? R : never;
}[Reason];
export type ParamsOf<R extends Reason> = NonNullable<(typeof reasons)[R]['named']>;

/** A message with the params that its reason names, and what the person can do. */
export function message<R extends Reason>(reason: R, params: ParamsOf<R>, action?: Action): Message {
  return { reason, params, ...(action === undefined ? {} : { action }) };
}

/** What a problem says, without what to do about it: a part of another sentence. */
export function messageOf({ reason, params }: Message): Message {
  return { reason, params };
}

export type { Message, Param, Params } from './kinds.ts';
export type { Action, ActionType } from './actions.ts';
