// The addresses of a vendor, out of the templates of its profile.
//
// Invariant: what a person enters for a field cannot move an address to a host that the template does not
// name. Before the path a value has host characters alone; a template that begins with a field has the origin
// of that field's value. Judged when it is entered, and again when it is used: the settings are a file.
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { revocationRules, type Profile } from './profile.ts';
import { caseOf, fillTemplate, type Choice, type FieldValues } from './template.ts';
import { baseUrlFault, originOf, urlFault, withoutRoute } from './url.ts';

/** What an address is for. Only of `issuer` nothing but metadata is asked. */
export type AddressUse =
  | 'issuer'
  | 'authorize'
  | 'pushed_authorization'
  | 'token'
  | 'direct'
  | 'device'
  | 'registration'
  | 'revoke'
  | 'introspection'
  | 'api'
  | 'who_am_i';

export interface AddressTemplate {
  readonly use: AddressUse;
  /** Where it stands in the profile. */
  readonly path: readonly string[];
  readonly template: string;
  /** The choice of a field by which this address is the one; left out: it always is. */
  readonly when?: { readonly field: string; readonly is: string };
}

/** An address of a profile: a template, or one for each choice of a field. */
export type Address = Choice<string>;

/** Every template of an address that a profile has. */
export function addressTemplates(profile: Profile): AddressTemplate[] {
  const { issuer, authorize, token, direct, device, api_base: api, who_am_i: whoAmI } = profile;
  const perGrant = Object.entries(token?.per_grant ?? {}).map(([grant, form]) =>
    tokenAddresses(['token', 'per_grant', grant], form),
  );
  const all: NamedAddress[] = [
    ['issuer', ['issuer'], issuer],
    ['authorize', ['authorize', 'url'], authorize?.url],
    ['pushed_authorization', ['pushed_authorization', 'url'], profile.pushed_authorization?.url],
    ...tokenAddresses(['token'], token),
    ...perGrant.flat(),
    ['direct', ['direct', 'url'], direct?.url],
    ['device', ['device', 'url'], device?.url],
    ['registration', ['registration', 'url'], profile.registration?.url],
    ['revoke', ['revoke', 'url'], revocationRules(profile)?.url],
    ['introspection', ['introspection', 'url'], profile.introspection?.url],
    ['api', ['api_base'], api],
    ['who_am_i', ['who_am_i', 'url'], whoAmI?.url],
  ];
  return all.flatMap(([use, path, address]): AddressTemplate[] => {
    if (address === undefined) return [];
    if (typeof address === 'string') return [{ use, path, template: address }];
    const { by_field: field, cases } = address;
    return Object.entries(cases).map(([is, template]) => ({
      use,
      path: [...path, 'cases', is],
      template,
      when: { field, is },
    }));
  });
}

function tokenAddresses(path: readonly string[], form: Profile['token']): NamedAddress[] {
  return [
    ['token', [...path, 'url'], form?.url],
    ['token', [...path, 'further_exchange', 'url'], form?.further_exchange?.url],
  ];
}

type NamedAddress = [use: AddressUse, path: readonly string[], address: Address | undefined];

/** The addresses of a profile that an account's values name now. */
export function presentAddresses(profile: Profile, values: FieldValues): string[] {
  return addressTemplates(profile)
    .filter(({ when }) => when === undefined || values[when.field] === when.is)
    .flatMap(({ template }) => usableAddress(template, values) ?? []);
}

/** `https://{tenant}.example.com:8443/x`: scheme, and what stands before the path. */
const withHost = /^(https?):\/\/([^/?#\\]*)/i;
/** `{site}/x`: a field that holds a whole address. */
const withField = /^\{([^{}]*)\}(?=$|[/?])/;

/** Fields that stand in a template's host or port. */
export function hostFields(template: string): string[] {
  const authority = withHost.exec(template)?.[2] ?? '';
  return [...authority.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
}

/** Null when a value can stand in a host: else what is wrong with it. */
export function hostFault(value: string): Message | null {
  return /^[A-Za-z0-9.-]+$/.test(value) ? null : message('not_host_characters', {});
}

/** Null when some account's values can make an address of a template; else what is wrong with it. */
export function templateFault({ use, template }: Pick<AddressTemplate, 'use' | 'template'>): Message | null {
  if (/[{}]/.test(template.replaceAll(/\{[^{}]*\}/g, ''))) {
    // A brace too few or too many is another fault, and told as such.
    return null;
  }
  if (!withField.test(template) && !withHost.test(template)) {
    return message('no_address_template', {});
  }
  const sample = template
    .replace(withField, 'https://a')
    // Which host it is, and whether that one is loopback, is then the account's to say.
    .replace(/^http:\/\/[^/?#]*\{[^/?#]*/i, (open) =>
      canBeLoopback(open.slice(7)) ? 'https://a' : 'http://a',
    )
    .replaceAll(/:\{[^{}]*\}/g, ':1')
    .replaceAll(/\{[^{}]*\}/g, 'a');
  // OpenID Connect Discovery 1.0 section 3: an issuer has no query. Nor has what paths are added to.
  if (use === 'issuer' || use === 'api') return baseUrlFault(sample);
  // A browser goes there, and may find the page by a route.
  return urlFault(use === 'authorize' ? withoutRoute(sample) : sample);
}

/** Whether a value can make a loopback host of a template's host and port. */
function canBeLoopback(authority: string): boolean {
  const pieces = authority.replace(/:[^:\]]*$/, '').split(/\{[^{}]*\}/);
  const [first = ''] = pieces;
  const last = pieces.at(-1) ?? '';
  const isName = 'localhost'.startsWith(first.toLowerCase()) && 'localhost'.endsWith(last.toLowerCase());
  return isName || pieces.every((piece) => /^[\d.:[\]]*$/.test(piece));
}

/**
 * The address of a template with an account's values; null when a field that it names is not set. Throws
 * `bad_request` (naming the endpoint) when a value moves it to another host, or makes an address of it that is not taken.
 */
export function fillAddress(
  address: Address,
  values: FieldValues,
  provider: string,
  endpoint: Message,
): string | null {
  const template = caseOf(address, values);
  if (template === null) return null;
  const filled = fillTemplate(template, values);
  const fault = filled === null ? null : filledFault(template, values);
  if (fault !== null) {
    throw new KeyfobError('address_unusable', { provider, endpoint, fault });
  }
  return filled;
}

/** As `fillAddress`; null too when the address cannot be used. */
export function usableAddress(address: Address, values: FieldValues): string | null {
  const template = caseOf(address, values);
  if (template === null) return null;
  const filled = fillTemplate(template, values);
  return filled === null || filledFault(template, values) !== null ? null : filled;
}

function filledFault(withRoute: string, values: FieldValues): Message | null {
  // The profile's own route: a value that has one cuts the rest of the address off.
  const template = withoutRoute(withRoute);
  const filled = fillTemplate(template, values) ?? '';
  const whole = withField.exec(template)?.[1];
  if (whole !== undefined) {
    const value = values[whole] ?? '';
    return urlFault(value) ?? urlFault(filled) ?? (originOf(value) === originOf(filled) ? null : elsewhere);
  }
  for (const field of hostFields(template)) {
    const fault = hostFault(values[field] ?? '');
    if (fault !== null) {
      return message('host_not_made', { field, fault });
    }
  }
  const [, scheme = '', authority = ''] = withHost.exec(template) ?? [];
  const host = fillTemplate(authority, values) ?? '';
  return urlFault(filled) ?? (originOf(`${scheme}://${host}`) === originOf(filled) ? null : elsewhere);
}

const elsewhere = message('other_host', {});
