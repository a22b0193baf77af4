// The accounts that the host told, by name: looked up, never searched, so that the news of one costs the same among ten
// thousand as among three.
//
// Invariants: an entry is the same object while its account is there, and who shows it reads `view`; `version` changes
// when an account came, went, or may stand elsewhere in a list or be found by other words, and then alone. One account
// at most is selected, and one for each provider.
import { untrack } from 'svelte';
import { groupOf, type AccountGroup } from '../../main/api/account-order.ts';
import type { AccountView } from '../../main/api/accounts.ts';
import { searchText } from './account-facts.ts';

export class AccountEntry {
  readonly key: string;
  view: AccountView;
  /** Where it stands in the list. */
  group: AccountGroup;
  #text: string | null = null;

  constructor(view: AccountView) {
    this.key = view.name;
    this.view = $state.raw(view);
    this.group = groupOf(view);
  }

  /** What a filter looks in, the name in its first line; made when the first looks. */
  get text(): string {
    return (this.#text ??= searchText(untrack(() => this.view)));
  }

  get provider(): string {
    return untrack(() => this.view.provider);
  }

  get isSignedOut(): boolean {
    return untrack(() => this.view.state === 'signed_out');
  }

  /** Takes what is new of the account; gives whether it may stand elsewhere, or be found by other words. */
  take(view: AccountView): boolean {
    const { group, text, isSignedOut } = this;
    this.view = view;
    this.group = groupOf(view);
    this.#text = null;
    return group !== this.group || text !== this.text || isSignedOut !== this.isSignedOut;
  }
}

export class AccountStore {
  #entries = new Map<string, AccountEntry>();
  readonly #selectedFor = new Map<string, AccountEntry>();
  #selected = $state.raw<AccountEntry | null>(null);
  version = $state.raw(0);

  /** All of them, in the order in which they came. */
  readonly entries: readonly AccountEntry[] = $derived.by(() =>
    this.version < 0 ? [] : [...this.#entries.values()],
  );
  readonly size: number = $derived(this.entries.length);

  get selected(): AccountView | null {
    return this.#selected?.view ?? null;
  }

  byName(name: string): AccountView | null {
    // Read, so that whoever asks hears when it comes or goes.
    return this.version < 0 ? null : (this.#entries.get(name)?.view ?? null);
  }

  /** Takes all of them anew; what was there and still is keeps its entry. */
  replaceAll(views: readonly AccountView[]): void {
    const old = this.#entries;
    this.#entries = new Map();
    this.#selectedFor.clear();
    let selected: AccountEntry | null = null;
    for (const view of views) {
      const known = old.get(view.name);
      known?.take(view);
      const entry = known ?? new AccountEntry(view);
      this.#entries.set(view.name, entry);
      if (view.selected) selected = entry;
      if (view.selected_for_provider) this.#selectedFor.set(view.provider, entry);
    }
    this.#selected = selected;
    this.version += 1;
  }

  /** Takes one; when it is newly selected, the one that was gives its mark away. */
  take(view: AccountView): void {
    const entry = this.#entries.get(view.name);
    if (entry === undefined) {
      this.#entries.set(view.name, new AccountEntry(view));
      this.version += 1;
    } else if (entry.take(view)) this.version += 1;
    this.#mark(view);
  }

  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    if (this.#selected === entry) this.#selected = null;
    if (this.#selectedFor.get(entry.view.provider) === entry) this.#selectedFor.delete(entry.view.provider);
    this.version += 1;
  }

  #mark(view: AccountView): void {
    const entry = this.#entries.get(view.name);
    if (entry === undefined) return;
    const before = untrack(() => this.#selected);
    if (view.selected && before !== entry) {
      if (before !== null) before.view = { ...before.view, selected: false };
      this.#selected = entry;
    } else if (!view.selected && before === entry) this.#selected = null;
    const beforeFor = this.#selectedFor.get(view.provider);
    if (view.selected_for_provider && beforeFor !== entry) {
      if (beforeFor !== undefined) beforeFor.view = { ...beforeFor.view, selected_for_provider: false };
      this.#selectedFor.set(view.provider, entry);
    } else if (!view.selected_for_provider && beforeFor === entry) this.#selectedFor.delete(view.provider);
  }
}
