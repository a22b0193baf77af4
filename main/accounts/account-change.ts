// What a change of an account's fields means for its tokens. Pure.
import { isClientGrant } from '../oauth/grants/index.ts';
import { checkFields, fieldValues, withoutEmpty } from '../oauth/fields.ts';
import type { Profile } from '../oauth/profile.ts';
import type { AccountSettings } from './settings.ts';
import type { FieldValues } from '../oauth/template.ts';
import type { AccountChange } from '../api/accounts.ts';
import { message, type Message } from '../api/problems/index.ts';

/** What changed settings mean for the tokens: kept, asked for anew without a person, or ended. */
export type ChangeEffect = 'keep' | 'remint' | 'end';

export interface PlannedChange {
  readonly settings: AccountSettings;
  readonly secrets: Record<string, string>;
  readonly effect: ChangeEffect;
  /** What becomes of tokens in hand. */
  readonly notes: readonly Message[];
}

/**
 * Plans a change of settings and secrets; an empty text takes a setting away. Throws `bad_request` as
 * checkFields does. Tokens end when a field changes that they are bound to; a token that the client gets on
 * its own is asked for anew when its scope changes.
 */
export function planChange(
  profile: Profile,
  before: AccountSettings,
  secretsBefore: FieldValues,
  change: AccountChange,
): PlannedChange {
  const fields = withoutEmpty(profile, { ...before.fields, ...change.settings });
  const secrets = withoutEmpty(profile, { ...secretsBefore, ...change.secrets });
  checkFields(profile, before.grant, fields, secrets);
  const values = { before: fieldValues(profile, before.fields), after: fieldValues(profile, fields) };
  const touched = Object.keys(change.settings).filter(
    (field) => values.before[field] !== values.after[field],
  );
  const binding = touched.filter((field) => profile.fields[field]?.binds_tokens === true);
  const settings = { ...before, fields };
  if (binding.length > 0) {
    const notes = [message('tokens_forgotten', { fields: binding })];
    return { settings, secrets, effect: 'end', notes };
  }
  if (isClientGrant(before.grant) && touched.includes('scope')) {
    return { settings, secrets, effect: 'remint', notes: [message('new_scope_asked', {})] };
  }
  const fromNextSignIn = touched.some((field) => field === 'scope' || field === 'redirect_uri');
  const notes = fromNextSignIn ? [message('from_next_sign_in', {})] : [];
  return { settings, secrets, effect: 'keep', notes };
}
