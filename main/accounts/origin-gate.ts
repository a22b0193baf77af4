// The gate before everything secret of one account that leaves: a client secret, a password, a code, a token.
//
// Invariants: what may pass is what the account's record remembers at that moment (origins.ts); a refusal sends
// nothing, changes no token, and is told once for each origin; what an issuer's metadata names when it is read
// for the first time is in the vault before anything is sent there.
import { originError, originsOf, presentOrigins } from './origins.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { Profile } from '../oauth/profile.ts';
import type { FieldValues } from '../oauth/template.ts';
import { originsDiscovered } from './transitions.ts';
import { originOf } from '../oauth/url.ts';
import type { Gate } from '../oauth/ports.ts';
import type { KeyfobEvent } from '../api/events.ts';

/** The account that is guarded, as far as its addresses go. */
interface HasAddresses {
  clientContext(): { readonly profile: Profile; readonly values: FieldValues };
}

export class OriginGate implements Gate {
  readonly #keeper: RecordKeeper;
  readonly #emit: (event: KeyfobEvent) => void;
  readonly #account: HasAddresses;
  #refused: Set<string> | null = null;

  constructor(keeper: RecordKeeper, emit: (event: KeyfobEvent) => void, account: HasAddresses) {
    this.#keeper = keeper;
    this.#emit = emit;
    this.#account = account;
  }

  /** Origins that were refused since the start, or since they were allowed. */
  get refused(): readonly string[] {
    return [...(this.#refused ?? [])];
  }

  /** Origins that the account's addresses name, or that its issuer named, and that get nothing until a yes. */
  waiting(): string[] {
    const known = this.#keeper.record?.origins.known ?? [];
    const { profile, values } = this.#account.clientContext();
    const present = presentOrigins(profile, values);
    // Only an issuer names what the present addresses do not show.
    const named = present.issuer === null ? present.known : [...present.known, ...this.refused];
    return [...new Set(named)].filter((origin) => !known.includes(origin)).toSorted();
  }

  /** Forgets the refusals of origins that are known now, or all where the issuer is another. */
  forget(which: readonly string[] | 'all'): void {
    const left = which === 'all' ? [] : this.refused.filter((origin) => !which.includes(origin));
    this.#refused = left.length === 0 ? null : new Set(left);
  }

  check(url: string): void {
    const { known } = this.#keeper.demand().origins;
    const asked = originOf(url) ?? 'an address without an origin';
    if (known.includes(asked)) {
      return;
    }
    if (this.#refused?.has(asked) !== true) {
      (this.#refused ??= new Set()).add(asked);
      this.#emit({ type: 'account.origin_refused', account: this.#keeper.name, origin: asked });
    }
    throw originError({ account: this.#keeper.name, known, asked });
  }

  async discovered(issuer: string, urls: readonly string[]): Promise<boolean> {
    const { origins } = this.#keeper.demand();
    const named = originsOf(urls);
    if (!origins.discovered && origins.issuer === issuer) {
      await this.#keeper.update(originsDiscovered(issuer, named));
      return true;
    }
    return named.every((origin) => origins.known.includes(origin));
  }
}
