/**
 * What the practice vendor remembers: sign-ins, codes, tokens, its settings and its log. In memory only.
 *
 * Invariants: every code and token belongs to one sign-in (a family), and a family that has ended takes all
 * of them along; a code and a refresh token are good once; a second use of either ends the family (RFC 6749
 * sections 4.1.2 and 10.4); the log holds no token, only the first six hex digits of its SHA-256.
 */
import { createHash, randomBytes } from 'node:crypto';
import { header, Refusal } from './http.ts';
import type { Call } from './http.ts';

export type Provider = 'eptura-workplace' | 'ioffice' | 'oauth2-json' | 'organization-api' | 'officernd';

/** A sign-in, or an application's own credentials at work. `redirectUri` and `scope` are what it is bound to. */
export interface Family {
  readonly provider: Provider;
  readonly clientId: string;
  /** The person's user name; undefined when an application acts for itself. */
  readonly person: string | undefined;
  redirectUri: string | undefined;
  scope: string | undefined;
  /** Why it is over, as the end of a sentence; undefined while it is not. */
  ended: string | undefined;
}

interface Code {
  readonly family: Family;
  readonly endsAt: number;
  used: boolean;
}

export interface Access {
  readonly value: string;
  readonly family: Family;
  /** Unix ms. */
  readonly endsAt: number;
  dropped: boolean;
}

interface Refresh {
  readonly family: Family;
  used: boolean;
}

/** One line of the log; `time` in Unix ms. */
export interface LogEntry {
  readonly time: number;
  readonly vendor: Provider;
  readonly step: 'sign_in' | 'direct' | 'token' | 'revoke';
  readonly grant: string;
  readonly outcome: 'done' | 'same_token' | 'refused' | 'made_to_fail';
  readonly status: number;
  readonly error?: string;
  readonly reason?: string;
  /** First six hex digits of the SHA-256 of the token that was given out, or revoked. */
  readonly access_token?: string;
  readonly refresh_token?: string;
  /** The same of the refresh token that was presented. */
  readonly presented?: string;
}

/** How the next token requests are made to fail; `retryAfter` in seconds. */
export interface FailNext {
  readonly count: number;
  readonly status: number;
  readonly retryAfter?: number;
  readonly error?: string;
  readonly html?: boolean;
}

/** Gives the first six hex digits of a token's SHA-256: enough to tell tokens apart, useless as a token. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 6);
}

/** Makes a random value in base64url; 32 bytes when omitted. */
export function randomText(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

const KEPT = 5_000;
const KEPT_LOG = 1_000;

/** Drops the oldest entries, so that a practice vendor that runs for weeks does not grow. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= KEPT) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}

export class Store {
  readonly now: () => number;
  /** Seconds of an access token's life; undefined for each vendor's own (3600, OfficeRnD 3599). */
  lifetime: number | undefined;
  /** Seconds of a code's life. */
  codeLifetime: number;
  failNext: FailNext | undefined;
  readonly #print: (line: string) => void;
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, Access>();
  readonly #refresh = new Map<string, Refresh>();
  #log: LogEntry[] = [];
  #issued: Partial<Record<Provider, number>> = {};

  constructor(options: {
    now: () => number;
    lifetime: number | undefined;
    codeLifetime: number;
    log: (line: string) => void;
  }) {
    this.now = options.now;
    this.lifetime = options.lifetime;
    this.codeLifetime = options.codeLifetime;
    this.#print = options.log;
  }

  /** Starts a sign-in; redirect URI and scope may be bound later (`undefined` until then). */
  family(bound: Omit<Family, 'ended'>): Family {
    return { ...bound, ended: undefined };
  }

  /** Remembers a code, good once and for `codeLifetime` seconds. */
  addCode(value: string, family: Family): void {
    keep(this.#codes, value, { family, endsAt: this.now() + this.codeLifetime * 1000, used: false });
  }

  /** Tells whether some code reads the same once both are percent-decoded. */
  looksLikeCode(value: string): boolean {
    const plain = decoded(value);
    for (const key of this.#codes.keys()) if (decoded(key) === plain) return true;
    return false;
  }

  /** Tells whether a code stands here just as it came, used or not. */
  hasCode(value: string): boolean {
    return this.#codes.has(value);
  }

  hasRefresh(value: string): boolean {
    return this.#refresh.has(value);
  }

  looksLikeRefresh(value: string): boolean {
    const plain = decoded(value);
    for (const key of this.#refresh.keys()) if (decoded(key) === plain) return true;
    return false;
  }

  /** Gives the family of a code that is good, and marks it used when `check` does not throw. */
  spendCode(value: string, provider: Provider, check: (family: Family) => void): Family {
    const code = this.#codes.get(value);
    if (code === undefined || code.family.provider !== provider) {
      throw new Refusal(400, 'invalid_grant', 'This authorization code was never given out here.');
    }
    if (code.used) {
      code.family.ended ??= 'because its authorization code came twice';
      throw new Refusal(
        400,
        'invalid_grant',
        'This authorization code was used before: it is good once, and the sign-in it belonged to is ended.',
      );
    }
    refuseEnded(code.family);
    if (this.now() >= code.endsAt) {
      const lifetime = this.codeLifetime;
      const minutes = lifetime % 60 === 0 ? `${lifetime / 60} minutes` : `${lifetime} seconds`;
      throw new Refusal(
        400,
        'invalid_grant',
        `This authorization code is too old: it is good for ${minutes}.`,
      );
    }
    check(code.family);
    code.used = true;
    return code.family;
  }

  /** Gives out an access token that lives for `seconds`. */
  addAccess(value: string, family: Family, seconds: number): Access {
    const access = { value, family, endsAt: this.now() + seconds * 1000, dropped: false };
    keep(this.#access, value, access);
    this.#issued[family.provider] = (this.#issued[family.provider] ?? 0) + 1;
    return access;
  }

  addRefresh(value: string, family: Family): void {
    keep(this.#refresh, value, { family, used: false });
  }

  /** Gives the family of a refresh token that is good, and takes it as gone when `check` does not throw. */
  spendRefresh(value: string, provider: Provider, check: (family: Family) => void): Family {
    const refresh = this.#refresh.get(value);
    if (refresh === undefined || refresh.family.provider !== provider) {
      throw new Refusal(400, 'invalid_grant', 'This refresh token was never given out here.');
    }
    if (refresh.used) {
      refresh.family.ended ??= 'because a refresh token came twice';
      throw new Refusal(
        400,
        'invalid_grant',
        'This refresh token was used before: each is good once, and the whole sign-in is ended now.',
      );
    }
    refuseEnded(refresh.family);
    check(refresh.family);
    refresh.used = true;
    return refresh.family;
  }

  /** Gives an access token as it was given out, whether it still lives or not. */
  knownAccess(value: string, provider: Provider): Access | undefined {
    const access = this.#access.get(value);
    return access?.family.provider === provider ? access : undefined;
  }

  /** Tells whether a token is good now. */
  isLive(access: Access): boolean {
    return !access.dropped && access.family.ended === undefined && this.now() < access.endsAt;
  }

  /** Gives the access token that an API call bears, or says in a 401 why it is not good. */
  requireAccess(value: string | undefined, provider: Provider, how: string): Access {
    const scheme: Record<string, string> = how.includes('Bearer')
      ? { 'www-authenticate': 'Bearer realm="practice"' }
      : {};
    const no = (text: string): Refusal => new Refusal(401, 'invalid_token', text, scheme);
    if (value === undefined || value === '') throw no(`No access token came: ${how}`);
    const access = this.knownAccess(value, provider);
    if (access === undefined) throw no('This access token was never given out here.');
    if (access.dropped) throw no('This access token was ended by the practice vendor.');
    if (access.family.ended !== undefined)
      throw no(`The sign-in of this token ended ${access.family.ended}.`);
    if (this.now() >= access.endsAt) throw no('This access token has reached its end: refresh it.');
    return access;
  }

  /** Gives the access token of an API call with `Authorization: Bearer` (RFC 6750 section 2.1), or a 401. */
  requireBearer(call: Call, provider: Provider): Access {
    const token = /^Bearer ([^ ].*)$/i.exec(header(call, 'authorization') ?? '')?.[1];
    return this.requireAccess(token, provider, 'send Authorization: Bearer and the token.');
  }

  /** Ends the access tokens alone, or every sign-in with all that belongs to it. */
  endTokens(which: 'access' | 'all'): void {
    for (const access of this.#access.values()) {
      access.dropped = true;
      if (which === 'all') access.family.ended ??= 'by the practice vendor';
    }
    if (which === 'access') return;
    for (const { family } of this.#refresh.values()) family.ended ??= 'by the practice vendor';
    for (const { family } of this.#codes.values()) family.ended ??= 'by the practice vendor';
  }

  /** Counts, for people: tokens given out since the start, and those that live now. */
  counts(provider: Provider): { issued: number; live: number } {
    let live = 0;
    for (const access of this.#access.values()) {
      if (access.family.provider === provider && this.isLive(access)) live += 1;
    }
    return { issued: this.#issued[provider] ?? 0, live };
  }

  note(entry: Omit<LogEntry, 'time'>): void {
    this.#log.push({ time: this.now(), ...entry });
    if (this.#log.length > KEPT_LOG) this.#log = this.#log.slice(-KEPT_LOG);
    const tail = [
      entry.error,
      entry.reason,
      entry.access_token === undefined ? undefined : `token ${entry.access_token}`,
    ].filter((text) => text !== undefined);
    const head = `${entry.vendor} ${entry.step} ${entry.grant}: ${entry.outcome} ${entry.status}`;
    this.#print([head, ...tail].join(' · '));
  }

  log(): readonly LogEntry[] {
    return this.#log;
  }
}

function refuseEnded(family: Family): void {
  if (family.ended === undefined) return;
  throw new Refusal(400, 'invalid_grant', `This sign-in ended ${family.ended}: sign in again.`);
}

function decoded(text: string): string {
  let plain = text;
  for (let round = 0; round < 3 && plain.includes('%'); round += 1) {
    try {
      plain = decodeURIComponent(plain);
    } catch {
      return plain;
    }
  }
  return plain;
}
