// The rows of the list of accounts: filtered, in groups, sorted.
//
// Invariant: rows stay where they are while a person is at them: an order is taken by `arrange` and kept, whatever is
// used or renewed meanwhile; only an account that is new, or that begins or ceases to wait for the person, moves.
import { untrack } from 'svelte';
import { accountGroups } from '../../main/api/account-order.ts';
import type { AccountView } from '../../main/api/accounts.ts';
import { filter, rank } from './account-search.ts';
import type { Provider } from './account-search.ts';
import type { AccountEntry, AccountStore } from './account-store.svelte.ts';

/** Which accounts are shown. */
export const shownStates = ['all', 'attention', 'signed_out'] as const;
export type ShownState = (typeof shownStates)[number];

/** In which order two accounts stand: below 0 when the first comes first. */
type Order = (one: AccountView, other: AccountView) => number;

export class AccountRows {
  readonly #store: AccountStore;
  readonly #providers: () => readonly Provider[];
  readonly #order: () => Order;
  typed = $state('');
  shown: ShownState = $state('all');
  /** The order that was taken; what came later is not here and comes first. */
  #taken: ReadonlySet<AccountEntry> = $state.raw(new Set());

  readonly #sorted: readonly AccountEntry[] = $derived.by(() => {
    const entries = this.#read();
    const present = new Set(entries);
    const ordered = [
      ...entries.filter((one) => !this.#taken.has(one)),
      ...[...this.#taken].filter((one) => present.has(one)),
    ];
    return accountGroups.flatMap((group) => ordered.filter((one) => one.group === group));
  });
  readonly #ofState = $derived.by(() => ({
    all: this.#sorted,
    attention: this.#sorted.filter((one) => one.group === 'attention'),
    signed_out: this.#sorted.filter((one) => one.isSignedOut),
  }));
  /** How many there are in each state. */
  readonly counts: Readonly<Record<ShownState, number>> = $derived.by(() => ({
    all: this.#ofState.all.length,
    attention: this.#ofState.attention.length,
    signed_out: this.#ofState.signed_out.length,
  }));
  readonly found: readonly AccountEntry[] = $derived.by(() =>
    filter(this.#ofState[this.shown], this.typed, this.#providers()),
  );

  constructor(store: AccountStore, providers: () => readonly Provider[], order: () => Order) {
    this.#store = store;
    this.#providers = providers;
    this.#order = order;
    this.arrange();
  }

  /** All that fit a text, whatever the list shows: the best first. */
  best(typed: string): readonly AccountEntry[] {
    return rank(this.#sorted, typed, this.#providers());
  }

  /** Takes the order anew. */
  arrange(): void {
    const order = this.#order();
    const viewed = untrack(() => this.#read().map((entry) => ({ entry, view: entry.view })));
    this.#taken = new Set(viewed.toSorted((a, b) => order(a.view, b.view)).map(({ entry }) => entry));
  }

  #read(): readonly AccountEntry[] {
    // An entry's group and state are no state of Svelte's: the version says when they changed.
    return this.#store.version < 0 ? [] : this.#store.entries;
  }
}
