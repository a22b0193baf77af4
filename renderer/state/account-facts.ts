// What is read off an account for lists: its group, and the words by which it is found.
import type { AccountView } from '../../main/api/accounts.ts';

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

/** All by which a person may look for it, in small letters, its name in the first line. */
export function searchText({ name, provider, host, person, labels }: AccountView): string {
  return [name, labels.display_name, host, person, labels.environment, provider]
    .filter((one) => one !== null)
    .join('\n')
    .toLowerCase();
}

/** Where it signs in and as whom: what tells it from others; empty when neither is known. */
export function hostAndPerson({ host, person }: Pick<AccountView, 'host' | 'person'>): string {
  return [host, person].filter((one) => one !== null).join(' · ');
}
