// In a browser: e2e/window/focus.spec.ts.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Navigation } from './navigation.svelte.ts';

/** A browser's session history (HTML, section 7.4) as far as it is used: entries, and `popstate` by going back. */
class TabHistory extends EventTarget {
  entries: unknown[] = [null];
  index = 0;

  pushState(state: unknown): void {
    this.entries = [...this.entries.slice(0, this.index + 1), structuredClone(state)];
    this.index += 1;
  }

  replaceState(state: unknown): void {
    this.entries[this.index] = structuredClone(state);
  }

  back(): void {
    this.index -= 1;
    this.dispatchEvent(Object.assign(new Event('popstate'), { state: this.entries[this.index] }));
  }
}

let tab: TabHistory;
beforeEach(() => {
  tab = new TabHistory();
  vi.stubGlobal('history', tab);
  vi.stubGlobal('window', tab);
});
afterEach(() => void vi.unstubAllGlobals());

describe('navigation', () => {
  it('goes back through the screens that were gone to, to what had the focus there', () => {
    let focused: string | null = 'Settings';
    const navigation = new Navigation(() => focused);
    const end = navigation.start();
    navigation.go({ screen: 'settings' });
    focused = 'Own providers';
    navigation.go({ screen: 'providers' });
    expect(navigation.opener).toBeNull();
    navigation.back();
    expect(navigation.current).toEqual({ screen: 'settings' });
    expect(navigation.opener).toBe('Own providers');
    navigation.back();
    expect(navigation.current).toEqual({ screen: 'accounts' });
    expect(navigation.opener).toBe('Settings');
    end();
  });

  it('does not come back to a screen that was replaced', () => {
    const navigation = new Navigation(() => null);
    navigation.start();
    navigation.go({ screen: 'add', provider: 'eptura' });
    navigation.replace({ screen: 'sign_in', account: 'hq' });
    expect(navigation.current).toEqual({ screen: 'sign_in', account: 'hq' });
    navigation.back();
    expect(navigation.current).toEqual({ screen: 'accounts' });
  });

  it('to the screen that is shown already makes no entry', () => {
    const navigation = new Navigation(() => null);
    navigation.start();
    navigation.go({ screen: 'details', account: 'hq' });
    navigation.go({ screen: 'details', account: 'hq' });
    expect(tab.entries).toHaveLength(2);
  });

  it('takes an entry of another page for the list of accounts', () => {
    const navigation = new Navigation(() => null);
    navigation.start();
    navigation.go({ screen: 'tools' });
    tab.entries[0] = { foreign: true };
    navigation.back();
    expect(navigation.current).toEqual({ screen: 'accounts' });
  });

  it('shows a screen that the host asks for, without the switcher over it', () => {
    const navigation = new Navigation(() => null);
    navigation.start();
    navigation.switcherOpen = true;
    navigation.show({ screen: 'sign_in', account: 'hq' });
    expect([navigation.switcherOpen, navigation.current]).toEqual([
      false,
      { screen: 'sign_in', account: 'hq' },
    ]);
  });
});
