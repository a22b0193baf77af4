// What the façade takes and gives beyond the shapes of main/api. No secrets.

import type { AccountView, RefreshResult } from '../api/accounts.ts';
import type { LocalizedText } from '../api/common.ts';

export interface TokenRequest {
  readonly account?: string | undefined;
  readonly provider?: string | undefined;
  /** Seconds, strict; omitted, a wish of 60 s or a tenth of the life. */
  readonly minValid?: number | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  /** A path of the account's API that the token is for: its address is in the answer. */
  readonly path?: string | undefined;
  /** One that is newer than the one in hand. */
  readonly forceNew?: boolean | undefined;
  /**
   * Which process asks, where its protocol has it ask again for nothing but a token that was rejected (kubectl): one
   * that it was given before, and that is still the one in hand, is replaced.
   */
  readonly holder?: string | undefined;
  /** The ID token too: it must be there, or `preferred`: where the account has one. */
  readonly idToken?: 'required' | 'preferred' | undefined;
  /** The request to the API that it is for: a token that is bound to a key comes with a proof for it. Both or none. */
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** What the API asked for with `DPoP-Nonce` (RFC 9449 section 9). */
  readonly nonce?: string | undefined;
  /** How the program that asks calls itself: for people alone. */
  readonly application?: string | undefined;
}

export interface RefreshOptions {
  /** Hex SHA-256 of a token that an API rejected: only when that is still the one in hand. */
  readonly rejected?: string;
  /** A person asks, or a program of theirs without a key: a stored password goes out, however often it did. */
  readonly isPersons?: boolean;
}

export interface RefreshedAccount {
  readonly account: AccountView;
  readonly result: RefreshResult;
}

/** What an account is set to; the value of a secret is never here. */
export interface AccountFacts {
  readonly provider_name: string;
  readonly docs: string | null;
  /** The fields that its grant takes. `value`: as it holds, a default too; null for a secret or when there is none. */
  readonly fields: readonly {
    readonly name: string;
    readonly label: LocalizedText;
    readonly secret: boolean;
    /** Whether a person gave it. */
    readonly set: boolean;
    readonly value: string | null;
  }[];
  /** The address that says who is signed in; null when the profile names none. */
  readonly who_am_i: string | null;
  /** Where its secrets may go, and origins that its addresses name and that get nothing until a yes. */
  readonly origins: { readonly known: readonly string[]; readonly waiting: readonly string[] };
  /** Whether the vendor is asked to revoke, as far as the profile tells. */
  readonly can_revoke: boolean;
}
