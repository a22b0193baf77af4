// Vendors' sign-in pages without a browser: a test says what the person does on the one that was shown last.
import type { GivenUp, SignIn, SignInRequest } from '../main/accounts/ports.ts';

export interface SignInPages {
  /** The host's port, for a home of the core. */
  readonly signIn: SignIn;
  /** Every flow that was begun. */
  readonly begun: readonly SignInRequest[];
  /** How many pages were shown. */
  shown(): number;
  /** The person signs in, and the vendor sends them back with a code. */
  answer(): void;
  giveUp(reason: GivenUp): void;
}

/** `opened`: whether the host opens a window by itself, or the person is given an address. */
export function signInPages({ opened = true } = {}): SignInPages {
  const begun: SignInRequest[] = [];
  let shown = 0;
  let last: Pick<SignInPages, 'answer' | 'giveUp'> | undefined;
  const signIn: SignIn = {
    async begin(request, onAnswer, giveUp) {
      begun.push(request);
      return {
        redirectUri: 'http://127.0.0.1/callback',
        async show(authorizeUrl) {
          const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
          const query = new URLSearchParams({ code: 'c', state }).toString();
          const answer = (): void => void onAnswer({ query, fragment: '', body: null, boundBy: 'window' });
          last = { answer, giveUp };
          shown += 1;
          return { url: request.paste || !opened ? authorizeUrl : null };
        },
        end: async () => undefined,
      };
    },
  };
  return {
    signIn,
    begun,
    shown: () => shown,
    answer: () => last?.answer(),
    giveUp: (reason) => last?.giveUp(reason),
  };
}

/** What adds an account that a person signs in to on a page, with the code flow and without a secret. */
export function pageAccount(name: string) {
  return {
    name,
    provider: 'oauth2',
    grant: 'authorization_code',
    settings: {
      authorize_url: 'https://vendor.example/authorize',
      token_url: 'https://vendor.example/token',
      client_id: name,
      client_auth: 'none',
    },
    secrets: {},
  };
}
