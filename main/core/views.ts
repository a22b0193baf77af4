// What doors (endpoint, command line, window, tray) are shown of the core. No secrets, save TokenAnswer.
import type { ErrorCode, OriginsOfError } from './errors.ts';
import type { LocalizedText } from './profile.ts';

export type AccountState =
  'signed_out' | 'signing_in' | 'live' | 'refreshing' | 'retrying' | 'sign_in_needed' | 'locked';

export interface AccountView {
  readonly name: string;
  readonly provider: string;
  readonly grant: string;
  readonly state: AccountState;
  /** Unix seconds, or null when there is no token or its end is not known. */
  readonly expires_at: number | null;
  /** Seconds that the token in hand lives in all, or null when there is none or the vendor did not say. */
  readonly lifetime: number | null;
  /** Unix seconds, or null. */
  readonly next_refresh_at: number | null;
  readonly scope: string | null;
  /** Selected over all. */
  readonly selected: boolean;
  /** Selected for its provider. */
  readonly selected_for_provider: boolean;
  /** In words, what a person should know (why a sign-in is needed, when the next try is); or null. */
  readonly notice: string | null;
}

export interface TokenRequest {
  readonly account?: string;
  readonly provider?: string;
  /** Seconds, strict; undefined is a wish of 60 s or a tenth of the life. */
  readonly minValid?: number;
  readonly scope?: string;
  readonly audience?: string;
}

export interface TokenAnswer {
  readonly account: string;
  readonly provider: string;
  readonly access_token: string;
  readonly token_type: string;
  /** Unix seconds, or null when the vendor did not say. */
  readonly expires_at: number | null;
  /** Seconds left, rounded down, or null. */
  readonly expires_in: number | null;
  readonly scope: string | null;
  /** What to send to the vendor's API. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
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

/** A JWT's two readable parts (RFC 7519), not verified; null: no JWT. */
export type Claims = { readonly header: unknown; readonly payload: unknown } | null;

export interface WhoAmI {
  /** The name that came back; empty when the answer has none of those that the profile looks for. */
  readonly name: string;
  /** HTTP status. */
  readonly status: number;
  readonly milliseconds: number;
}

export interface NewAccount {
  readonly name: string;
  readonly provider: string;
  readonly grant?: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface AccountChange {
  /** An empty text takes a setting away (back to its default). */
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** A yes: origins that the account's secrets may go to from now on, beside those they were entered for. */
  readonly allow_origins?: readonly string[] | undefined;
}

export interface FieldView {
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly secret: boolean;
  readonly default: string | null;
  readonly choices: readonly string[] | null;
  /** Grants that take the field, and of those the ones that require it. */
  readonly grants: readonly string[];
  readonly required_for: readonly string[];
}

export interface ProviderView {
  readonly id: string;
  readonly name: string;
  /** False for one that was added by `provider add`. */
  readonly built_in: boolean;
  readonly grants: readonly string[];
  readonly default_grant: string;
  /** How a newcomer gets credentials, in the vendor's words, in short. */
  readonly credentials_help: string;
  readonly fields: readonly FieldView[];
}

/** What a change has left for a person to read and to answer. */
export interface Aftermath {
  /** Sentences. */
  readonly notes: readonly string[];
  /** Origins that get nothing secret of an account until a person says yes (`allow_origins`). */
  readonly asks: readonly OriginsOfError[];
}

export interface ChangedAccount extends Aftermath {
  readonly account: AccountView;
}

/** A profile that was added; its notes say where it sends secrets. */
export interface AddedProvider extends ProviderView, Aftermath {}

/** A provider as lists show it. */
export interface ProviderSummary {
  readonly id: string;
  readonly name: LocalizedText;
  readonly built_in: boolean;
  /** The catalogue's folder; null of an own one. */
  readonly category: string | null;
  /** What it is, in a line. */
  readonly summary: LocalizedText | null;
}

/** What a form for an account of one provider is made of. */
export interface ProviderForm {
  readonly id: string;
  readonly grants: readonly string[];
  readonly default_grant: string;
  readonly credentials_help: LocalizedText;
  readonly fields: readonly FormField[];
}

export interface FormField extends Omit<FieldView, 'label' | 'help'> {
  readonly label: LocalizedText;
  readonly help: LocalizedText | null;
  readonly placeholder: LocalizedText | null;
}

export type SignInStep = 'page_opened' | 'redirect_caught' | 'code_exchanged' | 'token_kept';

export interface SignInView {
  readonly id: string;
  readonly account: string;
  readonly state: 'waiting' | 'done' | 'failed';
  /** The address a person opens, or null when the host opened a window of its own. */
  readonly url: string | null;
  /** With device_code (RFC 8628): what the person types at `url`. */
  readonly user_code: string | null;
  /** Six digits that `url` may ask for, for the person alone: shown, never sent to it. Null where it never asks. */
  readonly confirmation_code: string | null;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly steps: readonly SignInStep[];
  /** When failed: see Problem in errors.ts. */
  readonly problem: { readonly code: ErrorCode; readonly detail: string } | null;
}

/** Events of the core; the endpoint's server-sent events bear `type` as the event's name. No secrets. */
export type KeyfobEvent =
  | { readonly type: 'account.added' | 'account.removed' | 'account.changed'; readonly account: string }
  | { readonly type: 'account.selected'; readonly account: string }
  | { readonly type: 'account.signed_in' | 'account.signed_out'; readonly account: string }
  | { readonly type: 'account.sign_in_needed'; readonly account: string; readonly reason: string }
  /** Something secret would have gone to an origin that it was not entered for; and the yes to such ones. */
  | {
      readonly type: 'account.origin_refused' | 'account.origin_allowed';
      readonly account: string;
      readonly origin: string;
    }
  | { readonly type: 'account.ending_soon'; readonly account: string; readonly expires_at: number }
  | { readonly type: 'token.refreshed'; readonly account: string; readonly expires_at: number | null }
  | {
      readonly type: 'token.refresh_failed';
      readonly account: string;
      readonly reason: string;
      readonly next_try_at: number | null;
    }
  | { readonly type: 'sign_in.changed'; readonly account: string; readonly id: string }
  | { readonly type: 'provider.added'; readonly provider: string }
  | { readonly type: 'vault.locked' | 'vault.unlocked' };
