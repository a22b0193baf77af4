// Where the person is in the window. Back and forward are the browser's own; the address never changes.
import type { WindowPlace } from '../../main/api/window.ts';
import { nameOfFocus } from '../app/focus.ts';

export type Place =
  | { readonly screen: 'accounts' | 'tools' | 'settings' | 'providers' | 'licences' }
  | { readonly screen: 'add'; readonly provider?: string }
  | { readonly screen: 'details' | 'change'; readonly account: string }
  | { readonly screen: 'sign_in'; readonly account: string; readonly where?: 'window' | 'browser' | 'paste' }
  /** `from`: the profile that the text begins with. */
  | { readonly screen: 'profile'; readonly from: string | null };

const home: Place = { screen: 'accounts' };

export class Places {
  current: Place = $state.raw(home);
  switcher = $state(false);
  /** Where the focus belongs on this screen: the opener of the one that was left by the way back; null: its head. */
  opener: string | null = null;
  /** Px that the list of accounts was scrolled by, where it makes room for other screens. */
  listTop = 0;
  #depth = 0;
  /** By depth: what had the focus when the next screen was opened. */
  readonly #openers: (string | null)[] = [];

  /** Follows the browser's back and forward; the answer ends it. */
  start(): () => void {
    history.replaceState({ keyfob: home, depth: 0 }, '');
    const follow = (event: PopStateEvent): void => {
      const state: unknown = event.state;
      const known = isEntry(state) ? state : { keyfob: home, depth: 0 };
      this.opener = known.depth < this.#depth ? (this.#openers[known.depth] ?? null) : null;
      this.#depth = known.depth;
      this.current = known.keyfob;
    };
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }

  go(place: Place): void {
    this.switcher = false;
    if (JSON.stringify(place) === JSON.stringify(this.current)) return;
    this.#openers[this.#depth] = nameOfFocus();
    this.opener = null;
    this.#depth += 1;
    history.pushState({ keyfob: place, depth: this.#depth }, '');
    this.current = place;
  }

  /** Goes there instead of here: back does not come here again. */
  replace(place: Place): void {
    history.replaceState({ keyfob: place, depth: this.#depth }, '');
    this.opener = null;
    this.current = place;
  }

  back(): void {
    if (this.#depth > 0) history.back();
    else this.current = home;
  }

  home(): void {
    if (this.current.screen !== 'accounts') this.go(home);
  }

  /** Goes where the host asks. */
  show(place: WindowPlace): void {
    if (place.screen === 'switcher') this.switcher = true;
    else if (place.screen === 'add') this.go({ screen: 'add' });
    else if (place.screen === 'details' || place.screen === 'sign_in') this.go(place);
    else this.go({ screen: place.screen });
  }
}

// What stands in history.state was put there by this file, in this session of the page.
function isEntry(value: unknown): value is { readonly keyfob: Place; readonly depth: number } {
  return typeof value === 'object' && value !== null && 'keyfob' in value && 'depth' in value;
}
