// Finding accounts: every word that was typed must be somewhere in name, provider, scope or grant; names that
// begin with the text come first.
import type { AccountView } from '../../../main/api/accounts.ts';

export interface SearchableAccount {
  /** The account's name, as it is unique. */
  readonly key: string;
  readonly account: AccountView;
  /** Its provider's name. */
  readonly group: string;
  /** In small letters. */
  readonly name: string;
  readonly haystack: string;
}

/** Prepares accounts once, so that a key costs a search alone. Sorted by provider's name, then name. */
export function index(
  accounts: readonly AccountView[],
  providerName: (id: string) => string,
): SearchableAccount[] {
  const order = new Map<string, string>();
  const indexed = accounts.map((account) => {
    const provider = providerName(account.provider);
    const name = account.name.toLowerCase();
    const haystack = `${name} ${provider} ${account.scope ?? ''} ${account.grant}`.toLowerCase();
    if (!order.has(provider)) order.set(provider, provider.toLowerCase());
    return { key: account.name, account, group: provider, name, haystack };
  });
  const of = (provider: string): string => order.get(provider) ?? provider;
  return indexed.sort((a, b) => compare(of(a.group), of(b.group)) || compare(a.name, b.name));
}

/** Those that fit, in their order. */
export function filter(indexed: readonly SearchableAccount[], typed: string): readonly SearchableAccount[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return indexed;
  return indexed.filter((one) => wanted.every((word) => one.haystack.includes(word)));
}

/** Those that fit, the best first: name begins with it, name holds it, then all others. */
export function rank(indexed: readonly SearchableAccount[], typed: string): readonly SearchableAccount[] {
  const text = typed.trim().toLowerCase();
  const found = filter(indexed, typed);
  if (text === '') return found;
  const group = (one: SearchableAccount): number =>
    one.name.startsWith(text) ? 0 : one.name.includes(text) ? 1 : 2;
  return [0, 1, 2].flatMap((n) => found.filter((one) => group(one) === n));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
