// The façade: everybody (endpoint, command line, window, tray) calls this and nothing behind it.
import type {
  AccountChange,
  AccountView,
  ChangedAccount,
  NewAccount,
  RevokedAccount,
  TokenAnswer,
} from '../api/accounts.ts';
import type { LabelsChange } from '../api/account-labels.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { AddedProvider, ProviderForm, ProviderSummary, ProviderView } from '../api/providers.ts';
import type { LoginOptions, SignInView } from '../api/sign-ins.ts';
import type { Message } from '../api/problems/index.ts';
import type { UnlockOptions } from './lifecycle.ts';
import type { Inspection } from './inspection.ts';
import type { ProfileCheck } from '../oauth/profile-check.ts';
import type { Profile, ProfileFile } from '../oauth/profile.ts';
import type { Transfer } from './transfer.ts';
import type { RefreshedAccount, RefreshOptions, TokenRequest } from './views.ts';

/** Either signed in at once, or a flow that waits for a person. */
export type LoginResult =
  | { readonly kind: 'done'; readonly account: AccountView }
  | {
      readonly kind: 'waiting';
      readonly signIn: SignInView;
      /** It was under way already: others wait for it. */
      readonly joined?: true;
    };

/** Every promise rejects with a KeyfobError alone. */
export interface Keyfob extends Transfer, Inspection {
  /**
   * Reads accounts from settings and vault and starts the timer; where the vault is away they are listed, and read once
   * it is back. `begin` as in `unlock`.
   */
  start(options?: UnlockOptions): Promise<void>;
  /**
   * Ends flows and the timer; from its call on nothing new is served or sent. Waits 1 s at most for what is
   * under way, and 25 s at most where a refresh token was sent, until what came of it is in the vault.
   */
  stop(): Promise<void>;
  /** The accounts whose refresh token was sent, and what came of it is not in the vault yet. */
  readonly spending: readonly string[];

  accounts(): AccountView[];
  /** How many accounts there are. */
  readonly accountCount: number;
  /**
   * When the token of each account that was read ends, without its view: Unix seconds, 0 where there is none, null
   * where it is not known. None while nothing can be served.
   */
  tokenEnds(): Iterable<readonly [name: string, until: number | null]>;
  /** Throws `no_such_account`. */
  account(name: string): AccountView;
  /** The provider of an account: what is asked at every request, without a view. Throws `no_such_account`. */
  accountProvider(name: string): string;
  /** The account that a request without one gets, over all or of a provider; null when none is selected. */
  selected(provider?: string): string | null;
  providers(): ProviderSummary[];
  /** A provider's profile, checked. Throws `no_such_provider`. */
  provider(id: string): Promise<Profile>;
  /** The same as its file holds it, merged with what it extends. Throws `no_such_provider`. */
  providerFile(id: string): Promise<ProfileFile>;
  /** What a form for one of its accounts is made of. Throws `no_such_provider`. */
  providerForm(id: string): Promise<ProviderForm>;
  /** Every provider with its fields: reads every profile. */
  providerViews(): Promise<ProviderView[]>;
  /** Says what is wrong with the text of a profile's file, by line. */
  checkProfile(text: string): Promise<ProfileCheck>;
  /** Validates and keeps an own profile (a JSON text). Throws `bad_request` with line and reason. */
  addProvider(text: string): Promise<AddedProvider>;

  /** Throws `bad_request` (naming unknown and missing fields), `already_exists`, `no_such_provider`. */
  add(account: NewAccount): Promise<AccountView>;
  /** Changes fields; `notes` says whether tokens were forgotten, and which origins get secrets now. */
  set(name: string, change: AccountChange): Promise<ChangedAccount>;
  use(name: string): Promise<AccountView>;
  remove(name: string): Promise<void>;
  /** Changes what the person calls it and how it looks to them. Throws `no_such_account`. */
  setLabels(name: string, change: LabelsChange): Promise<AccountView>;
  /** The person copied its token: remembered, and written a while later. */
  used(name: string): void;

  /** A token that is valid for at least `minValid` seconds, or the reason why not. */
  token(request: TokenRequest): Promise<TokenAnswer>;
  /** Refreshes now; or not, where the token that was rejected need not or must not be replaced. */
  refresh(name: string, options?: RefreshOptions): Promise<RefreshedAccount>;
  login(name: string, options?: LoginOptions): Promise<LoginResult>;
  signIn(id: string): SignInView;
  /** Flows under way, and those that ended a while ago. */
  signIns(): SignInView[];
  /** Resolves when the flow has ended, or after `ms`. */
  waitForSignIn(id: string, ms: number): Promise<SignInView>;
  /** Takes a redirect URL that a person copied from the address bar. */
  pasteRedirect(id: string, url: string): Promise<SignInView>;
  cancelSignIn(id: string): Promise<void>;
  /** Revokes at the vendor and forgets; `message` says what the vendor's side did. */
  revoke(name: string): Promise<RevokedAccount>;
  logout(name: string): Promise<AccountView>;

  readonly locked: boolean;
  /** Why the vault is out of reach though nobody locked it; null while it is there. */
  readonly away: Message | null;
  lock(): Promise<void>;
  /** `begin`: a new vault, where this one is missing, cannot be used, or holds none of the accounts. */
  unlock(passphrase?: string, options?: UnlockOptions): Promise<void>;

  /** The network changed or the machine woke: what is due is done now. */
  wake(): void;
  /** Listens to events; the answer ends it. */
  on(listener: (event: KeyfobEvent) => void): () => void;
}
