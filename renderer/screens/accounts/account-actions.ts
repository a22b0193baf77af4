// What can be done with an account: from its row, and as entries of its menu.
import type { AccountView } from '../../../main/api/accounts.ts';
import type { Item } from '../../components/menu-item.ts';
import { accounts, clock, navigation } from '../../state/index.ts';
import { lang } from '../../i18n/lang.svelte.ts';
import { hasToken } from '../../components/account-status.ts';

/** Shows its details; from those of one account to those of another it is one step back all the same. */
export function openAccount(account: string): void {
  const route = { screen: 'details', account } as const;
  if (navigation.current.screen === 'details') navigation.replace(route);
  else navigation.go(route);
}

/** What brings the account to a token again: the field that is wrong, else a sign-in. */
export function repair({ name, needs, state }: AccountView): Item & Required<Pick<Item, 'icon'>> {
  const { updateSecret, signInAgain } = lang.texts.accounts;
  if (needs === 'client_secret') {
    const route = { screen: 'change', account: name, field: 'client_secret' } as const;
    return { label: updateSecret, icon: 'edit', run: () => navigation.go(route) };
  }
  const label =
    state === 'signed_out' || state === 'signing_in' ? lang.texts.accountScreens.sign_in : signInAgain;
  return { label, icon: 'key', run: () => accounts.signIn(name) };
}

/** Lists the actions that make sense in the account's state. */
export function accountActions(account: AccountView): readonly Item[] {
  const texts = lang.texts.accounts;
  const { name } = account;
  const copied = hasToken(account, clock.now);
  const copies: Item[] = [
    { label: texts.copyToken, icon: 'copy', keys: '⇧↵', run: () => void accounts.copy(name) },
    { label: texts.copyHeader, run: () => void accounts.copy(name, 'header') },
    { label: texts.copyCurl, run: () => void accounts.copy(name, 'curl') },
    { label: texts.copyEnvironment, run: () => void accounts.copy(name, 'environment') },
  ];
  const refresh: Item = {
    label: texts.refresh,
    icon: 'refresh',
    run: () => void accounts.refresh(name),
  };
  const signedIn = account.state !== 'signed_out' && account.state !== 'signing_in';
  const ends: Item[] = [
    { label: texts.signOut, run: () => void accounts.confirm('sign_out', name) },
    { label: texts.revoke, danger: true, run: () => void accounts.confirm('revoke', name) },
  ];
  const looks: Item[] = [
    {
      label: account.labels.pinned ? texts.unpin : texts.pin,
      icon: 'pin',
      run: () => void accounts.pin(name, !account.labels.pinned),
    },
    { label: texts.labels, icon: 'edit', run: () => (accounts.labelling = name) },
    {
      label: lang.texts.accountScreens.change,
      icon: 'gear',
      run: () => navigation.go({ screen: 'change', account: name }),
    },
  ];
  const remove: Item = {
    label: lang.texts.common.remove,
    icon: 'trash',
    danger: true,
    run: () => void accounts.confirm('remove', name),
  };
  return inGroups(
    copied ? copies : [],
    [...(copied && account.can_refresh ? [refresh] : []), repair(account)],
    looks,
    [...(signedIn ? ends : []), remove],
  );
}

/** One list of them, with a line between groups. */
function inGroups(...groups: readonly (readonly Item[])[]): Item[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, n) => group.map((item, m) => ({ ...item, begins: n > 0 && m === 0 })));
}
