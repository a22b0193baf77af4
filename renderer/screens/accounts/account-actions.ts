// What can be done with an account, as entries of a menu.
import type { AccountView } from '../../../main/api/accounts.ts';
import type { Item } from '../../components/menu-item.ts';
import { lang } from '../../i18n/lang.svelte.ts';
import type { App } from '../../state/app.svelte.ts';
import { hasToken } from '../../components/account-status.ts';

/** Lists the actions that make sense in the account's state. */
export function accountActions(app: App, account: AccountView): readonly Item[] {
  const words = lang.words.accounts;
  const { name } = account;
  const copies: Item[] = [
    { label: words.copyToken, icon: 'copy', keys: '⇧↵', run: () => void app.copy(name) },
    { label: words.copyHeader, run: () => void app.copy(name, 'header') },
    { label: words.copyCurl, run: () => void app.copy(name, 'curl') },
    { label: words.copyEnvironment, run: () => void app.copy(name, 'environment') },
    { label: words.refresh, icon: 'refresh', run: () => void app.refresh(name) },
  ];
  const signIn: Item = {
    label: hasToken(account) ? words.signInAgain : words.signIn,
    icon: 'key',
    run: () => app.signIn(name),
  };
  const signedIn = account.state !== 'signed_out' && account.state !== 'signing_in';
  const ends: Item[] = [
    { label: words.signOut, run: () => void app.ask('sign_out', name) },
    { label: words.revoke, danger: true, run: () => void app.ask('revoke', name) },
  ];
  return [
    ...(hasToken(account) ? copies : []),
    signIn,
    { label: words.details, icon: 'clock', run: () => app.places.go({ screen: 'details', account: name }) },
    { label: words.change, icon: 'gear', run: () => app.places.go({ screen: 'change', account: name }) },
    ...(signedIn ? ends : []),
    {
      label: lang.words.common.remove,
      icon: 'trash',
      danger: true,
      run: () => void app.ask('remove', name),
    },
  ];
}
