// What callers get of an account: a token that will do, or the reason why not.
//
// Invariants: a stated `minValid` is strict, an unsaid one a wish; a caller is answered within 30 s; a token
// in hand is served rather than nothing when no length of life was stated.
import { apiPlacement } from '../oauth/dialect/api.ts';
import type { Transient } from '../oauth/outcome.ts';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { NarrowTokens, type OwnScope } from './narrow.ts';
import type { Profile } from '../oauth/profile.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { Session } from '../oauth/token.ts';
import { refusalError, unreachableError } from './refusal.ts';
import type { Renewal, Renewed, RenewalPorts, RenewalSubject } from './renewal.ts';
import * as schedule from './schedule.ts';
import type { TokenAnswer } from '../api/accounts.ts';

/** Ms after which a caller is told that the vendor has not answered. */
const callerLimit = 28 * schedule.seconds;
const notYet: Transient = {
  kind: 'transient',
  status: null,
  message: message('vendor_not_in_time', {}),
  retryAfterMs: null,
};

const repeated: Transient = { ...notYet, message: message('vendor_repeats_ended_token', {}) };

/** What serving must know of its account, as it is now. */
export interface ServedSubject extends RenewalSubject {
  readonly provider: string;
}

export class Serving {
  readonly #keeper: RecordKeeper;
  readonly #renewal: Renewal;
  readonly #narrow: NarrowTokens;
  readonly #ports: RenewalPorts;
  readonly #subject: () => ServedSubject;

  constructor(keeper: RecordKeeper, renewal: Renewal, ports: RenewalPorts, subject: () => ServedSubject) {
    this.#keeper = keeper;
    this.#renewal = renewal;
    this.#ports = ports;
    this.#subject = subject;
    this.#narrow = new NarrowTokens(keeper, renewal, ports.exchange, subject);
  }

  /** Forgets tokens that are in memory alone. */
  forget(): void {
    this.#narrow.forget();
  }

  /** A token that is valid for at least `minValid` seconds (undefined: a wish), or the reason why not. */
  async token(
    minValid: number | undefined,
    own: OwnScope = { scope: undefined, audience: undefined },
  ): Promise<TokenAnswer> {
    if (!this.#narrow.isOwn(own)) {
      const { session, mark } = await this.#narrow.token(own, minValid);
      return this.#answer(session, schedule.remaining(session, this.#keeper.now(), mark));
    }
    const needMs = minValid === undefined ? undefined : minValid * 1000;
    const first = this.#serve(needMs);
    if (first !== null) {
      return first;
    }
    this.#refuseWithoutTry(needMs);
    const maySend = this.#keeper.record?.standing === 'signed_in' && this.#renewal.mayTry();
    const renewed = maySend ? await this.#renewalInTime() : 'failed';
    const served = this.#serve(needMs) ?? (needMs === undefined ? this.#serveWhatIsLeft() : null);
    return served ?? this.#throwWhy(renewed, minValid);
  }

  /** A caller is answered within 30 s, however slowly a vendor refuses one way after the other. */
  #renewalInTime(): Promise<Renewed> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.clock.after(callerLimit, () => {
        reject(unreachableError(notYet, null));
      });
      this.#renewForNow().then(resolve, reject).finally(cancel);
    });
  }

  /** Renews; a renewal of what has been replaced meanwhile (a new scope, a new sign-in) says nothing, and is followed by another. */
  async #renewForNow(): Promise<Renewed> {
    const renewed = await this.#renewal.run();
    const again = renewed === 'superseded' && this.#keeper.record?.standing === 'signed_in';
    return again && !this.#keeper.alive() ? this.#renewal.run() : renewed;
  }

  /** The token in hand when it will do, or null. */
  #serve(needMs: number | undefined): TokenAnswer | null {
    const { session, standing } = this.#keeper.open();
    if (session === null || standing === 'signed_out') {
      return null;
    }
    const left = this.#keeper.left();
    if (left === null) {
      // The vendor does not say how long its tokens live: nothing can be promised, and all can be wished.
      return needMs === undefined ? this.#answer(session, null) : null;
    }
    if (left > 0 && left >= (needMs ?? schedule.wishedValidity(session))) {
      return this.#answer(session, left);
    }
    // A wish is no reason to ask a vendor that has nothing new before the end.
    const nothingFresher =
      this.#renewal.unchanged ||
      this.#subject().profile.refresh_when === 'at_end' ||
      !this.#renewal.possible();
    return needMs === undefined && left > 0 && nothingFresher ? this.#answer(session, left) : null;
  }

  #serveWhatIsLeft(): TokenAnswer | null {
    const { session } = this.#keeper;
    return session !== null && this.#keeper.alive() ? this.#answer(session, this.#keeper.left()) : null;
  }

  #answer(session: Session, left: number | null): TokenAnswer {
    const end = left === null ? null : this.#ports.clock.wall() + left;
    return {
      account: this.#keeper.name,
      provider: this.#subject().provider,
      access_token: session.access_token,
      token_type: session.token_type.toLowerCase() === 'bearer' ? 'Bearer' : session.token_type,
      expires_at: end === null ? null : Math.floor(end / 1000),
      expires_in: left === null ? null : Math.floor(left / 1000),
      scope: session.scope,
      ...apiPlacement(this.#subject().profile, this.#subject().party.values, session.access_token),
    };
  }

  /** Throws when no try could bring what is asked for. */
  #refuseWithoutTry(needMs: number | undefined): void {
    const { standing, session } = this.#keeper.open();
    if (standing === 'signed_out') {
      this.#throwStanding();
    }
    const alive = this.#keeper.alive();
    if (needMs !== undefined && session !== null && alive) {
      const known = session.lifetime === null || session.lifetime < needMs;
      if (known || this.#renewal.unchanged || this.#renewal.refusedEarly) {
        throw tooShort(this.#subject().profile, session);
      }
    }
    const wishOfALivingToken = needMs === undefined && alive;
    if (!wishOfALivingToken && (standing === 'sign_in_needed' || !this.#renewal.possible())) {
      this.#throwStanding();
    }
  }

  #throwStanding(): never {
    const { standing, refusal } = this.#keeper.open();
    throw refusalError(
      this.#keeper.name,
      this.#subject().profile,
      standing,
      refusal ?? { error: 'token_ended', at: 0 },
    );
  }

  #throwWhy(renewed: Renewed, minValid: number | undefined): never {
    const record = this.#keeper.open();
    if (record.standing !== 'signed_in') {
      this.#throwStanding();
    }
    const { failure } = this.#renewal;
    if (renewed === 'renewed' || failure === null) {
      // Nobody asked for a length of life: the vendor gave no token that lives at all, for the moment.
      throw minValid === undefined && (record.session?.lifetime ?? 0) > 0
        ? unreachableError(repeated, schedule.seconds)
        : tooShort(this.#subject().profile, record.session);
    }
    const { failing } = failure;
    switch (failing.kind) {
      case 'here':
        throw failing.error;
      case 'rejected':
        throw minValid === undefined
          ? refusalError(this.#keeper.name, this.#subject().profile, 'sign_in_needed', {
              ...failing.words,
              at: 0,
            })
          : tooShort(this.#subject().profile, record.session);
      case 'ambiguous':
      case 'transient':
        throw unreachableError(failing, Math.max(0, failure.nextTryAt - this.#ports.clock.steady()));
    }
  }

  /** Renews now; with `rejected` (hex SHA-256) only when that token is still the one in hand, and once. */
  async refresh(rejected: string | undefined): Promise<void> {
    const { session, standing } = this.#keeper.open();
    if (standing === 'signed_out') {
      this.#throwStanding();
    }
    if (rejected !== undefined) {
      const hash = session === null ? null : await sha256(session.access_token);
      const newer = this.#keeper.session?.access_token !== session?.access_token;
      if (newer || hash !== rejected.toLowerCase()) {
        return;
      }
      if (!this.#renewal.underWay && this.#renewal.rejected === hash) {
        return;
      }
      this.#renewal.rejected = hash;
    }
    if (!this.#renewal.possible()) {
      this.#throwStanding();
    }
    const renewed = await this.#renewal.run();
    if (renewed === 'renewed') {
      return;
    }
    this.#renewal.rejected = null;
    if (renewed === 'superseded') {
      throw new KeyfobError(
        'sign_in_cancelled',
        `${this.#keeper.name} was changed while it was being refreshed.`,
        {
          hint: 'Run it again if it is still wanted.',
        },
      );
    }
    this.#throwWhy(renewed, undefined);
  }
}

function tooShort(profile: Profile, session: Session | null): KeyfobError {
  const lifetime = session?.lifetime ?? null;
  const life =
    lifetime === null
      ? `${profile.name} does not say how long its tokens live`
      : lifetime === 0
        ? `${profile.name} gives tokens that live no time at all`
        : `${profile.name} has no token now that lives that long (the newest was good for ${String(Math.round(lifetime / 1000))} s)`;
  return new KeyfobError('lifetime_too_short', `${life}.`, {
    hint: 'Ask for less with min_valid, or leave it out to get what is left.',
  });
}

/** Hex SHA-256 of a text. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
