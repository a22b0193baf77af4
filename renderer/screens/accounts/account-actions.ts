// What can be done with an account: from its row, and as entries of its menu.
import type { AccountView } from '../../../main/api/accounts.ts';
import type { Item } from '../../components/menu-item.ts';
import { accounts, navigation } from '../../state/index.ts';
import { lang } from '../../i18n/lang.svelte.ts';
import { hasToken } from '../../components/account-status.ts';

/** Shows its details; from those of one account to those of another it is one step back all the same. */
export function openAccount(account: string): void {
  const route = { screen: 'details', account } as const;
  if (navigation.current.screen === 'details') navigation.replace(route);
  else navigation.go(route);
}

/** Lists the actions that make sense in the account's state. */
export function accountActions(account: AccountView): readonly Item[] {
  const texts = lang.texts.accounts;
  const { name } = account;
  const copies: Item[] = [
    { label: texts.copyToken, icon: 'copy', keys: '⇧↵', run: () => void accounts.copy(name) },
    { label: texts.copyHeader, run: () => void accounts.copy(name, 'header') },
    { label: texts.copyCurl, run: () => void accounts.copy(name, 'curl') },
    { label: texts.copyEnvironment, run: () => void accounts.copy(name, 'environment') },
    { label: texts.refresh, icon: 'refresh', run: () => void accounts.refresh(name) },
  ];
  const signIn: Item = {
    label: hasToken(account) ? texts.signInAgain : lang.texts.accountScreens.sign_in,
    icon: 'key',
    run: () => accounts.signIn(name),
  };
  const signedIn = account.state !== 'signed_out' && account.state !== 'signing_in';
  const ends: Item[] = [
    { label: texts.signOut, run: () => void accounts.confirm('sign_out', name) },
    { label: texts.revoke, danger: true, run: () => void accounts.confirm('revoke', name) },
  ];
  return [
    ...(hasToken(account) ? copies : []),
    signIn,
    { label: lang.texts.accountScreens.details, icon: 'clock', run: () => openAccount(name) },
    {
      label: lang.texts.accountScreens.change,
      icon: 'gear',
      run: () => navigation.go({ screen: 'change', account: name }),
    },
    ...(signedIn ? ends : []),
    {
      label: lang.texts.common.remove,
      icon: 'trash',
      danger: true,
      run: () => void accounts.confirm('remove', name),
    },
  ];
}
