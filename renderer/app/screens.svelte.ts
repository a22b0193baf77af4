// The screens of the window, each in a folder of its own below `screens/`.
//
// To add one: write its component, give it a title in `i18n/en/` and `i18n/de/` (the compiler then asks for its row
// here), and add the row. `listed` puts a button for it into the settings.
//
// What is drawn first is here from the start; the others are loaded when they are wanted, or before that in an idle
// moment (`loadScreens`).
import type { Component } from 'svelte';
import SelectedAccount from '../screens/accounts/SelectedAccount.svelte';
import Details from '../screens/details/Details.svelte';
import type { AccountScreen, PlainScreen, Route, SignInMethod } from '../state/navigation.svelte.ts';

/** What a plain screen is given; it takes what it needs. */
export interface PlainProps {
  /** A provider's id. */
  readonly provider: string | undefined;
  /** The issuer of a new account, where the person gave its address. */
  readonly issuer: string | undefined;
  /** The screens that are `listed`. */
  readonly listed: readonly PlainScreen[];
}

/** What a screen about one account is given. */
export interface AccountProps {
  readonly account: string;
  readonly method: SignInMethod;
  readonly field: string | undefined;
}

/** A component that is here from the start, or once it was loaded. */
class Source<Of> {
  readonly #load: () => Promise<{ readonly default: Of }>;
  /** Null: not loaded yet. */
  component: Of | null = $state.raw(null);
  /** It could not be had: the host that it comes from is gone. */
  isLost = $state(false);

  constructor(load: () => Promise<{ readonly default: Of }>, component: Of | null = null) {
    this.#load = load;
    this.component = component;
  }

  /** Resolves once it is here, or cannot be had. */
  async load(): Promise<void> {
    if (this.component !== null) return;
    try {
      this.component = (await this.#load()).default;
      this.isLost = false;
    } catch (thrown) {
      // What `import()` rejects with when a file does not come.
      if (!(thrown instanceof TypeError)) throw thrown;
      this.isLost = true;
    }
  }
}

/** One that is here from the start. */
const here = <Of>(component: Of): Source<Of> =>
  new Source(() => Promise.resolve({ default: component }), component);

type PlainComponent = Component<PlainProps> | Component<Record<string, never>>;

interface PlainEntry {
  readonly source: Source<PlainComponent>;
  readonly listed?: true;
  /** The key that opens it together with Ctrl, or Command on a Mac. */
  readonly shortcut?: string;
}

interface AccountEntry {
  readonly source: Source<Component<AccountProps>>;
}

/** By id; the order is that of the list in the settings. */
export const screens: Readonly<Record<PlainScreen, PlainEntry>> = {
  accounts: { source: here<PlainComponent>(SelectedAccount) },
  add: { source: new Source(() => import('../screens/account-form/AddAccount.svelte')) },
  settings: { source: new Source(() => import('../screens/settings/Settings.svelte')), shortcut: ',' },
  providers: { source: new Source(() => import('../screens/providers/Providers.svelte')), listed: true },
  tools: { source: new Source(() => import('../screens/tools/Tools.svelte')), listed: true },
  profile: { source: new Source(() => import('../screens/profile/Profile.svelte')) },
  licences: { source: new Source(() => import('../screens/licences/Licences.svelte')) },
};

/** Those about one account, by id. */
export const accountScreens: Readonly<Record<AccountScreen, AccountEntry>> = {
  details: { source: here<Component<AccountProps>>(Details) },
  change: { source: new Source(() => import('../screens/account-form/AccountForm.svelte')) },
  sign_in: { source: new Source(() => import('../screens/sign-in/SignIn.svelte')) },
};

/** Ids of the plain screens. */
export const plainScreens = Object.keys(screens) as readonly PlainScreen[];

/** Loads the component of a screen. Resolves once it is here, or cannot be had. */
export async function loadScreen(route: Route): Promise<void> {
  await ('account' in route ? accountScreens[route.screen] : screens[route.screen]).source.load();
}

/** Loads what is not here yet. */
export async function loadScreens(): Promise<void> {
  const all = [...Object.values(screens), ...Object.values(accountScreens)];
  await Promise.all(all.map(({ source }) => source.load()));
}
