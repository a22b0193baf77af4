// What templates of a request can name beside the profile's fields: what this one request alone has.
import { fillTemplate, type FieldValues } from '../../template.ts';
import type { RequestValues } from './rule.ts';

/** `redirect_uri`: the one that the sign-in used, Keyfob's own too; `random`: 128 fresh random bits. */
export const ownValues = ['redirect_uri', 'random'] as const;

/** The values of one request. `redirectUri`: null where it has none. */
export function ownValuesOf(redirectUri: string | null, random = fresh): FieldValues {
  return { ...(redirectUri === null ? {} : { redirect_uri: redirectUri }), random: random() };
}

function fresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Fills a template of a request; null where something that it names is not there. */
export function fillRequestTemplate(
  template: string,
  { values, secrets, own }: RequestValues,
): string | null {
  return fillTemplate(template, { ...values, ...secrets, ...own });
}
