// What the window and its host say to each other: every call with its request and answer, and the news that
// the host tells by itself. The desktop carries it over IPC, the agent's console over HTTP on loopback.
//
// Invariants: this file imports nothing; no shape here has a field for a refresh token or a client secret on
// its way to the window; a token travels to the window by `account.reveal` alone, and by `account.copy` only
// where the host has no clipboard of its own. Times are Unix seconds unless a name says otherwise.

export type AccountState =
  'signed_out' | 'signing_in' | 'live' | 'refreshing' | 'retrying' | 'sign_in_needed' | 'locked';

/** An account as every screen shows it. */
export interface AccountView {
  readonly name: string;
  readonly provider: string;
  readonly grant: string;
  readonly state: AccountState;
  /** Null when there is no token or its end is not known. */
  readonly expires_at: number | null;
  /** Seconds that the token in hand lives in all; null when there is none or the vendor did not say. */
  readonly lifetime: number | null;
  readonly next_refresh_at: number | null;
  readonly scope: string | null;
  readonly selected: boolean;
  readonly selected_for_provider: boolean;
  /** In words, what a person should know; or null. */
  readonly notice: string | null;
}

/** A profile's text for people: one for all languages, or one for each. */
export type LocalizedText = string | { readonly en: string; readonly de?: string | undefined };

export interface FormField {
  readonly name: string;
  readonly label: LocalizedText;
  readonly help: LocalizedText | null;
  readonly placeholder: LocalizedText | null;
  readonly secret: boolean;
  readonly default: string | null;
  readonly choices: readonly string[] | null;
  readonly grants: readonly string[];
  readonly required_for: readonly string[];
}

export interface ProviderSummary {
  readonly id: string;
  readonly name: LocalizedText;
  readonly built_in: boolean;
  /** Null of a person's own. */
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

/** What went wrong, for a person; see the table of codes in docs/endpoint.md. */
export interface ProblemView {
  readonly code: string;
  /** A sentence. */
  readonly detail: string;
  /** What to do, a sentence; or null. */
  readonly hint: string | null;
  /** The vendor's own `error` and `error_description`; null when it said none. */
  readonly error: string | null;
  readonly error_description: string | null;
  /** An origin that an account's secrets were not entered for: allowed by `account.change`. */
  readonly origins?: OriginChange;
}

/** Secrets of an account went to `known` until now, and would go to `asked`. */
export interface OriginChange {
  readonly account: string;
  readonly known: readonly string[];
  readonly asked: string;
}

export type SignInStep = 'page_opened' | 'redirect_caught' | 'code_exchanged' | 'token_kept';

export interface SignInView {
  readonly id: string;
  readonly account: string;
  readonly state: 'waiting' | 'done' | 'failed';
  /** What a person opens in a browser; null when the host opened a window of its own. */
  readonly url: string | null;
  /** With device_code (RFC 8628): what the person types at `url`. */
  readonly user_code: string | null;
  /** Six digits that `url` may ask for, for the person alone: shown, never sent to it. Null where it never asks. */
  readonly confirmation_code: string | null;
  readonly expires_at: number;
  readonly steps: readonly SignInStep[];
  readonly problem: ProblemView | null;
}

export type Approve = 'always' | 'session' | 'ask';

export interface ClientView {
  readonly name: string;
  /** Null: all accounts, later ones too. */
  readonly accounts: readonly string[] | null;
  /** Null: any. */
  readonly scopes: readonly string[] | null;
  readonly approve: Approve;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

/** What waits for a person's yes or no. */
export interface ApprovalView {
  readonly id: string;
  readonly kind: 'request' | 'pairing';
  readonly client: string;
  /** `python3 (pid 123)`; null when it is not known. */
  readonly asked_by: string | null;
  readonly asked_at: number;
  readonly expires_at: number;
  /** The account of a request; null for a pairing. */
  readonly account: string | null;
  /** The accounts that a pairing would open; null: all. For a request: its one. */
  readonly accounts: readonly string[] | null;
  /** Of a pairing: six digits that the program shows too. */
  readonly code: string | null;
}

export interface AuditLine {
  readonly at: number;
  readonly client: string | null;
  readonly door: string;
  readonly account: string | null;
  readonly provider: string | null;
  readonly route: string;
  /** `ok` or the code of an error. */
  readonly outcome: string;
  readonly program: string | null;
}

export type VaultKind = 'keychain' | 'file' | 'memory';

export interface HostStatus {
  readonly host: 'desktop' | 'agent';
  readonly version: string;
  readonly platform: string;
  readonly pid: number;
  readonly socket: string;
  /** `http://127.0.0.1:PORT`, or null when there is no TCP listener. */
  readonly endpoint: string | null;
  readonly vault: { readonly kind: VaultKind; readonly locked: boolean; readonly why: string | null };
  readonly online: boolean;
  /** Sentences that a person should read. */
  readonly notices: readonly string[];
}

/** What a person set for this window and desktop; kept in `preferences.json`, shared by both homes. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly language: 'system' | 'en' | 'de';
  /** Seconds after which a copied token leaves the clipboard; 5 to 600. */
  readonly clipboard_seconds: number;
  readonly open_at_login: boolean;
  /** Lock Keyfob when the screen is locked. */
  readonly lock_with_screen: boolean;
  readonly notifications: boolean;
  /** Accelerators as Electron writes them (`CommandOrControl+Shift+K`); null: none. */
  readonly shortcut_copy: string | null;
  readonly shortcut_switch: string | null;
  /** Look for newer versions (packaged builds alone). */
  readonly updates: boolean;
  /** Ask vendors for a new token at least this many seconds before the end; 30 to 3600. */
  readonly refresh_ahead: number;
  /** Accounts that stay signed in with their vendor in the sign-in window. */
  readonly stay_signed_in: readonly string[];
}

export interface Overview {
  readonly status: HostStatus;
  readonly preferences: Preferences;
  /** What this host can do: the window hides what it cannot. */
  readonly abilities: {
    /** Copies by itself; otherwise the window is handed the text. */
    readonly clipboard: boolean;
    readonly open_at_login: boolean;
    readonly shortcuts: boolean;
    readonly updates: boolean;
    readonly sign_in_window: boolean;
  };
  readonly accounts: readonly AccountView[];
  readonly providers: readonly ProviderSummary[];
  readonly sign_ins: readonly SignInView[];
  readonly approvals: readonly ApprovalView[];
  readonly clients: readonly ClientView[];
}

export type CopyForm = 'token' | 'header' | 'curl' | 'environment';

export type CopyAnswer = {
  readonly account: string;
  /** Seconds left, or null when they are not known. */
  readonly expires_in: number | null;
} & (
  { readonly kind: 'copied'; readonly clears_in: number } | { readonly kind: 'text'; readonly text: string }
);

/** A stretch of the last day in the life of an account. */
export interface TimelineSpan {
  readonly from: number;
  readonly to: number;
  readonly kind: 'live' | 'failing' | 'none' | 'asleep';
}
/** Something that happened. `reason` is a sentence, or null. */
export interface TimelineMark {
  readonly at: number;
  readonly kind: 'signed_in' | 'refreshed' | 'refresh_failed' | 'sign_in_needed' | 'signed_out';
  readonly reason: string | null;
}

export interface AccountDetails {
  readonly account: AccountView;
  readonly provider_name: string;
  readonly docs: string | null;
  /** Fields as they are set; the value of a secret is never here. */
  readonly fields: readonly {
    readonly name: string;
    readonly label: LocalizedText;
    readonly secret: boolean;
    readonly set: boolean;
    readonly value: string | null;
  }[];
  readonly timeline: { readonly spans: readonly TimelineSpan[]; readonly marks: readonly TimelineMark[] };
  /** The last programs that fetched the token, newest first. */
  readonly fetched_by: readonly {
    readonly client: string;
    readonly program: string | null;
    readonly at: number;
  }[];
  /** A command to try, with the token fetched by `keyfob` and not in it. */
  readonly curl: string;
  /** The part of `curl` that a person puts an address of their own in place of; null: it works as it is. */
  readonly curl_place: string | null;
  /** Of an account of the practice vendor: who can sign in there. Well known, and no secret. */
  readonly practice: { readonly username: string; readonly password: string } | null;
  readonly who_am_i: boolean;
  /** One for each origin that its addresses name and that gets nothing secret until a yes. */
  readonly asks: readonly ProblemView[];
  readonly can_revoke: boolean;
  readonly stays_signed_in: boolean;
}

export interface WhoAmI {
  /** The name that came back. */
  readonly name: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** A JWT's two readable parts (RFC 7519), decoded on this machine; null when the token is no JWT. */
export type Claims = { readonly header: unknown; readonly payload: unknown } | null;

/** What is wrong with a profile's text. */
export interface ProfileFault {
  /** From 1; null when it belongs to no line. */
  readonly line: number | null;
  readonly detail: string;
}

/** A request as it would be sent, secrets masked. */
export interface DryRequest {
  readonly step: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
}

export interface NewAccount {
  readonly name: string;
  readonly provider: string;
  readonly grant?: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

type Nothing = Readonly<Record<string, never>>;
interface Named {
  readonly name: string;
}
interface Call<Request, Answer> {
  readonly request: Request;
  readonly answer: Answer;
}

/** Every call; the window may make no other. */
export interface Calls {
  overview: Call<Nothing, Overview>;
  'account.use': Call<Named, AccountView>;
  'account.copy': Call<Named & { readonly as: CopyForm }, CopyAnswer>;
  /** The one way of a stored token to the window: a person asked to see it. */
  'account.reveal': Call<Named, { readonly access_token: string; readonly expires_in: number | null }>;
  'account.refresh': Call<Named, AccountView>;
  'account.add': Call<NewAccount, AccountView>;
  /** What is wrong with values before they are sent, field by field. */
  'account.check': Call<
    Pick<NewAccount, 'provider' | 'settings'>,
    { readonly faults: readonly { readonly field: string; readonly fault: string }[] }
  >;
  'account.change': Call<
    Named & Pick<NewAccount, 'settings' | 'secrets'> & { readonly allow_origins?: readonly string[] },
    {
      readonly account: AccountView;
      readonly notes: readonly string[];
      readonly asks: readonly OriginChange[];
    }
  >;
  'account.remove': Call<Named, null>;
  'account.logout': Call<Named, AccountView>;
  'account.revoke': Call<Named, { readonly account: AccountView; readonly message: string }>;
  'account.details': Call<Named, AccountDetails>;
  'account.claims': Call<Named, Claims>;
  'account.who_am_i': Call<Named, WhoAmI>;
  /** Keep, or forget, the vendor's own session of this account in the sign-in window. */
  'account.stay_signed_in': Call<Named & { readonly stay: boolean }, null>;
  /** `browser`: in the system's browser instead of the host's window. `paste`: the address is pasted. */
  'sign_in.start': Call<
    Named & { readonly where?: 'window' | 'browser' | 'paste' },
    | { readonly kind: 'done'; readonly account: AccountView }
    /** `paste`: nothing can catch the redirect, so the person pastes the address it leads to. */
    | { readonly kind: 'waiting'; readonly sign_in: SignInView; readonly paste: boolean }
  >;
  'sign_in.paste': Call<{ readonly id: string; readonly url: string }, SignInView>;
  'sign_in.cancel': Call<{ readonly id: string }, null>;
  /** Accounts of the practice vendor: starts it when it does not run, and adds one that is ready to sign in. */
  'practice.add': Call<Nothing, AccountView>;
  'provider.form': Call<{ readonly id: string }, ProviderForm>;
  /** The whole profile, merged with what it extends. */
  'provider.profile': Call<{ readonly id: string }, { readonly text: string }>;
  'provider.schema': Call<Nothing, { readonly schema: unknown }>;
  'provider.check': Call<
    { readonly text: string },
    /** `form`: null while there are faults. */
    { readonly faults: readonly ProfileFault[]; readonly form: ProviderForm | null }
  >;
  'provider.add': Call<
    { readonly text: string },
    /** `notes`: where its accounts' secrets go. `asks`: where they do not go yet. */
    Pick<ProviderSummary, 'id' | 'name'> & {
      readonly notes: readonly string[];
      readonly asks: readonly OriginChange[];
    }
  >;
  /** The requests of a sign-in with these values, made and not sent. */
  'provider.dry_run': Call<
    {
      readonly text: string;
      readonly grant?: string;
      readonly values: Readonly<Record<string, string>>;
    },
    { readonly requests: readonly DryRequest[] }
  >;
  'client.add': Call<
    {
      readonly name: string;
      readonly accounts: readonly string[] | null;
      readonly scopes: readonly string[] | null;
      readonly approve: Approve;
      readonly expires_at: number | null;
    },
    /** The key is shown once. */
    { readonly client: ClientView; readonly key: string }
  >;
  'client.remove': Call<Named, null>;
  'approval.answer': Call<{ readonly id: string; readonly allow: boolean }, null>;
  'audit.tail': Call<{ readonly count: number }, readonly AuditLine[]>;
  'preferences.change': Call<Partial<Preferences>, Preferences>;
  /** Moves every secret to another kind of vault; the old place is emptied once the new one holds all. */
  'vault.move': Call<{ readonly to: 'keychain' | 'file'; readonly passphrase?: string }, HostStatus>;
  'vault.lock': Call<Nothing, null>;
  'vault.unlock': Call<{ readonly passphrase?: string }, null>;
  /** The text of an export file; with a passphrase the secrets are in it, sealed. */
  'transfer.export': Call<{ readonly passphrase?: string }, { readonly text: string }>;
  'transfer.import': Call<
    { readonly text: string; readonly passphrase?: string },
    readonly {
      readonly kind: 'account' | 'profile';
      readonly name: string;
      readonly outcome: 'added' | 'skipped' | 'refused';
      readonly why: string | null;
    }[]
  >;
  'about.licences': Call<Nothing, { readonly text: string }>;
  /** Opens one of Keyfob's own or the vendor's documented pages in the system's browser. */
  'open.docs': Call<{ readonly provider: string }, null>;
}

export type CallName = keyof Calls;
export type Request<Name extends CallName> = Calls[Name]['request'];
export type Answer<Name extends CallName> = Calls[Name]['answer'];

/** What a host answers to a call, on every way. */
export type Reply<Name extends CallName = CallName> =
  { readonly ok: true; readonly value: Answer<Name> } | { readonly ok: false; readonly problem: ProblemView };

/** A place in the window that the host asks it to show. */
export type Place =
  | { readonly screen: 'accounts' | 'switcher' | 'add' | 'tools' | 'settings' }
  | { readonly screen: 'details' | 'sign_in'; readonly account: string };

/** What the host tells by itself. */
export type News =
  | { readonly type: 'account'; readonly account: AccountView }
  | { readonly type: 'account_removed'; readonly name: string }
  /** Several changed at once: ask for the overview again. */
  | { readonly type: 'overview' }
  | { readonly type: 'sign_in'; readonly sign_in: SignInView }
  | { readonly type: 'approvals'; readonly approvals: readonly ApprovalView[] }
  | { readonly type: 'clients'; readonly clients: readonly ClientView[] }
  | { readonly type: 'providers'; readonly providers: readonly ProviderSummary[] }
  | { readonly type: 'audit'; readonly line: AuditLine }
  | { readonly type: 'status'; readonly status: HostStatus }
  | { readonly type: 'preferences'; readonly preferences: Preferences }
  | { readonly type: 'show'; readonly place: Place }
  /** Told by the way itself: the host does not answer, or answers again. */
  | { readonly type: 'connection'; readonly state: 'lost' | 'back' | 'ended' };

/** A way to the host. `call` rejects only when no answer came; `listen` answers its own end. */
export interface Transport {
  call(name: CallName, request: unknown): Promise<unknown>;
  listen(hear: (news: News) => void): () => void;
}

/** Names of the IPC channels; nothing else is sent or heard. */
export const channels = { call: 'keyfob:call', news: 'keyfob:news' } as const;

/** The name under which the desktop's preload script exposes its transport in the window. */
export const bridgeName = 'keyfobTransport';
