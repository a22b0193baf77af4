// Writes into the audit what somebody asked for, whichever way it came, and counts what was turned away.
//
// Invariants: every request is in a line, its own or, in a flood, one that counts many, so that nobody's requests
// push the lines of others out (line-budget.ts); what is the name of no account stands in no line, for it may be a
// token or a key.
import type { AuditLine, Listener } from '../api/audit.ts';
import type { ErrorCode } from '../api/codes.ts';
import type { KeyfobEvent } from '../api/events.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Clock } from '../oauth/ports.ts';
import { LOCAL, type Actor } from './actor.ts';
import type { Audit } from './audit.ts';
import { createLateLines } from './late-lines.ts';
import { createLineBudget, grantedLines, refusedLines } from './line-budget.ts';
import { applicationName, type Peer } from '../platform/peer-process.ts';

/** Codes that count as turned away. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'wrong_host',
  'browser_refused',
  'client_key_required',
  'too_many_attempts',
  'not_permitted',
]);

/** What is asked for, and where it came in. */
export interface AuditedRequest {
  readonly via: Listener;
  /** `METHOD /path` of a route, or the name of a window's call. */
  readonly route: string;
  /** A line is kept of it however it ends; otherwise only of refusals. */
  readonly audited: boolean;
  readonly peer?: Peer | undefined;
}

/** The line of one request, as it is filled in while the request is served. */
export interface Entry {
  /** Who asks, once that is known. */
  by(actor: Actor): void;
  /** Which account it is about. */
  concerns(account: string): void;
  /** What else it is about, once that is there: a client, a provider. Never what could be a secret. */
  about(what: string): void;
  /** Which token of its own it wants. */
  wants(own: { readonly scope: string | null; readonly audience: string | null }): void;
  /** The ID token was handed out. */
  givesIdToken(): void;
  /** Has a line kept: of a client, or of a program that only says its name. */
  keep(who: { readonly client: string } | { readonly application: string }): void;
}

type OriginEvent = Extract<
  KeyfobEvent,
  { readonly type: 'account.origin_refused' | 'account.origin_allowed' }
>;

export interface Ledger {
  /** Serves a request and keeps its line. Rejects as `serve` does. */
  enter<T>(asked: AuditedRequest, serve: (entry: Entry) => T | Promise<T>): Promise<T>;
  /** Keeps that an account's secrets were kept from an origin, or that a person said yes to it. */
  enterOrigin(event: OriginEvent): void;
  /** Counts and keeps a request that was turned away before anybody looked at it. */
  refuse(asked: Omit<AuditedRequest, 'audited'>, code: ErrorCode): void;
  /** Requests turned away since the start, by code. */
  refused(): Record<string, number>;
  /** Writes down what was only counted so far. */
  flushCounted(): void;
}

interface LedgerOptions {
  readonly keyfob: Pick<Keyfob, 'accountProvider'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Pick<Clock, 'unixMs' | 'steady' | 'after'>;
  /** Hears of what was thrown and is no KeyfobError: it is told to nobody as it is. */
  readonly unexpected?: ((thrown: unknown) => void) | undefined;
}

/** One is made of every request: a class, as functions of its own cost more than all that they do. */
class Line implements Entry {
  client: string | null = null;
  account: string | null = null;
  /** The account's provider when it was named: the request may remove it. */
  provider: string | null = null;
  application: string | null = null;
  whatAbout: string | null = null;
  scope: string | null = null;
  audience: string | null = null;
  idToken = false;
  kept: boolean;
  readonly #providerOf: (account: string) => string | null;

  constructor(kept: boolean, providerOf: (account: string) => string | null) {
    this.kept = kept;
    this.#providerOf = providerOf;
  }

  by({ name }: Actor): void {
    this.client = name;
  }

  concerns(account: string): void {
    this.account = account;
    this.provider = this.#providerOf(account);
  }

  about(what: string): void {
    this.whatAbout = what;
  }

  wants({ scope, audience }: Parameters<Entry['wants']>[0]): void {
    this.scope = scope;
    this.audience = audience;
  }

  givesIdToken(): void {
    this.idToken = true;
  }

  keep(who: Parameters<Entry['keep']>[0]): void {
    if ('client' in who) this.client = who.client;
    else this.application = applicationName(who.application);
    this.kept = true;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What a caller names, as a line may have it: a word of it that could be a key or a token is not repeated, the others are. */
export function ownText(text: string): string {
  return text.replaceAll(/[^\s/]+/g, (one) => (/kf_|[\w+=~]{25}/.test(one) ? '(not repeated)' : one));
}

export function createLedger({ keyfob, audit, clock, unexpected }: LedgerOptions): Ledger {
  const refusals: Record<string, number> = {};
  const withPeer = createLateLines();
  const granted = createLineBudget(grantedLines, clock, audit.record);
  const unserved = createLineBudget(refusedLines, clock, audit.record);

  const providerOf = (account: string): string | null => {
    try {
      return keyfob.accountProvider(account);
    } catch {
      return null;
    }
  };

  const count = (code: ErrorCode): boolean => {
    if (!REFUSALS.has(code)) return false;
    refusals[code] = (refusals[code] ?? 0) + 1;
    return true;
  };

  const write = (
    { via, route, peer }: Omit<AuditedRequest, 'audited'>,
    line: Line,
    outcome: 'ok' | ErrorCode,
  ): void => {
    const { client, account, application, whatAbout, scope, audience, idToken } = line;
    const provider = (account === null ? null : providerOf(account)) ?? line.provider;
    const whole: Writable<AuditLine> = {
      at: Math.floor(clock.unixMs() / 1000),
      client,
      via,
      account: provider === null ? null : account,
      provider,
      route,
      outcome,
    };
    if (application !== null) whole.application = application;
    if (whatAbout !== null) whole.about = whatAbout;
    if (provider !== null && scope !== null) whole.scope = ownText(scope);
    if (provider !== null && audience !== null) whole.audience = ownText(audience);
    if (idToken) whole.id_token = true;
    const budget = outcome === 'ok' ? granted : unserved;
    if (budget.admits(whole)) audit.record(withPeer(whole, peer));
  };

  return {
    async enter(asked, serve) {
      const line = new Line(asked.audited, providerOf);
      try {
        const value = await serve(line);
        if (line.kept) write(asked, line, 'ok');
        return value;
      } catch (thrown) {
        if (!(thrown instanceof KeyfobError)) unexpected?.(thrown);
        const { code } = toProblem(thrown);
        const refused = count(code);
        if (refused || line.kept) write(asked, line, code);
        throw thrown;
      }
    },
    // A line of its own: that of the request behind it, where there is one, does not name the origin.
    enterOrigin({ type, account, origin }) {
      const refused = type === 'account.origin_refused';
      audit.record({
        at: Math.floor(clock.unixMs() / 1000),
        client: refused ? null : LOCAL,
        via: 'keyfob',
        account,
        provider: providerOf(account),
        route: type,
        outcome: refused ? 'not_permitted' : 'ok',
        origin,
      });
    },
    refuse(asked, code) {
      count(code);
      write(asked, new Line(true, providerOf), code);
    },
    refused: () => ({ ...refusals }),
    flushCounted() {
      granted.flush();
      unserved.flush();
    },
  };
}
