// Judges what a person enters for an account against the provider's profile.
//
// Invariants: a fault names the field and never its value (a secret may have been put into the wrong one);
// what is accepted is complete: every required field of the grant is there.
import { addressTemplates, hostFields, hostFault } from './address.ts';
import { plain } from './dialect/answer.ts';
import { KeyfobError } from '../api/errors.ts';
import { isGrant } from './grants/index.ts';
import { inEnglish, type GrantProfile, type Profile, type ProfileField } from './profile.ts';
import type { FieldValues } from './template.ts';
import { baseUrlFault, redirectUriFault, urlFault } from './url.ts';
import type { ProviderView, FormField, ProviderForm } from '../api/providers.ts';

/** The grant's part of a profile. Throws `bad_request` naming the grants there are. */
export function grantOf(profile: Profile, grant: string): GrantProfile {
  const found = isGrant(grant) ? profile.grants[grant] : undefined;
  if (found === undefined) {
    throw new KeyfobError('bad_request', `${profile.name} has no grant "${plain(grant, 64)}".`, {
      hint: `Choose one of: ${Object.keys(profile.grants).join(', ')}.`,
    });
  }
  return found;
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
  if (unknown.length > 0) {
    const elsewhere = unknown.filter((name) => Object.hasOwn(profile.fields, name));
    throw new KeyfobError(
      'bad_request',
      elsewhere.length === unknown.length
        ? `The grant ${grant} of ${profile.name} does not take: ${unknown.join(', ')}.`
        : `${profile.name} has no field: ${unknown.map((name) => plain(name, 64)).join(', ')}.`,
      {
        hint: `It takes: ${known.map((name) => name + (profile.fields[name]?.secret === true ? '*' : '')).join(', ')} (* by --secret).`,
      },
    );
  }
  for (const name of Object.keys(settings)) {
    if (profile.fields[name]?.secret === true) {
      throw new KeyfobError('bad_request', `The field ${name} is a secret and was given as a setting.`, {
        hint: `Give it by --secret ${name} (one line on standard input) or --secret ${name}@FILE.`,
      });
    }
  }
  for (const name of Object.keys(secrets)) {
    if (profile.fields[name]?.secret !== true) {
      throw new KeyfobError('bad_request', `The field ${name} is not a secret.`, {
        hint: `Give it by --set ${name}=….`,
      });
    }
  }
  const given = { ...settings, ...secrets };
  const missing = required.filter(
    (name) => (given[name] ?? '') === '' && profile.fields[name]?.default === undefined,
  );
  if (missing.length > 0) {
    throw new KeyfobError('bad_request', `${profile.name} (${grant}) also needs: ${missing.join(', ')}.`, {
      hint: `${missing
        .map(
          (name) =>
            `${profile.fields[name]?.secret === true ? `--secret ${name}` : `--set ${name}=…`}${helpOf(profile.fields[name])}`,
        )
        .join('; ')}. Where to get them: ${inEnglish(profile.credentials_help)}`,
    });
  }
  const [first] = fieldFaults(profile, settings);
  if (first !== undefined) {
    throw new KeyfobError('bad_request', `The field ${first.field} ${first.fault}.`, {
      hint: `Give it again by --set ${first.field}=….`,
    });
  }
}

/** Says what is wrong with each value that is there, as the end of a sentence that begins with the field. */
export function fieldFaults(
  profile: Profile,
  settings: FieldValues,
): readonly { readonly field: string; readonly fault: string }[] {
  const inHost = new Set(addressTemplates(profile).flatMap(({ template }) => hostFields(template)));
  return Object.entries(settings).flatMap(([field, value]) => {
    const fault =
      value === ''
        ? null
        : (valueFault(profile.fields[field], value) ?? (inHost.has(field) ? hostFault(value) : null));
    return fault === null ? [] : [{ field, fault }];
  });
}

function helpOf(field: ProfileField | undefined): string {
  return field?.help === undefined ? '' : ` (${inEnglish(field.help).replace(/\.$/, '')})`;
}

function valueFault(field: ProfileField | undefined, value: string): string | null {
  if (field?.choices !== undefined && !field.choices.includes(value)) {
    return `must be one of: ${field.choices.join(', ')}`;
  }
  if (/\p{Cc}/u.test(value)) {
    return 'must not hold control characters or line ends';
  }
  if (value.trim() === '') {
    return 'must not be blank';
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
          : 'must be a host, such as api.example.com';
    case 'redirect_uri':
      return redirectUriFault(value);
    case 'text':
    case 'scope':
    case undefined:
      return null;
  }
}

/** An account's values as the profile's templates want them: defaults in, servers as URLs, empties out. */
export function fieldValues(profile: Profile, settings: FieldValues): FieldValues {
  const values: Record<string, string> = {};
  for (const [name, field] of Object.entries(profile.fields)) {
    const own = settings[name];
    const value = own === undefined || own === '' ? field.default : own;
    if (value !== undefined && value !== '') {
      values[name] = field.kind === 'server' && !value.includes('://') ? `https://${value}` : value;
    }
  }
  return values;
}

/** What a form for an account is made of, its texts in every language. */
export function providerForm(profile: Profile): ProviderForm {
  const grants = Object.entries(profile.grants);
  const fields = Object.entries(profile.fields).map(([name, field]): FormField => ({
    name,
    label: field.label,
    help: field.help ?? null,
    placeholder: field.placeholder ?? null,
    secret: field.secret ?? false,
    default: field.default ?? null,
    choices: field.choices ?? null,
    grants: grants
      .filter(([, one]) => [...one.required, ...(one.optional ?? [])].includes(name))
      .map(([grant]) => grant),
    required_for: grants.filter(([, one]) => one.required.includes(name)).map(([grant]) => grant),
  }));
  return {
    id: profile.id,
    grants: grants.map(([grant]) => grant),
    default_grant: profile.default_grant,
    credentials_help: profile.credentials_help,
    fields,
  };
}

/** What `GET /v1/providers` says of a profile, in English. */
export function providerView(profile: Profile, builtIn: boolean): ProviderView {
  const { id, credentials_help, fields, ...form } = providerForm(profile);
  return {
    id,
    name: profile.name,
    built_in: builtIn,
    ...form,
    credentials_help: inEnglish(credentials_help),
    fields: fields.map(({ placeholder: _placeholder, label, help, ...field }) => ({
      ...field,
      label: inEnglish(label),
      help: help === null ? null : inEnglish(help),
    })),
  };
}
