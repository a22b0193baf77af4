// How a checked profile is shown: what a form for one of its accounts is made of.
import type { FormField, ProviderForm, ProviderView } from '../api/providers.ts';
import { inEnglish, type Profile } from '../oauth/profile.ts';

/** Grants that send the person to a page, or act as its form does. */
const pageGrants: readonly string[] = ['authorization_code', 'direct', 'implicit'];

/** Whether a field only tells what another grant asks for: where the page is, the device's code, the token. */
function isUnused(profile: Profile, name: string, grant: string): boolean {
  const { authorize, device, token, client_auth: auth, fields } = profile;
  const named = (url: unknown): boolean => JSON.stringify(url ?? '').includes(`{${name}}`);
  if (fields[name]?.kind === 'redirect_uri' || named(authorize?.url)) return !pageGrants.includes(grant);
  if (named(device?.url)) return grant !== 'device_code';
  const forToken =
    name === 'client_secret' || named(token?.url) || JSON.stringify(auth).includes(`"by_field":"${name}"`);
  return forToken && grant === 'implicit';
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
    may_be_empty: field.may_be_empty ?? false,
    grants: grants
      .filter(([, one]) => [...one.required, ...(one.optional ?? [])].includes(name))
      .map(([grant]) => grant),
    required_for: grants.filter(([, one]) => one.required.includes(name)).map(([grant]) => grant),
    unused_by: grants
      .filter(([grant, { required }]) => !required.includes(name) && isUnused(profile, name, grant))
      .map(([grant]) => grant),
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
    fields: fields.map(({ placeholder: _placeholder, unused_by: _unused, label, help, ...field }) => ({
      ...field,
      label: inEnglish(label),
      help: help === null ? null : inEnglish(help),
    })),
  };
}
