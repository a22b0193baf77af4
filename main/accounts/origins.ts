// The origins (scheme, host, port) that an account's secrets were entered for. Pure.
//
// What is remembered follows what the person did: a new account is entered for the addresses of its profile
// and fields as they are then, and for what its issuer names when it is first asked; secrets that are all
// given again, for the addresses of that moment; a yes adds the origin that it names. Nothing else adds one.
import type { OriginChange } from '../api/origins.ts';
import { addressTemplates, presentAddresses, usableAddress, type AddressUse } from '../oauth/address.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message, type Reason } from '../api/problems/index.ts';
import { keptIn, namedOrigins } from '../oauth/kept-values.ts';
import type { Profile } from '../oauth/profile.ts';
import type { Origins } from './record.ts';
import type { FieldValues } from '../oauth/template.ts';
import { originOf, urlFault } from '../oauth/url.ts';

/** The origins of the addresses that a profile and an account's values name now. */
export function presentOrigins(profile: Profile, values: FieldValues): Origins {
  const issuer = profile.issuer === undefined ? null : usableAddress(profile.issuer, values);
  const urls = [...presentAddresses(profile, values), ...namedOrigins(profile.kept_values)];
  return { known: originsOf(urls), issuer, discovered: issuer === null };
}

/** Takes the hosts that a vendor's values name for the first time; what they name later is asked about. */
export function withKeptOrigins(origins: Origins, profile: Profile, values: FieldValues): Origins {
  const { kept_values: rules } = profile;
  const taken = origins.kept ?? [];
  const named = addressTemplates(profile).flatMap(({ template }) => {
    const fresh = keptIn(rules, hostPart(template)).filter((one) => !taken.includes(one) && one in values);
    const [origin] = fresh.length === 0 ? [] : originsOf([usableAddress(template, values)]);
    return origin === undefined ? [] : [{ origin, fresh }];
  });
  if (named.length === 0) return origins;
  const kept = union(
    taken,
    named.flatMap(({ fresh }) => fresh),
  );
  return {
    ...origins,
    known: union(
      origins.known,
      named.map(({ origin }) => origin),
    ),
    kept,
  };
}

/** Each origin once, in order; what has none is left out. */
export function originsOf(urls: readonly (string | null | undefined)[]): string[] {
  const origins = urls.flatMap((url) => (url == null ? [] : (originOf(url) ?? [])));
  return [...new Set(origins)].toSorted();
}

/** What a change of an account means for the origins that it remembers. */
export interface OriginsChange {
  readonly before: Origins;
  readonly present: { readonly before: Origins; readonly after: Origins };
  /** All secrets that the account has were given again. */
  readonly given: boolean;
  /** The account has no secret and no token after the change. */
  readonly nothingKept: boolean;
  /** Origins that were refused since the start. */
  readonly refused: readonly string[];
  /** Origins that the person said yes to. */
  readonly allowed: readonly string[];
}

/** The origins that are remembered after a change. */
export function originsAfter(change: OriginsChange): Origins {
  const { before, present, given, nothingKept, refused, allowed } = change;
  const { after } = present;
  let next = before;
  if (given) {
    // What the issuer names is known from before, and from what was refused: the rest is not read here.
    next =
      after.issuer !== null && after.issuer === before.issuer
        ? { ...before, known: union(after.known, before.known, refused) }
        : after;
  } else if (nothingKept && after.issuer !== present.before.issuer) {
    next = after;
  } else if (nothingKept) {
    const left = present.before.known.filter((origin) => !after.known.includes(origin));
    const come = after.known.filter((origin) => !present.before.known.includes(origin));
    next = { ...before, known: union(before.known, come).filter((origin) => !left.includes(origin)) };
  }
  return allowed.length === 0 ? next : { ...next, known: union(next.known, allowed) };
}

function union(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].toSorted();
}

/** The origin that a person allows. Throws `bad_request` for what is not one: a path, say, is not agreed to. */
export function readOrigin(text: string): string {
  const origin = originOf(text);
  const bare = text.replace(/\/$/, '').toLowerCase();
  if (
    origin === null ||
    urlFault(text) !== null ||
    (originOf(bare) ?? '') !== origin ||
    /[/?]/.test(bare.slice(8))
  ) {
    throw new KeyfobError('not_an_origin', {});
  }
  return origin;
}

/** `not_permitted`: old and new origin, and how to say yes. Never a path: one may hold anything. */
export function originError(origins: OriginChange): KeyfobError {
  const { reason, params, action } = originNote(origins);
  return new KeyfobError(reason, params, { action, origins });
}

/** That nothing goes to the new origin, what the old ones are, and how to say yes. */
export function originNote({ account, known, asked }: OriginChange) {
  return {
    reason: 'origin_asked',
    params: { account, known: known.length === 0 ? message('no_address', {}) : known, asked },
    action: { type: 'allow_origin', params: { account, origin: asked } },
  } as const;
}

const useOf = {
  authorize: 'for_authorize',
  pushed_authorization: 'for_pushed_authorization',
  token: 'for_token',
  direct: 'for_direct',
  device: 'for_device',
  registration: 'for_registration',
  introspection: 'for_introspection',
  revoke: 'for_revoke',
  api: 'for_api',
  who_am_i: 'for_who_am_i',
} as const satisfies Readonly<Record<Exclude<AddressUse, 'issuer'>, Reason>>;

/** Where a profile sends secrets: hosts with what for, and fields or the issuer's metadata where they name them. */
export function destinations(profile: Profile): Message[] {
  const found = new Map<string, { readonly host: string | Message; readonly uses: Message[] }>();
  for (const { use, template } of addressTemplates(profile)) {
    const host = hostOf(template, profile);
    const shown = use === 'issuer' ? message('named_by_metadata', { host }) : host;
    const key = JSON.stringify(shown);
    const uses = found.get(key)?.uses ?? [];
    found.set(key, { host: shown, uses });
    uses.push(message(use === 'issuer' ? 'for_all_else' : useOf[use], {}));
  }
  return [...found.values()].map((one) => message('destination', one));
}

/** Scheme, host and port of a template as it stands; a field by its name. */
function hostOf(template: string, { kept_values: rules }: Profile): string | Message {
  const whole = /^\{([^{}]*)\}/.exec(template)?.[1];
  const hosts = whole === undefined ? undefined : rules?.[whole]?.hosts;
  if (hosts !== undefined) return hosts.join(', ');
  return whole === undefined ? hostPart(template) : message('address_in_field', { field: whole });
}

/** What stands before the path. */
function hostPart(template: string): string {
  return /^(?:[^:]*:\/\/[^/?]*|\{[^{}]*\})/.exec(template)?.[0] ?? template;
}
