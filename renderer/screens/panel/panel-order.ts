// Where the focus of the quick panel begins. Pure.
import type { AccountView } from '../../../main/api/accounts.ts';

/** The first that is not the default, so that the shortcut and Enter change between two; else the only one there is. */
export function startOf(sorted: readonly Pick<AccountView, 'selected'>[]): number {
  return Math.max(
    0,
    sorted.findIndex(({ selected }) => !selected),
  );
}
