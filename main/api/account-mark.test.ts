import { expect, test } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import { noLabels } from './account-labels.ts';
import { accountMark, byRecency, markColors } from './account-mark.ts';

test('an account without a mark of its own has the letters and the colour of its name', () => {
  expect(accountMark(accountView('hq')).letters).toBe('HQ');
  expect(accountMark(accountView('berlin-sandbox')).letters).toBe('BS');
  expect(accountMark(accountView('x', { labels: { ...noLabels, display_name: 'über uns' } })).letters).toBe(
    'ÜU',
  );
  expect(accountMark(accountView('x', { labels: { ...noLabels, letters: 'Q', color: 'pink' } }))).toEqual({
    letters: 'Q',
    color: 'pink',
  });
  const colors = Array.from({ length: 64 }, (_, one) => accountMark(accountView(`a${String(one)}`)).color);
  expect(new Set(colors)).toEqual(new Set(markColors.slice(0, -1)));
});

test('accounts are ordered by their last use, and then by name', () => {
  const accounts = [accountView('b'), accountView('a'), accountView('c', { last_used_at: 5 })];
  expect(accounts.toSorted(byRecency).map(({ name }) => name)).toEqual(['c', 'a', 'b']);
});
