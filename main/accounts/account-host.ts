// The host by which a person knows an account: where it signs in, or else that of its API. Pure.
import { addressTemplates, usableAddress, type AddressUse } from '../oauth/address.ts';
import { fieldValues } from '../oauth/fields.ts';
import { isClientGrant } from '../oauth/grants/index.ts';
import type { Profile } from '../oauth/profile.ts';
import type { AccountSettings } from './settings.ts';

const byPage: readonly AddressUse[] = ['authorize', 'issuer', 'device', 'direct', 'token', 'api', 'who_am_i'];
const asked: readonly AddressUse[] = ['direct', 'token', 'issuer', 'authorize', 'device', 'api', 'who_am_i'];

/** Settings are replaced, never changed: what was found for them holds as long as they and the profile do. */
const found = new WeakMap<AccountSettings, { readonly profile: Profile; readonly host: string | null }>();

/** Host name, with its port where that is not the scheme's own; null where no address is known yet. */
export function hostOf(settings: AccountSettings, profile: Profile): string | null {
  const known = found.get(settings);
  if (known?.profile === profile) return known.host;
  const host = findHost(settings, profile);
  found.set(settings, { profile, host });
  return host;
}

function findHost({ grant, fields }: AccountSettings, profile: Profile): string | null {
  const values = fieldValues(profile, fields);
  const templates = new Map(addressTemplates(profile).map(({ use, template }) => [use, template]));
  const order = isClientGrant(grant) || grant === 'password' || grant === 'direct' ? asked : byPage;
  for (const use of order) {
    const template = templates.get(use);
    const address = template === undefined ? null : usableAddress(template, values);
    if (address !== null && URL.canParse(address)) return new URL(address).host;
  }
  return null;
}
