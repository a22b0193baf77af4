import { expect, test } from 'vitest';
import type { AccountView } from '../../../main/api/accounts.ts';
import { filter, index, rank } from './account-search.ts';

const account = (name: string, provider: string): AccountView => ({
  name,
  provider,
  grant: 'client_credentials',
  state: 'live',
  expires_at: null,
  lifetime: null,
  next_refresh_at: null,
  scope: null,
  selected: false,
  selected_for_provider: false,
  notice: null,
});
const indexed = index(
  [account('my-hq', 'b'), account('hq', 'b'), account('desks', 'a'), account('other', 'hq-vendor')],
  (id) => id.toUpperCase(),
);
const names = (found: readonly { readonly account: AccountView }[]): string[] =>
  found.map((one) => one.account.name);

test('the filter of accounts sorts by provider, then name', () => {
  expect(names(indexed)).toEqual(['desks', 'hq', 'my-hq', 'other']);
});

test('the filter of accounts finds every word anywhere', () => {
  expect(names(filter(indexed, 'HQ my'))).toEqual(['my-hq']);
  expect(names(filter(indexed, 'nothing'))).toEqual([]);
});

test('the filter of accounts puts names that begin with the text first', () => {
  expect(names(rank(indexed, 'hq'))).toEqual(['hq', 'my-hq', 'other']);
});
