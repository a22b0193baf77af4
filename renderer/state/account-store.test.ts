import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import { AccountRows } from './account-rows.svelte.ts';
import { AccountStore } from './account-store.svelte.ts';
import { countedRuns } from '../../testing/counted-runs.svelte.ts';

const views = (count: number) => Array.from({ length: count }, (_, n) => accountView(`a${n}`));

describe('the store of accounts', () => {
  it('tells the row of an account that changed, and nothing else', async () => {
    const store = new AccountStore();
    store.replaceAll(views(1_000));
    const [one, other] = store.entries;
    const runs = countedRuns({
      one: () => one?.view,
      other: () => other?.view,
      list: () => store.version,
    });
    store.take(accountView('a0', { state: 'refreshing' }));
    await setImmediate();
    expect(runs.counts()).toEqual({ one: 2, other: 1, list: 1 });
    store.take(accountView('a0', { state: 'sign_in_needed', needs: 'sign_in' }));
    await setImmediate();
    expect(runs.counts()).toEqual({ one: 3, other: 1, list: 2 });
    runs.end();
  });

  it('gives the marks of selection to one alone', () => {
    const store = new AccountStore();
    store.replaceAll([
      accountView('hq', { selected: true, selected_for_provider: true }),
      accountView('desks', { provider: 'officernd', selected_for_provider: true }),
    ]);
    store.take(accountView('other', { selected: true, selected_for_provider: true }));
    expect(store.selected?.name).toBe('other');
    expect(store.byName('hq')).toMatchObject({ selected: false, selected_for_provider: false });
    expect(store.byName('desks')?.selected_for_provider).toBe(true);
    store.remove('other');
    expect(store.selected).toBeNull();
    expect(store.size).toBe(2);
  });

  it('keeps the entry of an account when everything is told anew', () => {
    const store = new AccountStore();
    store.replaceAll(views(2));
    const [first] = store.entries;
    store.replaceAll([...views(1), accountView('new')]);
    expect(store.entries[0]).toBe(first);
    expect(store.entries.map((one) => one.key)).toEqual(['a0', 'new']);
  });
});

describe('the rows of the list', () => {
  const byName = (): ((a: { name: string }, b: { name: string }) => number) => (a, b) =>
    a.name.localeCompare(b.name);

  it('put what waits for a person first, and stay in the order that was taken', () => {
    const store = new AccountStore();
    store.replaceAll(views(3));
    let order = byName();
    const rows = new AccountRows(
      store,
      () => [],
      () => order,
    );
    const names = (): string[] => rows.found.map((one) => one.key);
    store.take(accountView('a1', { state: 'sign_in_needed', needs: 'sign_in' }));
    expect(names()).toEqual(['a1', 'a0', 'a2']);
    expect(rows.counts).toEqual({ all: 3, attention: 1, signed_out: 0 });
    order = (a, b) => b.name.localeCompare(a.name);
    expect(names()).toEqual(['a1', 'a0', 'a2']);
    rows.arrange();
    expect(names()).toEqual(['a1', 'a2', 'a0']);
    store.take(accountView('a9', { state: 'signed_out' }));
    rows.shown = 'signed_out';
    expect(names()).toEqual(['a9']);
  });
});
