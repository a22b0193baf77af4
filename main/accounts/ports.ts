// What the core needs of the world outside, and nothing else. Each port has one adapter or host behind it.
import type { Problem } from '../api/problem.ts';
import type { Message } from '../api/problems/index.ts';
import type { Clock, Fetch } from '../oauth/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import type { ProfileStore } from '../providers/registry.ts';
import type { Vault } from '../vaults/port.ts';

export type { Vault };

/** Where what is not secret is kept. The core owns the shape (see settings.ts); the adapter owns the file. */
export interface SettingsStore {
  /** The settings as they stand, already checked; the empty ones when there are none yet. */
  read(): unknown;
  /** The text of the file that `read` gave at first, to name lines of; left out where there is no file. */
  source?(): string | null;
  /** Keeps them; resolves once they would survive kill -9. */
  write(settings: unknown): Promise<void>;
}

/** Taken: the flow goes on. Otherwise what to show; the flow still waits for the right answer. */
export type Verdict = { readonly taken: true } | { readonly taken: false; readonly reason: Message };

export interface SignInRequest {
  readonly id: string;
  readonly account: string;
  /** The provider's name for people. */
  readonly providerName: string;
  /** The registered redirect URI, or null: the host's own. */
  readonly redirectUri: string | null;
  /** The person will paste the redirect URL: nothing is opened, and what comes to a loopback redirect URI is no answer. */
  readonly paste: boolean;
  /**
   * The vendor's page belongs in the system's browser, where the host would show it in a window of its own:
   * the person's choice, or the profile's word that this vendor refuses such windows.
   */
  readonly browser: boolean;
  /** The vendor does not give the `state` back: the answer has to be tied to this flow otherwise. */
  readonly stateless: boolean;
  /** Names of parameters that make an answer of what comes to the redirect URI. */
  readonly answerNames: readonly string[];
}

/** How a flow ended: signed in to the account, or why not. */
export interface SignInOutcome {
  readonly account: string;
  readonly problem: Problem | null;
}

export interface SignInFlow {
  /** The redirect URI that is used, exactly. */
  readonly redirectUri: string;
  /**
   * Shows the vendor's page. The URL that a person is to open (the flow's own start page; with `paste` the
   * vendor's), or null when the host opened a window of its own. `confirmationCode`: six digits that the start
   * page may ask for, for the person alone; null or left out where it never does.
   */
  show(
    authorizeUrl: string,
    urlNow?: () => Promise<string>,
  ): Promise<{ url: string | null; confirmationCode?: string | null }>;
  /** Ends the flow, whatever came of it: closes what was opened and tells the waiting page. Never throws. */
  end(outcome: SignInOutcome): Promise<void>;
}

/** The host's way to show a vendor's page to a person and to catch the redirect. */
/** The person closed the window, or somebody guessed at the start page's digits. */
export type GivenUp = 'window_closed' | 'wrong_digits';

export interface SignIn {
  /**
   * Prepares a flow. `onAnswer` judges what came; `onGivenUp` tells that nothing will, and why.
   * Throws `bad_request` when the redirect URI cannot be caught by this host, or not in the browser (then
   * pasting is the way).
   */
  begin(
    request: SignInRequest,
    onAnswer: (answer: RedirectAnswer) => Verdict,
    onGivenUp: (reason: GivenUp) => void,
  ): Promise<SignInFlow>;
}

/** Ports of the core, all of them. */
export interface Ports {
  readonly vault: Vault;
  readonly profiles: ProfileStore;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signIn: SignIn;
}
