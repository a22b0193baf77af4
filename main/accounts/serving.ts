// What callers get of an account: a token that will do, or the reason why not.
//
// Invariants: a stated `minValid` is strict, an omitted one a wish; a caller is answered within 30 s; a token
// in hand is served rather than nothing when no length of life was stated, unless an API has rejected it.
import { apiPlacement } from '../oauth/dialect/api.ts';
import type { Transient } from '../oauth/outcome.ts';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { ApiProofs } from './api-proofs.ts';
import { IdTokens, type ServedIdToken } from './id-tokens.ts';
import { sha256 } from './digest.ts';
import { DownscopedTokens, isOwnScope, type OwnScope } from './downscoped-tokens.ts';
import type { Profile } from '../oauth/profile.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Session } from '../oauth/token.ts';
import { sessionOf, type AccountRecord } from './record.ts';
import { notInTime, notRenewedError, refusalError, unreachableError } from './refusal.ts';
import type { Renewal } from './renewal.ts';
import type { HasSubject, Renewed, RenewalPorts } from './renewal-ports.ts';
import * as schedule from './schedule.ts';
import type { RefreshResult, TokenAnswer } from '../api/accounts.ts';
import type { Subject } from './subject.ts';
import type { TokenRequest } from './views.ts';

/** Ms after which a caller is told that the vendor has not answered; who has a token that lives, this. */
const callerLimit = 28 * schedule.seconds;
const wishLimit = 10 * schedule.seconds;
/** Processes that are remembered; the oldest is forgotten. */
const maxHolders = 20;
const repeated: Transient = { ...notInTime, message: message('vendor_repeats_ended_token', {}) };

/** Types of token as their documents write them (RFC 6750, 9449). */
const typeNames: Readonly<Record<string, string>> = { bearer: 'Bearer', dpop: 'DPoP' };

/** How a token is sent to the vendor's API, and of what that was made. */
interface Placement extends Pick<TokenAnswer, 'provider' | 'headers' | 'query'> {
  readonly record: AccountRecord | null;
  readonly profile: Profile;
}

/** By the session with the token: what was made of one that is gone goes with it. */
const placements = new WeakMap<Session, Placement>();

export class Serving {
  readonly #keeper: RecordKeeper;
  readonly #renewal: Renewal;
  readonly #ports: RenewalPorts;
  readonly #account: HasSubject<Subject>;
  /** Made at the first request for one. */
  #downscoped: DownscopedTokens | null = null;
  /** Hex SHA-256 of the token that a process was given last; null while there is none. */
  #given: Map<string, string> | null = null;
  /** Made at the first request for one. */
  #proofs: ApiProofs | null = null;
  /** Made at the first request for one. */
  #idTokens: IdTokens | null = null;

  constructor(keeper: RecordKeeper, renewal: Renewal, ports: RenewalPorts, account: HasSubject<Subject>) {
    this.#keeper = keeper;
    this.#renewal = renewal;
    this.#ports = ports;
    this.#account = account;
  }

  /** Forgets tokens that are in memory alone. */
  forget(): void {
    this.#given = null;
    this.#idTokens = null;
    this.#downscoped?.forget();
  }

  /**
   * A token that is valid for at least `minValid` seconds (undefined: a wish), or the reason why not. `forceNew`: newer
   * than the one in hand.
   */
  async token(request: TokenRequest = {}): Promise<TokenAnswer> {
    const { method, url, nonce } = request;
    let granted = await this.#granted(request);
    const idToken = request.idToken === undefined ? null : await this.#idToken(request);
    // A refresh for it may have replaced the access token.
    if (idToken !== null) granted = await this.#granted({ ...request, forceNew: false });
    const answer = { ...this.#answer(granted), ...idToken };
    if (method === undefined || url === undefined) return answer;
    this.#proofs ??= new ApiProofs(this.#ports.clock);
    const proof = await this.#proofs.headers(granted.session, { method, url, nonce });
    return { ...answer, headers: { ...answer.headers, ...proof } };
  }

  /** Null: the account has none, and none must be there. */
  async #idToken({ idToken, minValid }: TokenRequest): Promise<ServedIdToken | null> {
    const { exchange } = this.#ports;
    this.#idTokens ??= new IdTokens(this.#keeper, this.#renewal, exchange, this.#account);
    if (idToken === 'preferred' && !this.#idTokens.has) return null;
    return this.#idTokens.token(minValid, () => this.#renewOrThrow());
  }

  async #granted({ minValid, scope, audience, forceNew = false }: TokenRequest): Promise<IssuedToken> {
    const own: OwnScope = { scope, audience };
    if (!isOwnScope(this.#keeper.session, own)) {
      const { exchange } = this.#ports;
      this.#downscoped ??= new DownscopedTokens(this.#keeper, this.#renewal, exchange, this.#account);
      const granted = await this.#inTime(this.#downscoped.token(own, minValid, forceNew), callerLimit);
      if (granted === 'late') {
        throw unreachableError(notInTime, null);
      }
      return granted;
    }
    if (forceNew) await this.#forceNew();
    const needMs = minValid === undefined ? undefined : minValid * 1000;
    const isRejected = this.#renewal.attempts.rejected !== null && (await this.#isRejected());
    const first = isRejected ? null : this.#serve(needMs);
    if (first !== null) {
      return first;
    }
    this.#refuseWithoutTry(needMs, isRejected);
    const maySend = this.#keeper.record?.state.status === 'signed_in' && this.#renewal.mayTry();
    const patience = isRejected ? callerLimit : this.#patience(needMs);
    const renewed = maySend ? await this.#inTime(this.#renewForNow(needMs), patience) : 'failed';
    // One that was rejected is served no more, whatever the vendor does.
    if (await this.#isRejected()) this.#throwWhy(renewed, minValid);
    const served = this.#serve(needMs) ?? (needMs === undefined ? this.#serveWhatIsLeft() : null);
    return served ?? this.#throwWhy(renewed, minValid);
  }

  /**
   * A token for a process that asks again only when the one it was given was rejected: that one, where it is still in
   * hand and can be, is replaced first. `ask` gives it.
   */
  async tokenFor(holder: string, ask: () => Promise<TokenAnswer>): Promise<TokenAnswer> {
    const given = this.#given?.get(holder);
    if (given !== undefined && this.#renewal.possible() && this.#keeper.alive()) await this.refresh(given);
    const answer = await ask();
    const digest = await sha256(answer.access_token);
    const all = (this.#given ??= new Map());
    all.delete(holder);
    all.set(holder, digest);
    const [oldest] = all.keys();
    if (all.size > maxHolders && oldest !== undefined) all.delete(oldest);
    return answer;
  }

  /** Whether an API rejected the token in hand, and no renewal has brought another one yet. */
  async #isRejected(): Promise<boolean> {
    const { rejected } = this.#renewal.attempts;
    const { session } = this.#keeper;
    return rejected !== null && session !== null && (await sha256(session.access_token)) === rejected;
  }

  /** Renews, as a caller may. Throws why there is no newer token. */
  async #forceNew(): Promise<void> {
    await this.#renewOrThrow();
    if (!this.#renewal.attempts.unchanged) return;
    throw new KeyfobError('vendor_repeats_token', { provider: this.#account.subject().profile.name });
  }

  /** What came of it within `ms`, or `late`: it goes on, and is not asked for again meanwhile. */
  #inTime<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.clock.after(ms, () => {
        resolve('late');
      });
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** Ms that a caller waits: one whom the token in hand will do is served it while it lives. */
  #patience(needMs: number | undefined): number {
    const left = this.#keeper.left();
    return needMs === undefined && left !== null && left > 0 ? Math.min(wishLimit, left / 2) : callerLimit;
  }

  /**
   * Renews. A renewal of what has been replaced meanwhile (a new scope, a new sign-in) says nothing, and a token that
   * aged on its way (a slow answer, a sleep) may fall short though a fresh one does not: each is followed by another.
   */
  async #renewForNow(needMs: number | undefined): Promise<Renewed> {
    const renewed = await this.#renewal.run();
    const left = this.#keeper.left();
    if (left === null || left >= (needMs ?? 1)) return renewed;
    const again =
      renewed === 'superseded'
        ? this.#keeper.record?.state.status === 'signed_in'
        : renewed === 'renewed' && this.#wouldDo(needMs);
    return again ? this.#renewal.run() : renewed;
  }

  /** Whether the vendor's tokens live long enough while they are fresh. */
  #wouldDo(needMs = 0): boolean {
    const { session } = this.#keeper;
    return session !== null && !this.#renewal.attempts.unchanged && schedule.wouldDo(session, needMs);
  }

  /** The token in hand when it will do, or null. */
  #serve(needMs: number | undefined): IssuedToken | null {
    const session = sessionOf(this.#keeper.demand());
    if (session === null) {
      return null;
    }
    const left = this.#keeper.left();
    if (left === null) {
      // The vendor does not say how long its tokens live: nothing can be promised, and all can be wished.
      return needMs === undefined ? this.#inHand(session) : null;
    }
    if (left > 0 && left >= (needMs ?? schedule.wishedValidity(session))) {
      return this.#inHand(session);
    }
    // A wish is no reason to ask a vendor that has nothing new before the end.
    const nothingFresher =
      this.#renewal.attempts.unchanged ||
      this.#account.subject().profile.refresh_when === 'on_expiry' ||
      !this.#renewal.possible();
    return needMs === undefined && left > 0 && nothingFresher ? this.#inHand(session) : null;
  }

  #serveWhatIsLeft(): IssuedToken | null {
    const { session } = this.#keeper;
    return session !== null && this.#keeper.alive() ? this.#inHand(session) : null;
  }

  #inHand(session: Session): IssuedToken {
    return { session, mark: this.#keeper.mark };
  }

  #answer({ session, mark }: IssuedToken): TokenAnswer {
    const now = this.#keeper.now();
    const { provider, headers, query } = this.#placementOf(session);
    const left = schedule.remaining(session, now, mark);
    const end = schedule.endOf(session, now, mark);
    return {
      account: this.#keeper.name,
      provider,
      access_token: session.access_token,
      token_type: typeNames[session.token_type.toLowerCase()] ?? session.token_type,
      expires_at: end === null ? null : Math.floor(end / 1000),
      expires_in: left === null ? null : Math.floor(left / 1000),
      scope: session.scope,
      ...(session.kept === undefined ? {} : { values: session.kept }),
      headers,
      query,
    };
  }

  /** Made once for a token, record and profile: none of the three is ever changed, each is replaced. */
  #placementOf(session: Session): Placement {
    const { record } = this.#keeper;
    const subject = this.#account.subject();
    const { profile, provider } = subject;
    let placed = placements.get(session);
    if (placed === undefined || placed.record !== record || placed.profile !== profile) {
      const { headers, query } = apiPlacement(profile, subject.clientContext, session);
      placed = { record, profile, provider, headers, query };
      placements.set(session, placed);
    }
    return placed;
  }

  /** Throws when no try could bring what is asked for. */
  #refuseWithoutTry(needMs: number | undefined, isRejected: boolean): void {
    const record = this.#keeper.demand();
    const session = sessionOf(record);
    const { status } = record.state;
    if (status === 'signed_out') {
      this.#throwState();
    }
    const alive = this.#keeper.alive() && !isRejected;
    if (needMs !== undefined && session !== null && alive) {
      const known = session.lifetime === null || session.lifetime < needMs;
      if (known || this.#renewal.attempts.unchanged || this.#renewal.attempts.refusedEarly) {
        throw tooShort(this.#account.subject().profile, session);
      }
    }
    const wishOfALivingToken = needMs === undefined && alive;
    if (!wishOfALivingToken && (status === 'sign_in_needed' || !this.#renewal.possible())) {
      this.#throwState();
    }
  }

  #throwState(): never {
    const { state } = this.#keeper.demand();
    throw refusalError(this.#keeper.name, this.#account.subject().profile, state);
  }

  /** Nothing can bring a newer token but a person. `isRejected`: the API refused the one in hand. */
  #throwNotPossible(isRejected: boolean): never {
    if (this.#keeper.demand().state.status !== 'signed_in' || !this.#keeper.alive()) this.#throwState();
    const account = this.#keeper.name;
    const why =
      this.#account.subject().grantName === 'implicit' ? 'implicit_not_refreshed' : 'no_refresh_token';
    const reason = isRejected ? 'rejected_not_refreshed' : why;
    throw new KeyfobError(reason, { account }, { action: { type: 'sign_in', params: { account } } });
  }

  #throwWhy(renewed: Renewed | 'late', minValid: number | undefined): never {
    if (renewed === 'late') {
      throw unreachableError(notInTime, null);
    }
    const record = this.#keeper.demand();
    const session = sessionOf(record);
    if (record.state.status !== 'signed_in') {
      this.#throwState();
    }
    const { failure } = this.#renewal.attempts;
    if (renewed === 'renewed' || failure === null) {
      const needMs = (minValid ?? 0) * 1000;
      if (this.#wouldDo(needMs)) throw unreachableError(notInTime, null);
      const lifetime = session?.lifetime ?? 0;
      // The vendor gave no token that lives at all, for the moment.
      throw lifetime > 0 && lifetime >= needMs && !this.#keeper.alive()
        ? unreachableError(repeated, schedule.seconds)
        : tooShort(this.#account.subject().profile, session);
    }
    const { failing } = failure;
    const { profile } = this.#account.subject();
    const wait = this.#renewal.attempts.nextTryIn;
    switch (failing.kind) {
      case 'here':
        throw failing.error;
      case 'rejected':
        // A vendor that has nothing new before the end was asked before it.
        throw minValid !== undefined && this.#renewal.attempts.refusedEarly && this.#keeper.alive()
          ? tooShort(profile, session)
          : notRenewedError(this.#keeper.name, profile, failing, wait);
      case 'ambiguous':
      case 'transient':
        throw notRenewedError(this.#keeper.name, profile, failing, wait);
    }
  }

  /**
   * Renews now; with `rejected` (hex SHA-256) only when that token is still the one in hand, and has not just come in
   * place of another rejected one. `isPersons`: a person asks, whom the limit on a stored password does not stop.
   */
  async refresh(rejected: string | undefined, isPersons = false): Promise<RefreshResult> {
    const record = this.#keeper.demand();
    const session = sessionOf(record);
    if (record.state.status === 'signed_out') {
      this.#throwState();
    }
    if (rejected === undefined) {
      await this.#renewOrThrow(isPersons ? 'person' : 'program');
      return 'refreshed';
    }
    const hash = session === null ? null : await sha256(session.access_token);
    const newer = this.#keeper.session?.access_token !== session?.access_token;
    if (newer || hash !== rejected.toLowerCase()) return 'newer_token';
    if (!this.#renewal.possible()) this.#throwNotPossible(true);
    if (!this.#renewal.underWay && this.#renewal.attempts.isJustMended(hash)) return 'rejected_too_soon';
    this.#renewal.attempts.noteRejected(hash);
    await this.#renewOrThrow();
    const mended = this.#keeper.session?.access_token;
    if (mended !== undefined) this.#renewal.attempts.noteMended(await sha256(mended));
    return 'refreshed';
  }

  /** Renews, or throws why there is no new token. A caller waits where tries do; who asks by name goes out at once. */
  async #renewOrThrow(by: 'caller' | 'program' | 'person' = 'caller'): Promise<void> {
    if (!this.#renewal.possible()) this.#throwNotPossible(false);
    const maySend = by !== 'caller' || this.#renewal.attempts.failure === null || this.#renewal.mayTry();
    const renewed = maySend
      ? await this.#inTime(this.#renewal.run('caller', by === 'person'), callerLimit)
      : 'failed';
    if (renewed === 'renewed') return;
    if (renewed === 'superseded') {
      throw new KeyfobError('changed_while_refreshing', { account: this.#keeper.name });
    }
    this.#throwWhy(renewed, undefined);
  }
}

function tooShort(profile: Profile, session: Session | null): KeyfobError {
  const lifetime = session?.lifetime ?? null;
  const provider = profile.name;
  if (lifetime === null) return new KeyfobError('lifetime_unknown', { provider });
  if (lifetime === 0) return new KeyfobError('lifetime_none', { provider });
  return new KeyfobError('lifetime_shorter', { provider, seconds: Math.round(lifetime / 1000) });
}
