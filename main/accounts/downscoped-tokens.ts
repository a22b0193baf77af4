// Tokens with a scope or an audience of their own, asked for by one request: RFC 6749 section 6 (a narrower
// scope at refresh), section 4.4 (a second client-credentials request), RFC 8707 (resource).
//
// Invariants: such a token never replaces the account's own; it is kept in memory alone, by what was asked,
// and forgotten with the sign-in it came from; a refresh token that comes with it is in the vault before
// anyone is served.
import { KeyfobError } from '../api/errors.ts';
import type { Exchange } from '../oauth/exchange.ts';
import type { OwnRequest } from '../oauth/grants/grant.ts';
import type { Failing, Outcome } from '../oauth/outcome.ts';
import type { IssuedToken } from '../oauth/response.ts';
import { tokenForm } from '../oauth/client-context.ts';
import type { Attempts } from './attempts.ts';
import type { RecordKeeper } from './record-keeper.ts';
import {
  isGrantGone,
  notInTime,
  notRenewedError,
  refusalError,
  signInError,
  tokenEnded,
  unreachableError,
} from './refusal.ts';
import type { Renewal } from './renewal.ts';
import type { Session } from '../oauth/token.ts';
import type { HasSubject, RenewalSubject } from './renewal-ports.ts';
import { refreshTokenIs } from './transitions.ts';
import * as schedule from './schedule.ts';

/** What a request asks for beside the account's own token. */
export interface OwnScope {
  readonly scope: string | undefined;
  readonly audience: string | undefined;
}

type Way = 'client_credentials' | 'refresh_token';

/** Most kept at once for one account; the oldest goes. */
const maxTokens = 50;

export class DownscopedTokens {
  readonly #keeper: RecordKeeper;
  readonly #renewal: Renewal;
  readonly #exchange: Exchange;
  readonly #account: HasSubject<RenewalSubject>;
  readonly #kept = new Map<string, IssuedToken>();
  readonly #asked = new Map<string, Promise<IssuedToken>>();
  #epoch = 0;

  constructor(
    keeper: RecordKeeper,
    renewal: Renewal,
    exchange: Exchange,
    account: HasSubject<RenewalSubject>,
  ) {
    this.#keeper = keeper;
    this.#renewal = renewal;
    this.#exchange = exchange;
    this.#account = account;
  }

  /** Forgets all that is kept. */
  forget(): void {
    this.#kept.clear();
  }

  /**
   * A token for the scope and audience that lives `minValid` seconds (undefined: a wish), asked for now with `forceNew`.
   * Throws `bad_request`
   * when the vendor gives none, `sign_in_needed`, `lifetime_too_short`, `vendor_refused`, `vendor_unreachable`.
   */
  async token(own: OwnScope, minValid: number | undefined, forceNew = false): Promise<IssuedToken> {
    const { state } = this.#keeper.demand();
    if (state.status !== 'signed_in') {
      throw refusalError(this.#keeper.name, this.#account.subject().profile, state);
    }
    if (this.#epoch !== this.#keeper.epoch) {
      this.#epoch = this.#keeper.epoch;
      this.#kept.clear();
    }
    const key = `${own.scope === undefined ? '' : normalizedScope(own.scope)}\n${own.audience ?? ''}`;
    const kept = this.#kept.get(key);
    if (!forceNew && kept !== undefined && this.#lives(kept, minValid)) {
      return kept;
    }
    let asking = this.#asked.get(key);
    if (asking === undefined) {
      this.#demandTry(key, kept ?? null);
      asking = this.#renewal
        .inTurn(async () => {
          await this.#renewal.keepFirst();
          const fresh = await this.#ask(own, this.#renewal.attempts.ofScopes.of(key));
          this.#keep(key, fresh);
          return fresh;
        })
        .finally(() => this.#asked.delete(key));
      this.#asked.set(key, asking);
    }
    const granted = await asking;
    const hasEnded = schedule.remaining(granted.session, this.#keeper.now(), granted.mark) === 0;
    if (hasEnded || (minValid !== undefined && !this.#lives(granted, minValid))) {
      throw schedule.wouldDo(granted.session, (minValid ?? 0) * 1000)
        ? unreachableError(notInTime, null)
        : this.#tooShort(granted.session);
    }
    return granted;
  }

  #tooShort({ lifetime }: Session): KeyfobError {
    return lifetime === 0
      ? new KeyfobError('lifetime_none', { provider: this.#account.subject().profile.name })
      : new KeyfobError('lifetime_shorter_for_scope', {});
  }

  /** Throws what the last renewal, or the last request for this scope, came to while callers are to wait. */
  #demandTry(key: string, kept: IssuedToken | null): void {
    const { failure } = this.#renewal.attempts;
    const { name } = this.#keeper;
    const { profile } = this.#account.subject();
    if (failure !== null && failure.failing.kind !== 'here' && !this.#renewal.mayTry()) {
      throw notRenewedError(name, profile, failure.failing, this.#renewal.attempts.nextTryIn);
    }
    const standing = this.#renewal.attempts.ofScopes.standing(key);
    if (standing !== null) throw signInError(name, profile, standing.failing, standing.wait);
    const session = kept?.session ?? null;
    if (session !== null && !this.#renewal.attempts.ofScopes.of(key).mayTry(session, true)) {
      throw this.#tooShort(session);
    }
  }

  #lives({ session, mark }: IssuedToken, minValid: number | undefined): boolean {
    const left = schedule.remaining(session, this.#keeper.now(), mark);
    if (left === null) {
      return minValid === undefined;
    }
    return left > 0 && left >= (minValid === undefined ? schedule.wishedValidity(session) : minValid * 1000);
  }

  #keep(key: string, granted: IssuedToken): void {
    this.#kept.delete(key);
    this.#kept.set(key, granted);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxTokens) {
        break;
      }
      this.#kept.delete(oldest);
    }
  }

  async #ask(own: OwnScope, attempts: Attempts): Promise<IssuedToken> {
    const way = this.#way(own);
    attempts.begin();
    const epoch = this.#keeper.epoch;
    const sending = this.#send(way, {
      ...(own.scope === undefined ? {} : { scope: own.scope }),
      ...(own.audience === undefined ? {} : { resource: own.audience }),
    });
    const outcome = await this.#renewal.unlessNewer(sending);
    if (outcome === null || epoch !== this.#keeper.epoch) {
      throw new KeyfobError('changed_while_asking', { account: this.#keeper.name });
    }
    if (outcome.kind !== 'granted') {
      throw await this.#refused(outcome, way, attempts);
    }
    const { session, mark } = outcome.value;
    attempts.succeeded(session, false);
    if (way === 'refresh_token') {
      // The new refresh token is the account's from now on: in the vault first.
      const update = this.#keeper.update(refreshTokenIs(session.refresh_token, epoch), { unkept: 'stays' });
      await update.catch((error: unknown) => {
        // Kept as soon as the vault takes it, before anything else is sent.
        this.#renewal.attempts.failHere(error);
        this.#renewal.reschedule();
        throw error;
      });
    }
    const granted =
      own.scope === undefined || session.scope !== null ? session : { ...session, scope: own.scope };
    return { session: { ...granted, refresh_token: null }, mark };
  }

  /** What a refusal means to the account, and the error that tells it. */
  async #refused(failing: Failing, way: Way, attempts: Attempts): Promise<KeyfobError> {
    const { name } = this.#keeper;
    const { profile } = this.#account.subject();
    const error = failing.kind === 'rejected' ? failing.vendorError.error : '';
    if (way === 'refresh_token' && isGrantGone(error, profile)) {
      await this.#renewal.dropRefreshToken();
      return notRenewedError(name, profile, failing, null);
    }
    // Another scope may be granted; another secret is wanted by every request.
    if (error === 'invalid_client') this.#renewal.attempts.fail(failing);
    attempts.fail(failing);
    return signInError(name, profile, failing, attempts.callerWait(null, false));
  }

  #send(way: Way, own: OwnRequest): Promise<Outcome<IssuedToken>> {
    const { clientContext } = this.#account.subject();
    const { session } = this.#keeper;
    if (way === 'refresh_token' && session !== null) {
      return this.#exchange.refresh(clientContext, session, own, this.#renewal.spending(this.#keeper.epoch));
    }
    return this.#exchange.signIn(clientContext, 'client_credentials', own);
  }

  #way(own: OwnScope): Way {
    const { profile, grant } = this.#account.subject();
    const open = this.#renewal.steps();
    const way = profile.downscoped_tokens?.find((one) => open.includes(one));
    const { parameters } = way === undefined ? {} : tokenForm(profile, way);
    if (way === undefined || (own.audience !== undefined && parameters?.includes('resource') === false)) {
      const needsPerson =
        profile.downscoped_tokens?.some((one) => grant.renewal.includes(one)) === true && way === undefined;
      throw needsPerson
        ? refusalError(this.#keeper.name, profile, { status: 'sign_in_needed', cause: tokenEnded })
        : new KeyfobError(own.audience === undefined ? 'no_scope_of_its_own' : 'no_audience_of_its_own', {
            provider: profile.name,
          });
    }
    return way;
  }
}

/** Whether the account's own token is what was asked for. */
export function isOwnScope(session: Session | null, { scope, audience }: OwnScope): boolean {
  const own = session?.scope ?? null;
  return (
    audience === undefined &&
    (scope === undefined || (own !== null && normalizedScope(own) === normalizedScope(scope)))
  );
}

/** A scope's words, each once, in one order (RFC 6749 section 3.3). */
function normalizedScope(scope: string): string {
  return [...new Set(scope.split(' ').filter((one) => one !== ''))].toSorted().join(' ');
}
