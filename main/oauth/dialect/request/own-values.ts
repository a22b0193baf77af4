// What templates of a request can name beside the profile's fields: what this one request alone has.
import { fillTemplate, type FieldValues } from '../../template.ts';
import type { RequestValues } from './rule.ts';

/** `redirect_uri`: the one that the sign-in used, Keyfob's own too; `random`: 128 fresh random bits. */
export const ownValues = ['redirect_uri', 'random'] as const;

/** Parameters of the request's own message that its templates can name: for a vendor that wants them elsewhere. */
export const messageValues = [
  'code',
  'code_verifier',
  'refresh_token',
  'access_token',
  'assertion',
  'client_assertion',
] as const;

/** Of a section but `token`, those that its message has. */
export const messageValuesOf: Readonly<Record<string, readonly (typeof messageValues)[number][]>> = {
  device: ['client_assertion'],
  direct: [],
  further_exchange: ['client_assertion'],
  introspection: ['access_token', 'client_assertion'],
  revoke: ['access_token', 'refresh_token', 'client_assertion'],
};

/** In a further exchange also `subject_token`, the token that is exchanged (RFC 8693 section 2.1). */
export const furtherOwnValues = [...ownValues, 'subject_token'] as const;

/** What one request has of them; null, or left out: nothing. */
export type OwnValues = Readonly<Partial<Record<'redirect_uri' | 'subject_token', string | null>>>;

export function ownValuesOf(given: OwnValues, random = fresh): FieldValues {
  const present = Object.entries(given).filter((one): one is [string, string] => one[1] !== null);
  return { ...Object.fromEntries(present), random: random() };
}

function fresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Fills a template of a request; null where something that it names is not there. */
export function fillRequestTemplate(
  template: string,
  { values, secrets, own, message }: RequestValues,
): string | null {
  return fillTemplate(template, { ...message, ...values, ...secrets, ...own });
}
