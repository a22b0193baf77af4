// What is read off an account for lists: its group, and the words by which it is found.
import type { AccountView } from '../../main/api/accounts.ts';

/** Groups of the list, in their order: what waits for the person comes first. */
export const accountGroups = ['attention', 'pinned', 'others'] as const;
export type AccountGroup = (typeof accountGroups)[number];

/** Whether the account waits for something that only a person can do. */
export function needsPerson({ state }: AccountView): boolean {
  return state === 'sign_in_needed';
}

export function groupOf(account: AccountView): AccountGroup {
  return needsPerson(account) ? 'attention' : 'others';
}

/** All by which a person may look for it, in small letters, its name in the first line. */
export function searchText({ name, provider }: AccountView): string {
  return `${name}\n${provider}`.toLowerCase();
}
