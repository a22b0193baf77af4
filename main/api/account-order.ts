// In which groups and orders the list of accounts stands: in the window, and in the host, which gives its first rows. Pure.
import { byRecency } from './account-mark.ts';
import type { AccountView } from './accounts.ts';
import type { Preferences } from './preferences.ts';

/** By which the next to end comes first; what has no token, or one without an end, comes last. */
function byEnd(one: AccountView, other: AccountView): number {
  const endOf = ({ expires_at: end }: AccountView): number => end ?? Number.MAX_SAFE_INTEGER;
  return endOf(one) - endOf(other) || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);
}

/** The orders that a person may choose for the list: below 0 when the first comes first. */
export const accountOrders: Readonly<
  Record<Preferences['account_order'], (one: AccountView, other: AccountView) => number>
> = { recent: byRecency, end: byEnd };

/** Groups of the list, in their order: what waits for the person comes first. */
export const accountGroups = ['attention', 'pinned', 'others'] as const;
export type AccountGroup = (typeof accountGroups)[number];

/** What the account waits for; one that is signed out waits for no sign-in, for a person wanted it so. */
export function waitsFor({ needs, state }: AccountView): AccountView['needs'] {
  return needs === 'sign_in' && state === 'signed_out' ? null : needs;
}

export function groupOf(account: AccountView): AccountGroup {
  if (waitsFor(account) !== null) return 'attention';
  return account.labels.pinned ? 'pinned' : 'others';
}
