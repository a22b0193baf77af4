// Judges what a person enters for an account against the provider's profile.
//
// Invariants: a fault names the field and never its value (a secret may have been put into the wrong one);
// what is accepted is complete: every required field of the grant is there.
import { addressTemplates, hostFields, hostFault } from './address.ts';
import { shownText } from '../api/shown-text.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { isGrant, type ClientGrantId } from './grants/index.ts';
import type { GrantProfile, Profile } from './profile.ts';
import { resourceFault } from './resource.ts';
import type { FieldValues } from './template.ts';
import { baseUrlFault, redirectUriFault, showsCode, urlFault } from './url.ts';

/** The grant's part of a profile. Throws `bad_request` naming the grants there are. */
export function grantOf(profile: Profile, grant: string): GrantProfile {
  const found = isGrant(grant) ? profile.grants[grant] : undefined;
  if (found === undefined) {
    const grants = Object.keys(profile.grants);
    const params = { provider: profile.name, grant: shownText(grant, 64), grants };
    throw new KeyfobError('unknown_grant', params, { field: 'grant' });
  }
  return found;
}

/** Secrets that a sign-in by the grant needs and that are not there; empty texts are none. */
export function missingSecrets(profile: Profile, grant: string, secrets: FieldValues): string[] {
  return grantOf(profile, grant).required.filter(
    (field) => profile.fields[field]?.secret === true && (secrets[field] ?? '') === '',
  );
}

/** Whether a client has what it asks on its own with, in an account of `grant`; it may take no secret at all. */
export function clientCanAsk(
  profile: Profile,
  by: ClientGrantId,
  grant: string,
  secrets: FieldValues,
): boolean {
  return missingSecrets(profile, profile.grants[by] === undefined ? grant : by, secrets).length === 0;
}

/** Throws `bad_request` when settings or secrets name unknown fields, lack required ones, or hold bad values. */
export function checkFields(
  profile: Profile,
  grant: string,
  settings: FieldValues,
  secrets: Readonly<Record<string, string>>,
): void {
  const { required, optional = [] } = grantOf(profile, grant);
  const known = [...required, ...optional];
  const unknown = [...Object.keys(settings), ...Object.keys(secrets)].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unknownFields(profile, grant, unknown, known);
  for (const field of Object.keys(settings)) {
    if (profile.fields[field]?.secret === true) {
      throw new KeyfobError(
        'secret_as_setting',
        { field },
        { field, action: { type: 'enter_secret', params: { field } } },
      );
    }
  }
  for (const field of Object.keys(secrets)) {
    if (profile.fields[field]?.secret !== true) {
      throw new KeyfobError(
        'setting_as_secret',
        { field },
        { field, action: { type: 'enter_setting', params: { field } } },
      );
    }
  }
  const given = { ...settings, ...secrets };
  const missing = required.filter(
    (name) => (given[name] ?? '') === '' && profile.fields[name]?.default === undefined,
  );
  if (missing.length > 0) throw missingFields(profile, grant, missing);
  const [first] = fieldFaults(profile, settings);
  if (first !== undefined) {
    const { field } = first;
    throw new KeyfobError('wrong_field', first, {
      field,
      action: { type: 'enter_setting', params: { field } },
    });
  }
}

function unknownFields(
  profile: Profile,
  grant: string,
  unknown: readonly string[],
  known: readonly string[],
): KeyfobError {
  const provider = profile.name;
  const fields = unknown.map((name) => shownText(name, 64));
  const elsewhere = unknown.every((name) => Object.hasOwn(profile.fields, name));
  const taken = known.map((name) => starred(profile, name));
  const [field = ''] = fields;
  return elsewhere
    ? new KeyfobError('fields_not_taken', { provider, grant, fields, known: taken }, { field })
    : new KeyfobError('unknown_fields', { provider, fields, known: taken }, { field });
}

function missingFields(profile: Profile, grant: string, missing: readonly string[]): KeyfobError {
  const helps = missing.map((name) => {
    const { help } = profile.fields[name] ?? {};
    const field = starred(profile, name);
    return help === undefined
      ? message('field_without_help', { field })
      : message('field_help', { field, help });
  });
  const [field = ''] = missing;
  return new KeyfobError(
    'missing_fields',
    { provider: profile.name, grant, fields: missing, helps, where: profile.credentials_help },
    { field, action: { type: 'enter_fields', params: {} } },
  );
}

/** A secret's name with a star. */
function starred(profile: Profile, name: string): string {
  return profile.fields[name]?.secret === true ? `${name}*` : name;
}

/** Says what is wrong with each value that is there, as the end of a sentence that begins with the field. */
export function fieldFaults(
  profile: Profile,
  settings: FieldValues,
): readonly { readonly field: string; readonly fault: Message }[] {
  const inHost = new Set(addressTemplates(profile).flatMap(({ template }) => hostFields(template)));
  return Object.entries(settings).flatMap(([field, value]) => {
    const fault =
      value === ''
        ? null
        : (valueFault(profile, field, value) ?? (inHost.has(field) ? hostFault(value) : null));
    return fault === null ? [] : [{ field, fault }];
  });
}

function valueFault({ fields, redirect, authorize }: Profile, name: string, value: string): Message | null {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field?.choices !== undefined && !field.choices.includes(value)) {
    return message('no_choice', { choices: field.choices });
  }
  if (/\p{Cc}/u.test(value)) {
    return message('has_controls', {});
  }
  if (value.trim() === '') {
    return message('is_blank', {});
  }
  switch (field?.kind) {
    case 'url':
      return urlFault(value);
    case 'base_url':
      return baseUrlFault(value);
    case 'server':
      return value.includes('://')
        ? baseUrlFault(value)
        : /^[A-Za-z0-9.-]*[A-Za-z0-9](:\d{1,5})?$/.test(value) && urlFault(`https://${value}`) === null
          ? null
          : message('no_server', {});
    case 'redirect_uri':
      if (!showsCode(value)) return redirectUriFault(value);
      return redirect?.code_alone_taken === true && authorize?.pkce === true
        ? null
        : message('code_alone_not_taken', {});
    case 'resource':
      return resourceFault(value);
    case 'text':
    case 'scope':
    case undefined:
      return null;
  }
}

/** Texts by field without those that are empty; an empty one stays where the field says that it is a value. */
export function withoutEmpty({ fields }: Profile, texts: FieldValues): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).filter(([name, value]) => value !== '' || isValue(fields, name)),
  );
}

function isValue(fields: Profile['fields'], name: string): boolean {
  return Object.hasOwn(fields, name) && fields[name]?.may_be_empty === true;
}

/** An account's values as the profile's templates want them: defaults in, servers as URLs, empties out. */
export function fieldValues(profile: Profile, settings: FieldValues): FieldValues {
  const values: Record<string, string> = {};
  for (const [name, field] of Object.entries(profile.fields)) {
    const own = settings[name];
    const value = own === undefined || (own === '' && field.may_be_empty !== true) ? field.default : own;
    if (value !== undefined && value !== '') {
      values[name] = field.kind === 'server' && !value.includes('://') ? `https://${value}` : value;
    }
  }
  return values;
}
