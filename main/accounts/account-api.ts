// The API that an account's token is meant for.
//
// Invariant: an address that is given out lies under the account's `api_base`, and its origin is one that the
// account's secrets were entered for.
import { KeyfobError } from '../api/errors.ts';
import { usableAddress } from '../oauth/address.ts';
import { addressUnder } from '../oauth/api-address.ts';
import { grantOf } from '../oauth/fields.ts';
import type { Account } from './account.ts';

/** The account's `api_base`. Throws `bad_request` where it has none. */
export function apiBaseOf(account: Account): string {
  const { name, profile, settings } = account;
  const base =
    profile.api_base === undefined ? null : usableAddress(profile.api_base, account.clientContext().values);
  if (base !== null) return base;
  const { required, optional = [] } = grantOf(profile, settings.grant);
  const field = 'api_base';
  throw new KeyfobError(
    'no_api_base',
    { account: name },
    [...required, ...optional].includes(field)
      ? { field, action: { type: 'set_field', params: { account: name, field } } }
      : {},
  );
}

/** The address of a path under the account's `api_base`. Throws `bad_request`, `not_permitted`, `vault_locked`. */
export function apiAddress(
  account: Account,
  path: string,
): { readonly api_base: string; readonly url: string } {
  const base = apiBaseOf(account);
  const url = addressUnder(base, path);
  if (url === null) throw new KeyfobError('path_leaves_api', {}, { field: 'path' });
  account.gate.check(url);
  return { api_base: base, url };
}
