// What a person may look at in an account: its fields, its token's claims, whom the vendor says it is.
//
// Invariants: the value of a secret is in no answer; a token is decoded on this machine alone and is sent to
// the vendor's API only, placed as its profile says.
import { isObject, valueAt, parseJson } from '../api/json.ts';
import type { Claims, WhoAmI } from '../api/window.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import type { Account } from './account.ts';
import { apiBaseOf } from './account-api.ts';
import type { Accounts } from './accounts.ts';
import type { Annotations } from './annotations.ts';
import { usableAddress } from '../oauth/address.ts';
import { shownText } from '../api/shown-text.ts';
import { appendQuery } from '../oauth/dialect/wire.ts';
import { KeyfobError } from '../api/errors.ts';
import { fieldValues, grantOf } from '../oauth/fields.ts';
import { readJwt } from '../oauth/jwt.ts';
import { Failed } from '../oauth/outcome.ts';
import type { Gate, RawAnswer } from '../oauth/ports.ts';
import { revocationRules, type Profile } from '../oauth/profile.ts';
import { unreachableError } from './refusal.ts';
import { sha256 } from './digest.ts';
import { send, type TransportPorts } from '../oauth/transport.ts';
import type { AccountFacts } from './views.ts';

export interface Inspection {
  /** What an account is set to; while Keyfob is locked, as far as config.json says. Throws `no_such_account`. */
  facts(name: string): Promise<AccountFacts>;
  /** The value of a public field, or null; of an account whose record was not read, as config.json has it. */
  field(name: string, field: string): string | null;
  /** The address under which the paths of the account's API stand. Throws `bad_request` where it has none. */
  apiBase(name: string): string;
  /** The readable parts of the token in hand; null when there is none or it is no JWT. Throws `vault_locked`. */
  claims(name: string): Promise<Claims>;
  /**
   * Asks the vendor's API who the token stands for. Throws `bad_request` when the profile names no such call,
   * `vendor_refused`, `vendor_unreachable`, and as `token` does.
   */
  whoAmI(name: string): Promise<WhoAmI>;
}

interface Dependencies extends TransportPorts {
  readonly accounts: Accounts;
  readonly annotations: Annotations;
  /** Resolves once an account's record was read, or cannot be for now. */
  settled(name: string): Promise<void>;
  /** The same. Throws `vault_locked`. */
  ready(name: string): Promise<void>;
}

export function createInspection({
  accounts,
  annotations,
  settled,
  ready,
  ...ports
}: Dependencies): Inspection {
  return {
    async facts(name) {
      await settled(name);
      return factsOf(accounts.find(name));
    },

    field: (name, field) => valueOf(accounts.find(name), field),

    apiBase: (name) => apiBaseOf(accounts.find(name)),

    async claims(name) {
      await ready(name);
      const { session } = accounts.find(name);
      return session === null ? null : readJwt(session.access_token);
    },

    async whoAmI(name) {
      await ready(name);
      const account = accounts.find(name);
      const url = whoAmIUrl(account);
      const call = account.profile.who_am_i;
      if (url === null || call === undefined) {
        throw new KeyfobError('no_who_am_i', { provider: account.profile.name });
      }
      const { gate, secrets } = account.clientContext();
      const request = { method: 'GET', url } as const;
      const asks = async (nonce?: string): Promise<{ token: TokenAnswer; asked: Asked }> => {
        const token = await account.serving.token({ ...request, nonce });
        const asked = await ask(ports, gate, url, token, Object.values(secrets));
        const wanted = asked.raw.status === 401 ? asked.raw.headers.get('dpop-nonce') : null;
        // The API asks for a nonce of its own in the proof (RFC 9449 section 9).
        return wanted === null || nonce !== undefined || token.headers['DPoP'] === undefined
          ? { token, asked }
          : asks(wanted);
      };
      const judged = (asked: Asked): WhoAmI => {
        const answer = judge(account.profile, call.show, asked);
        annotations.named(name, answer.name);
        return answer;
      };
      const { token: first, asked } = await asks();
      if (asked.raw.status !== 401) return judged(asked);
      // As a caller whose token the API refused: renewed once, and asked once more.
      await account.serving.refresh(await sha256(first.access_token));
      return judged((await asks()).asked);
    },
  };
}

function factsOf(account: Account): AccountFacts {
  const { profile, settings, record } = account;
  const { required, optional = [] } = grantOf(profile, settings.grant);
  const taken = new Set([...required, ...optional]);
  return {
    provider_name: profile.name,
    docs: profile.docs ?? null,
    fields: Object.entries(profile.fields)
      .filter(([name]) => taken.has(name))
      .map(([name, { label, secret = false }]) => {
        const value = valueOf(account, name);
        const set = secret ? (record?.secrets[name] ?? '') !== '' : Object.hasOwn(settings.fields, name);
        return { name, label, secret, set, value };
      }),
    who_am_i: whoAmIUrl(account),
    origins: { known: record?.origins.known ?? [], waiting: account.gate.waiting() },
    can_revoke: canRevoke(profile, account.clientContext().values),
  };
}

function valueOf({ profile, settings: { fields } }: Account, name: string): string | null {
  if (!Object.hasOwn(profile.fields, name) || profile.fields[name]?.secret === true) return null;
  return fields[name] ?? fieldValues(profile, fields)[name] ?? null;
}

function whoAmIUrl(account: Account): string | null {
  const call = account.profile.who_am_i;
  return call === undefined ? null : usableAddress(call.url, account.clientContext().values);
}

function canRevoke(profile: Profile, values: Readonly<Record<string, string>>): boolean {
  const rules = revocationRules(profile);
  if (rules === null) return false;
  return rules.url === undefined ? profile.issuer !== undefined : usableAddress(rules.url, values) !== null;
}

interface Asked {
  readonly raw: RawAnswer;
  readonly milliseconds: number;
}

/** `secrets`: those of the account, which the profile's headers may hold. */
async function ask(
  ports: TransportPorts,
  gate: Gate,
  url: string,
  token: TokenAnswer,
  secrets: readonly string[],
): Promise<Asked> {
  const before = ports.clock.steady();
  try {
    const address = appendQuery(url, Object.entries(token.query));
    const headers = { accept: 'application/json', ...token.headers };
    // What a status means here is another matter than at a token endpoint: see judge below.
    const raw = await send<RawAnswer>(
      ports,
      { method: 'GET', url: address, headers, body: null },
      { gate, judge: (value) => ({ kind: 'granted', value }), secrets: [token.access_token, ...secrets] },
    );
    return { raw, milliseconds: Math.round(ports.clock.steady() - before) };
  } catch (error) {
    if (error instanceof Failed && error.failing.kind !== 'rejected')
      throw unreachableError(error.failing, null);
    throw error;
  }
}

function judge(profile: Profile, show: readonly string[], { raw, milliseconds }: Asked): WhoAmI {
  const { status } = raw;
  if (status >= 200 && status < 300) {
    return { name: shownText(nameIn(raw.text, show), 200), status, milliseconds };
  }
  const what = { provider: profile.name, status };
  if (status === 401) throw new KeyfobError('api_takes_no_token', what);
  if (status === 403) throw new KeyfobError('api_forbids_asking', what);
  if (status === 429 || status >= 500) throw new KeyfobError('api_cannot_answer', what);
  throw new KeyfobError('api_answers_otherwise', what);
}

/** The first of the names that the answer has; empty when it has none. A dot goes into an object. */
function nameIn(text: string, show: readonly string[]): string {
  let answer: unknown;
  try {
    answer = parseJson(text);
  } catch {
    return '';
  }
  for (const path of show) {
    const value = isObject(answer) && Object.hasOwn(answer, path) ? answer[path] : valueAt(answer, path);
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return '';
}
