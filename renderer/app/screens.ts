// The screens of the window, each in a folder of its own below `screens/`.
//
// To add one: write its component, give it a title in `i18n/en/` and `i18n/de/` (the compiler then asks for its row
// here), and add the row. `listed` puts a button for it into the settings.
import type { Component } from 'svelte';
import AccountForm from '../screens/account-form/AccountForm.svelte';
import AddAccount from '../screens/account-form/AddAccount.svelte';
import SelectedAccount from '../screens/accounts/SelectedAccount.svelte';
import Details from '../screens/details/Details.svelte';
import Licences from '../screens/licences/Licences.svelte';
import Profile from '../screens/profile/Profile.svelte';
import Providers from '../screens/providers/Providers.svelte';
import Settings from '../screens/settings/Settings.svelte';
import SignIn from '../screens/sign-in/SignIn.svelte';
import Tools from '../screens/tools/Tools.svelte';
import type { AccountScreen, PlainScreen, SignInMethod } from '../state/navigation.svelte.ts';

/** What a plain screen is given; it takes what it needs. */
export interface PlainProps {
  /** A provider's id. */
  readonly provider: string | undefined;
  /** The issuer of a new account, where the person gave its address. */
  readonly issuer: string | undefined;
  /** The screens that are `listed`. */
  readonly listed: readonly PlainScreen[];
}

interface PlainEntry {
  readonly component: Component<PlainProps> | Component<Record<string, never>>;
  readonly listed?: true;
  /** The key that opens it together with Ctrl, or Command on a Mac. */
  readonly shortcut?: string;
}

interface AccountEntry {
  readonly component: Component<{
    readonly account: string;
    readonly method: SignInMethod;
    readonly field: string | undefined;
  }>;
}

/** By id; the order is that of the list in the settings. */
export const screens: Readonly<Record<PlainScreen, PlainEntry>> = {
  accounts: { component: SelectedAccount },
  add: { component: AddAccount },
  settings: { component: Settings, shortcut: ',' },
  providers: { component: Providers, listed: true },
  tools: { component: Tools, listed: true },
  profile: { component: Profile },
  licences: { component: Licences },
};

/** Those about one account, by id. */
export const accountScreens: Readonly<Record<AccountScreen, AccountEntry>> = {
  details: { component: Details },
  change: { component: AccountForm },
  sign_in: { component: SignIn },
};

/** Ids of the plain screens. */
export const plainScreens = Object.keys(screens) as readonly PlainScreen[];
