// Values of a redirect or an answer that are kept with the tokens: for the profile's templates, and for whoever asks
// for a token (`realmId`, `instance_url`).
//
// Invariants: pure. Where a vendor's value names a host, it is one that the profile names: by `hosts`, or by the fixed
// end of a template's host. A code, token, refresh token or ID token is never such a value, nor is what people could not be
// shown.
import { z } from 'zod';
import { valueAt } from '../api/json.ts';
import { message, type Message } from '../api/problems/index.ts';
import { isShown } from '../api/shown-text.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import type { Parameter } from './dialect/redirect.ts';
import { name, reason, text } from './profile-values.ts';
import type { FieldValues } from './template.ts';
import { isLoopbackHost, urlFault } from './url.ts';

/** A host, or `*.` and the end of one, which has two labels at least. */
const hostPattern = /^((\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+|localhost|\[::1\])$/;

/** What came back from the vendor. */
export interface CameBack {
  /** From its root. */
  readonly answer: JsonAnswer;
  readonly redirect: ReadonlyMap<string, Parameter> | null;
}

/** Where a value can come from. */
const sources: Readonly<Record<'answer' | 'redirect', (came: CameBack, at: string) => unknown>> = {
  answer: ({ answer }, at) => valueAt(answer, at),
  redirect: ({ redirect }, at) => redirect?.get(at)?.value,
};

export const keptValue = z.strictObject({
  from: z.enum(['answer', 'redirect']),
  /** A parameter's name; in an answer, member names from its root with dots between. Left out: the value's own name. */
  at: text.optional(),
  /** Where it is an address, or a host: those that it may name, `*.example.com` for all below. */
  hosts: z
    .array(z.string().regex(hostPattern, reason('wants_hosts')))
    .min(1)
    .optional(),
});
export const keptValues = z.record(name, keptValue);
type KeptValues = z.infer<typeof keptValues>;

/** What a redirect can hold that is a token, or is good for one. */
const secretsOfRedirect = ['code', 'access_token', 'refresh_token', 'id_token'];

/** Characters of a value; what is longer is not kept. */
const longest = 4_000;

/** The values that came, by name; `secrets` are none of them, and what does not fit its rule is left out. */
export function readKeptValues(
  rules: KeptValues | undefined,
  came: CameBack,
  secrets: readonly (string | null)[] = [],
): Record<string, string> {
  const never = [...secrets, ...secretsOfRedirect.map((one) => came.redirect?.get(one)?.value)];
  return Object.fromEntries(
    Object.entries(rules ?? {}).flatMap(([own, { from, at = own, hosts }]): [string, string][] => {
      const value = sources[from](came, at);
      const kept = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      if (typeof kept !== 'string' || kept === '' || kept.length > longest) return [];
      if (!isShown(kept) || never.includes(kept)) return [];
      return hosts === undefined || namesHost(kept, hosts) ? [[own, kept]] : [];
    }),
  );
}

/** Kept values as templates want them: a host alone that `hosts` is about becomes an address. */
export function keptForTemplates(rules: KeptValues | undefined, kept: FieldValues = {}): FieldValues {
  return Object.fromEntries(
    Object.entries(kept)
      .filter(([own]) => rules?.[own] !== undefined)
      .map(([own, value]) => [own, rules?.[own]?.hosts === undefined ? value : addressOf(value)]),
  );
}

function addressOf(value: string): string {
  return value.includes('://') ? value : `https://${value}`;
}

function namesHost(value: string, hosts: readonly string[]): boolean {
  const address = addressOf(value);
  const url = urlFault(address) === null ? URL.parse(address) : null;
  if (url === null || url.search !== '') return false;
  // A vendor's other port is another program's.
  if (url.port !== '' && !isLoopbackHost(url.hostname)) return false;
  return hosts.some((one) =>
    one.startsWith('*.') ? url.hostname.endsWith(one.slice(1)) : url.hostname === one,
  );
}

/** Origins that the rules name in full. */
export function namedOrigins(rules: KeptValues | undefined): string[] {
  const all = Object.values(rules ?? {}).flatMap(({ hosts = [] }) => hosts);
  return all.filter((one) => !one.startsWith('*.')).map((one) => `https://${one}`);
}

/** Names of kept values in a template, or in all of a choice. */
export function keptIn(rules: KeptValues | undefined, template: unknown): string[] {
  return [...JSON.stringify(template ?? '').matchAll(/\{([^{}]*)\}/g)].flatMap(([, used = '']) =>
    rules !== undefined && Object.hasOwn(rules, used) ? [used] : [],
  );
}

/** What a template's host ends in after its last field: two labels at least, and a port maybe. */
const fixedEnd = /^\.[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/i;

/** What is wrong with a template of an address that names kept values; null: nothing. */
export function keptHostFault(rules: KeptValues | undefined, template: string): Message | null {
  const [whole = ''] = /^\{[^{}]*\}/.exec(template) ?? [];
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(template)?.[1] ?? '';
  const [inHost] = keptIn(rules, authority);
  if (inHost !== undefined && !fixedEnd.test(authority.slice(authority.lastIndexOf('}') + 1))) {
    return message('kept_as_host', { name: inHost });
  }
  const [first] = keptIn(rules, whole);
  return first === undefined || rules?.[first]?.hosts !== undefined
    ? null
    : message('kept_as_host', { name: first });
}

const beforeSignIn = ['issuer', 'registration', 'authorize', 'pushed_authorization', 'direct', 'device'];

/** Where a request is sent before there is an answer: what the redirect brought is known at the token endpoint alone. */
export function keptTooLate(
  rules: KeptValues | undefined,
  path: readonly (string | number)[],
  template: string,
): Message | null {
  const [section, inside, grant] = path.map(String);
  const isEarly = beforeSignIn.includes(section ?? '');
  const hasAnswer =
    path.includes('further_exchange') || (inside === 'per_grant' && grant === 'refresh_token');
  const isSignIn = (section === 'token' && !hasAnswer) || section === 'signed_jwt';
  const late = keptIn(rules, template).find(
    (one) => isEarly || (isSignIn && rules?.[one]?.from === 'answer'),
  );
  return late === undefined ? null : message('kept_too_late', { name: late });
}
