// What is read off an account for lists: the texts by which it is found and told from others.
import type { AccountView } from '../../main/api/accounts.ts';

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
