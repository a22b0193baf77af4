// Finding accounts: every word that was typed must be in one of the account's texts or in its provider's name; accounts
// whose name begins with the text come first where the best one matters.
import type { AccountEntry } from './account-store.svelte.ts';

export interface Provider {
  readonly id: string;
  /** As it is shown. */
  readonly name: string;
}

/** Those that fit, in their order. */
export function filter(
  entries: readonly AccountEntry[],
  typed: string,
  providers: readonly Provider[],
): readonly AccountEntry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries;
  const wanted = words.map((word) => ({
    word,
    of: new Set(providers.filter(({ name }) => name.toLowerCase().includes(word)).map(({ id }) => id)),
  }));
  return entries.filter((entry) =>
    wanted.every(({ word, of }) => entry.text.includes(word) || of.has(entry.provider)),
  );
}

/** Those that fit, the best first: name begins with it, name holds it, then all others. */
export function rank(
  entries: readonly AccountEntry[],
  typed: string,
  providers: readonly Provider[],
): readonly AccountEntry[] {
  const text = typed.trim().toLowerCase();
  const found = filter(entries, typed, providers);
  if (text === '') return found;
  const group = ({ text: of }: AccountEntry): number =>
    of.startsWith(text) ? 0 : nameOf(of).includes(text) ? 1 : 2;
  return [0, 1, 2].flatMap((n) => found.filter((one) => group(one) === n));
}

/** Name and display name: the first two lines of what is searched; without one, what follows is as good. */
function nameOf(text: string): string {
  return text.split('\n', 2).join('\n');
}
