// The desktop's sign-ins in the system's browser (RFC 8252): by a listener on a loopback redirect URI, or by
// the application's own scheme, to which the system hands the redirect over.
//
// Invariant: an address of the own scheme may come from any page or program, so nothing but its `state` ties
// it to a flow.
import { splitAddress } from '../oauth/dialect/redirect.ts';
import { KeyfobError } from '../api/errors.ts';
import type { SignIn, SignInFlow, Verdict } from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { isLoopbackHost, isRedirectTo } from '../oauth/url.ts';

/** The scheme that the system opens with this application. */
const ownScheme = 'keyfob:';

export interface BrowserSignInOptions {
  /** The listener on a loopback redirect URI (see main/host/callback.ts). */
  readonly browser: SignIn;
  /** Opens an address in the system's browser. Rejects when there is none. */
  openExternal(address: string): Promise<void>;
}

export interface BrowserSignIn extends SignIn {
  /** Takes an address of the own scheme; false when no sign-in waits for it, or none takes it. */
  takeAddress(address: string): boolean;
}

/** Makes the port for sign-ins in the browser; it opens the browser itself. */
export function createBrowserSignIn(options: BrowserSignInOptions): BrowserSignIn {
  const waiting = new Set<{ redirectUri: string; onAnswer: (answer: RedirectAnswer) => Verdict }>();

  /** Opens a page; where no browser can be opened, the person is given the address. */
  const openPage = (address: string): Promise<{ url: string | null }> =>
    options.openExternal(address).then(
      () => ({ url: null }),
      () => ({ url: address }),
    );

  return {
    async begin(request, onAnswer, onGivenUp): Promise<SignInFlow> {
      const { redirectUri } = request;
      const url = redirectUri === null ? null : URL.parse(redirectUri);
      if (redirectUri === null || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) {
        const flow = await options.browser.begin(request, onAnswer, onGivenUp);
        return {
          redirectUri: flow.redirectUri,
          async show(...opened) {
            const { url: start, ...shown } = await flow.show(...opened);
            return start === null ? { url: null } : { ...shown, ...(await openPage(start)) };
          },
          end: (outcome) => flow.end(outcome),
        };
      }
      if (url?.protocol !== ownScheme) {
        throw new KeyfobError(
          'browser_cannot_hand_over',
          {},
          {
            field: 'redirect_uri',
            action: { type: 'sign_in_by_paste', params: { account: request.account } },
          },
        );
      }
      const one = { redirectUri, onAnswer };
      waiting.add(one);
      return {
        redirectUri,
        show: openPage,
        async end() {
          waiting.delete(one);
        },
      };
    },
    takeAddress(address) {
      for (const { redirectUri, onAnswer } of [...waiting]) {
        if (!isRedirectTo(address, redirectUri)) continue;
        if (onAnswer({ ...splitAddress(address), body: null, boundBy: 'nothing' }).taken) return true;
      }
      return false;
    },
  };
}
