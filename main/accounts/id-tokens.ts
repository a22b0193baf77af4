// The ID token of an account (OpenID Connect Core 1.0 section 2), for whoever asks for it: Kubernetes, AWS STS, Vault.
//
// Invariants: one that did not hold was never kept; one whose signature was not looked at yet (it came with a refresh,
// while the issuer's keys were not at hand) is checked before it leaves; one that has ended is never served.
import { KeyfobError } from '../api/errors.ts';
import { readClaims } from '../oauth/jwt.ts';
import type { Session } from '../oauth/token.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { unreachableError } from './refusal.ts';
import type { Renewal } from './renewal.ts';
import type { HasSubject, RenewalPorts } from './renewal-ports.ts';
import * as schedule from './schedule.ts';
import type { Subject } from './subject.ts';

/** An ID token as it is served. */
export interface ServedIdToken {
  readonly id_token: string;
  /** Unix seconds. */
  readonly id_token_expires_at: number;
}

interface Found {
  readonly session: Session & { readonly id_token: string };
  /** Unix ms. */
  readonly end: number;
  /** Ms in all. */
  readonly lifetime: number;
}

export class IdTokens {
  readonly #keeper: RecordKeeper;
  readonly #renewal: Renewal;
  readonly #exchange: RenewalPorts['exchange'];
  readonly #account: HasSubject<Subject>;
  /** The one that was checked last. */
  #checked: string | null = null;
  /** The access token with which a renewal brought no ID token that will do: the vendor is not asked again for it. */
  #without: string | null = null;

  constructor(
    keeper: RecordKeeper,
    renewal: Renewal,
    exchange: RenewalPorts['exchange'],
    account: HasSubject<Subject>,
  ) {
    this.#keeper = keeper;
    this.#renewal = renewal;
    this.#exchange = exchange;
    this.#account = account;
  }

  /** Whether the account has one, be it ended. */
  get has(): boolean {
    return this.#keeper.session?.id_token !== undefined;
  }

  /**
   * One that is valid for at least `minValid` seconds (undefined: a wish). `renew`: throws why there is nothing newer.
   * Throws `bad_request` where the vendor gave none, `unusable_answer` for one that does not hold, `sign_in_needed`
   * where it has ended and no refresh brings another, `lifetime_too_short`, and what `renew` throws.
   */
  async token(minValid: number | undefined, renew: () => Promise<void>): Promise<ServedIdToken> {
    const needMs = minValid === undefined ? undefined : minValid * 1000;
    let found = this.#find();
    const access = this.#keeper.session?.access_token ?? null;
    if (!this.#willDo(found, needMs) && this.#mayRenew(found) && this.#without !== access) {
      await renew().catch((error: unknown) => {
        // A wish is served what is left.
        if (needMs !== undefined || found === null || this.#left(found) <= 0) throw error;
      });
      found = this.#find();
      if (!this.#willDo(found, needMs)) this.#without = this.#keeper.session?.access_token ?? null;
    }
    const account = this.#keeper.name;
    if (found === null) throw this.#none();
    const left = this.#left(found);
    if (left <= 0) {
      const action = { type: 'sign_in', params: { account } } as const;
      throw new KeyfobError('id_token_ended', { account }, { action });
    }
    if (left < (needMs ?? 0)) {
      const provider = this.#account.subject().profile.name;
      throw new KeyfobError('id_token_ends_sooner', { provider, seconds: Math.floor(left / 1000) });
    }
    await this.#check(found.session);
    return { id_token: found.session.id_token, id_token_expires_at: Math.floor(found.end / 1000) };
  }

  #find(): Found | null {
    const { session } = this.#keeper;
    if (session?.id_token === undefined) return null;
    const { exp, iat } = readClaims(session.id_token) ?? {};
    const end = Number(exp) * 1000;
    return { session: { ...session, id_token: session.id_token }, end, lifetime: end - Number(iat) * 1000 };
  }

  #left({ end }: Found): number {
    return end - this.#keeper.now().unixMs;
  }

  #willDo(found: Found | null, needMs: number | undefined): boolean {
    return found !== null && this.#left(found) >= (needMs ?? schedule.wishedValidity(found));
  }

  /** A client that asks for itself gets none, and who asked for none gets none by asking again. */
  #mayRenew(found: Found | null): boolean {
    const asked = this.#keeper.session?.scope?.split(' ').includes('openid') === true;
    const isPossible = found !== null || (asked && this.#account.subject().profile.issuer !== undefined);
    return isPossible && this.#renewal.steps().includes('refresh_token');
  }

  #none(): KeyfobError {
    const account = this.#keeper.name;
    const fault = this.#keeper.session?.id_token_fault;
    return fault === undefined
      ? new KeyfobError('id_token_none', { account })
      : new KeyfobError('id_token_does_not_hold', { account, detail: fault });
  }

  async #check({ id_token: idToken, id_token_unchecked: isOpen }: Found['session']): Promise<void> {
    if (isOpen !== true || this.#checked === idToken) return;
    const judged = await this.#exchange.checkIdToken(this.#account.subject().clientContext, idToken);
    if (judged.kind === 'rejected') throw new TypeError('nobody is asked to grant anything');
    if (judged.kind !== 'granted') throw unreachableError(judged, null);
    this.#checked = idToken;
  }
}
