import { expect, test } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import { filter, rank } from './account-search.ts';
import { AccountEntry } from './account-store.svelte.ts';

const entry = (name: string, provider: string): AccountEntry =>
  new AccountEntry(accountView(name, { provider }));
const entries = [entry('desks', 'a'), entry('hq', 'b'), entry('my-hq', 'b'), entry('other', 'c')];
const providers = [
  { id: 'a', name: 'Eptura' },
  { id: 'b', name: 'OfficeRnD' },
  { id: 'c', name: 'HQ Vendor' },
];
const names = (found: readonly AccountEntry[]): string[] => found.map((one) => one.key);

test('the filter of accounts finds every word anywhere, in the name of the provider too', () => {
  expect(names(filter(entries, 'HQ my', providers))).toEqual(['my-hq']);
  expect(names(filter(entries, 'hq officernd', providers))).toEqual(['hq', 'my-hq']);
  expect(names(filter(entries, ' ', providers))).toEqual(['desks', 'hq', 'my-hq', 'other']);
  expect(names(filter(entries, 'nothing', providers))).toEqual([]);
});

test('the filter of accounts puts names that begin with the text first', () => {
  expect(names(rank(entries, 'hq', providers))).toEqual(['hq', 'my-hq', 'other']);
});
