// The requests that a sign-in, a refresh and a revocation by a profile would send: made, and not sent.
//
// Invariants: nothing here knows how a request is made. A whole Keyfob runs, as the real one does, over a
// vendor that only notes what it is asked and answers what any vendor would; its secrets are marks from the
// start, so that no secret can be in what is shown; what is drawn at random is masked too.
import { addressTemplates, hostFields } from '../oauth/address.ts';
import { createKeyfob } from './create.ts';
import { fieldValues, grantOf } from '../oauth/fields.ts';
import type { SignIn, Vault } from './ports.ts';
import type { Clock, Fetch } from '../oauth/ports.ts';
import { absent } from '../vaults/port.ts';
import type { Profile, ProfileField } from '../oauth/profile.ts';
import { fillTemplate, type FieldValues } from '../oauth/template.ts';

/** A request as it would be sent. */
export interface DryRequest {
  /** What it is for; `discovery` and `authorize` are parts of a sign-in. */
  readonly step: 'discovery' | 'authorize' | 'sign_in' | 'refresh' | 'revoke';
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
}

const masked = '••••';
/** Stands for a secret, with a number or without: letters and digits alone, so that no encoding alters it. */
const mark = 'KeyfobMaskedValue';
/** Stands before an address that the issuer's metadata would name. */
const unnamed = 'https://named-by-the-metadata.invalid/';
const ownRedirectUri = 'http://127.0.0.1/callback';
/** Waits shorter than this are over at once (the pause of a device's questions); longer ones never. Ms. */
const shortWait = 10_000;

/**
 * Makes the requests of a sign-in with these values, and of a refresh and a revocation after it, where the
 * profile has them. Values of secret fields are not looked at; what is missing stands by its name. Throws
 * `bad_request` for a grant, a field or a value that the profile does not take.
 */
export async function dryRun(profile: Profile, grant: string, given: FieldValues): Promise<DryRequest[]> {
  const { settings, secrets } = fillIn(profile, grant, given);
  const values = fieldValues(profile, settings);
  const requests: DryRequest[] = [];
  let step: DryRequest['step'] = 'sign_in';
  let nonce: string | null = null;
  let answers = 0;

  const fetch: Fetch = async (url, { method, headers, body }) => {
    const discovery = method === 'GET';
    requests.push({
      step: discovery ? 'discovery' : step,
      method,
      url,
      headers: Object.entries(headers),
      body: body ?? null,
    });
    answers += 1;
    return Response.json(discovery ? metadata(profile, values) : granted(profile, values, answers, nonce));
  };
  const signIn: SignIn = {
    begin: async (request, onAnswer) => ({
      redirectUri: request.redirectUri ?? ownRedirectUri,
      async show(url) {
        requests.push({ step: 'authorize', method: 'GET', url, headers: [], body: null });
        const { searchParams } = new URL(url);
        nonce = searchParams.get('nonce');
        const state = encodeURIComponent(searchParams.get('state') ?? '');
        const fragment = `access_token=${mark}&token_type=bearer&state=${state}`;
        const query = `code=${mark}&state=${state}`;
        const answer = grant === 'implicit' ? { query: '', fragment } : { query, fragment: '' };
        onAnswer({ ...answer, body: null, boundBy: 'window' });
        return { url: null };
      },
      end: async () => undefined,
    }),
  };
  const keyfob = createKeyfob({
    vault: emptyVault(),
    settings: { read: () => ({ version: 1 }), write: async () => undefined },
    profiles: { list: async () => [], write: async () => undefined },
    fetch,
    clock: hastyClock(),
    signIn,
    builtInProviders: {
      list: [{ id: profile.id, name: profile.name, built_in: true, category: null, summary: null }],
      read: async () => profile,
    },
    describeFailure: () => 'Nothing is sent in a dry run.',
    rememberVault: false,
  });
  await keyfob.start();
  try {
    const name = 'dry-run';
    await keyfob.add({ name, provider: profile.id, grant, settings, secrets });
    const result = await keyfob.login(name);
    if (result.kind === 'waiting') await keyfob.waitForSignIn(result.signIn.id, 60_000);
    if (keyfob.account(name).state === 'live') {
      step = 'refresh';
      if (grantOf(profile, grant).renewal.length > 0) await keyfob.refresh(name);
      step = 'revoke';
      await keyfob.revoke(name);
    }
  } finally {
    await keyfob.stop();
  }
  const known = Object.values(settings);
  return requests.map((request) => maskRequest(request, known));
}

/** Settings and secrets that are complete: what is missing stands by its name, each secret by the mark. */
function fillIn(
  profile: Profile,
  grant: string,
  given: FieldValues,
): { readonly settings: Record<string, string>; readonly secrets: Record<string, string> } {
  const { required } = grantOf(profile, grant);
  const inHost = new Set(addressTemplates(profile).flatMap(({ template }) => hostFields(template)));
  const settings: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const name of new Set([...required, ...Object.keys(given)])) {
    const field = Object.hasOwn(profile.fields, name) ? profile.fields[name] : undefined;
    const value = given[name] ?? '';
    const needed = required.includes(name) && field?.default === undefined;
    if (field?.secret === true) {
      if (needed || value !== '') secrets[name] = mark;
    } else if (value !== '') {
      settings[name] = value;
    } else if (needed) {
      settings[name] = inHost.has(name) ? hostPart(name) : placeholder(name, field);
    }
  }
  return { settings, secrets };
}

/** A field's name with host characters alone. */
function hostPart(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function placeholder(name: string, field: ProfileField | undefined): string {
  const host = `${hostPart(name)}.example`;
  switch (field?.kind) {
    case 'url':
    case 'base_url':
      return `https://${host}`;
    case 'server':
      return host;
    case 'redirect_uri':
      return ownRedirectUri;
    default:
      return field?.choices?.[0] ?? `{${name}}`;
  }
}

/** OpenID Connect Discovery 1.0 section 3: what is used of it. */
function metadata(profile: Profile, values: FieldValues): unknown {
  return {
    issuer: profile.issuer === undefined ? '' : fillTemplate(profile.issuer, values),
    authorization_endpoint: `${unnamed}authorization_endpoint`,
    token_endpoint: `${unnamed}token_endpoint`,
    revocation_endpoint: `${unnamed}revocation_endpoint`,
    device_authorization_endpoint: `${unnamed}device_authorization_endpoint`,
  };
}

/** What any leg takes for its answer: a code, a device's code, a token that lives an hour. */
function granted(profile: Profile, values: FieldValues, number: number, nonce: string | null): unknown {
  const secret = `${mark}${String(number)}`;
  return {
    code: secret,
    device_code: secret,
    user_code: secret,
    verification_uri: `${unnamed}verification_uri`,
    interval: 5,
    access_token: secret,
    refresh_token: secret,
    token_type: 'bearer',
    expires_in: profile.lifetime_unit === 'milliseconds' ? 3_600_000 : 3600,
    ...(nonce === null ? {} : { id_token: idToken(profile, values, nonce) }),
  };
}

/** OpenID Connect Core 1.0 section 2; its signature is never looked at, as it came from the token endpoint. */
function idToken(profile: Profile, values: FieldValues, nonce: string): string {
  const part = (value: unknown): string =>
    btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const iss = profile.issuer === undefined ? '' : fillTemplate(profile.issuer, values);
  const claims = { iss, aud: values['client_id'], sub: 'nobody', iat: 1, exp: 99_999_999_999, nonce };
  return `${part({ alg: 'RS256' })}.${part(claims)}.${part('none')}`;
}

/** Masks marks, and what oauth4webapi draws at random: 32 bytes as base64url, 43 characters. */
function maskRequest(request: DryRequest, known: readonly string[]): DryRequest {
  const mask = (text: string): string =>
    text
      .replaceAll(new RegExp(`${mark}\\d*`, 'g'), masked)
      .replaceAll(/(?<![\w-])[\w-]{43}(?![\w-])/g, (drawn) =>
        known.some((value) => value.includes(drawn)) ? drawn : masked,
      )
      .replaceAll(new RegExp(`${unnamed}(\\w+)`, 'g'), '{$1}');
  return {
    ...request,
    url: mask(request.url),
    headers: request.headers.map(([name, value]) => [name, mask(opened(value))] as const),
    body: request.body === null ? null : mask(request.body),
  };
}

/** HTTP Basic (RFC 7617) as it is before Base64, so that what is in it can be seen and masked. */
function opened(value: string): string {
  const coded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(value)?.[1];
  if (coded === undefined) return value;
  const bytes = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0));
  return `Basic base64(${new TextDecoder().decode(bytes)})`;
}

function emptyVault(): Vault {
  return {
    kind: 'memory',
    locked: false,
    get: async () => null,
    versionOf: async () => absent,
    put: async (_id, _entry, expected) => expected + 1,
    remove: async () => undefined,
    list: async () => [],
    lease: async () => ({ release: async () => undefined }),
    watch: () => () => undefined,
    lock: async () => undefined,
    unlock: async () => undefined,
    settled: async () => undefined,
    close: async () => undefined,
  };
}

/** A clock that stands still; short waits are over at once, long ones never. */
function hastyClock(): Clock {
  return {
    wall: () => 1_800_000_000_000,
    steady: () => 0,
    after(ms, callback) {
      let cancelled = false;
      if (ms < shortWait) {
        void Promise.resolve().then(() => {
          if (!cancelled) callback();
        });
      }
      return () => {
        cancelled = true;
      };
    },
    random: () => 0,
  };
}
