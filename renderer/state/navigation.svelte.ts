// The screen that is shown. Back and forward are the browser's own; the address never changes.
//
// The screens are those that have a title in `i18n/`; their components are in `app/screens.svelte.ts`.
import type { WindowRoute } from '../../main/api/window.ts';
import type { Translation } from '../i18n/en/index.ts';

/** A screen about nothing in particular, or about a provider. */
export type PlainScreen = keyof Translation['screens'];
/** A screen about one account. */
export type AccountScreen = 'details' | keyof Translation['accountScreens'];
/** Where a person signs in; undefined: where the host chooses. */
export type SignInMethod = 'window' | 'browser' | 'paste' | undefined;

export type Route =
  | { readonly screen: PlainScreen; readonly provider?: string; readonly issuer?: string }
  | {
      readonly screen: AccountScreen;
      readonly account: string;
      readonly method?: SignInMethod;
      readonly field?: string;
    };

interface Entry {
  readonly route: Route;
  readonly depth: number;
}

const home: Route = { screen: 'accounts' };

export class Navigation {
  readonly #focused: () => string | null;
  current: Route = $state.raw(home);
  /** Whether the quick switcher is open. */
  switcherOpen = $state(false);
  /** Name of what has the focus on this screen: the opener of the one that was left by going back; null: its head. */
  opener: string | null = null;
  /** Px that the list of accounts was scrolled by, where other screens take its place. */
  listScroll = 0;
  #title: { readonly text: string } | null = $state.raw(null);
  #depth = 0;
  /** By depth: what had the focus when the next screen was opened. */
  readonly #openers: (string | null)[] = [];

  /** `focused`: names what has the focus. */
  constructor(focused: () => string | null) {
    this.#focused = focused;
  }

  /** Follows the browser's back and forward. Returns its end. */
  start(): () => void {
    this.#write('replaceState', home, 0);
    const follow = (event: PopStateEvent): void => {
      const state: unknown = event.state;
      const { route, depth } = isEntry(state) ? state : { route: home, depth: 0 };
      this.opener = depth < this.#depth ? (this.#openers[depth] ?? null) : null;
      this.#depth = depth;
      this.current = route;
    };
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }

  /** Of the screen that is drawn; null: it has none of its own. */
  get title(): string | null {
    return this.#title?.text ?? null;
  }

  /** Gives the window the screen's title. Returns its end. */
  entitle(title: string): () => void {
    const own = { text: title };
    this.#title = own;
    return () => {
      if (this.#title === own) this.#title = null;
    };
  }

  go(route: Route): void {
    this.switcherOpen = false;
    if (JSON.stringify(route) === JSON.stringify(this.current)) return;
    this.#openers[this.#depth] = this.#focused();
    this.opener = null;
    this.#depth += 1;
    this.#write('pushState', route, this.#depth);
    this.current = route;
  }

  /** Shows it instead of the current screen: back does not come here again. */
  replace(route: Route): void {
    this.#write('replaceState', route, this.#depth);
    this.opener = null;
    this.current = route;
  }

  back(): void {
    if (this.#depth > 0) history.back();
    else this.current = home;
  }

  home(): void {
    if (this.current.screen !== 'accounts') this.go(home);
  }

  /** Shows what the host asks for. */
  show(wanted: WindowRoute): void {
    if ('account' in wanted) this.go(wanted);
    else this.go({ screen: wanted.screen });
  }

  #write(how: 'pushState' | 'replaceState', route: Route, depth: number): void {
    const entry: Entry = { route, depth };
    history[how](entry, '');
  }
}

// What is in history.state was put there by this file, in this session of the page.
function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && 'route' in value && 'depth' in value;
}
