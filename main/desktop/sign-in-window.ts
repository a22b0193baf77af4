// The desktop's way to show a vendor's page and to catch the redirect: a window of its own for each flow
// (sign-in-flow.ts), or the system's browser where the person wants that.
import type { SignIn } from '../accounts/ports.ts';
import { createBrowserSignIn } from './sign-in-browser.ts';
import type { BrowserSignInOptions } from './sign-in-browser.ts';
import { SignInWindowFlow } from './sign-in-flow.ts';
import type { Language } from '../messages/desktop/index.ts';
import { signInPages } from './sign-in-texts.ts';
import { forgetKept } from './sign-in-session.ts';

export interface WindowSignInOptions extends BrowserSignInOptions {
  /** Whether the person stays signed in with this account's vendor: what its pages store is then kept. */
  staysSignedIn(account: string): boolean;
  /** What the windows speak. */
  language(): Language;
}

export interface WindowSignIn extends SignIn {
  /** Takes an address of the application's own scheme (`keyfob:`); false when no sign-in waits for it. */
  takeAddress(address: string): boolean;
  /** Forgets what the vendor of an account keeps here: the person has to enter everything again. */
  forget(account: string): Promise<void>;
  /** Closes every window at once, whatever waits. */
  close(): Promise<void>;
}

/** Makes the desktop's sign-in port. Needs Electron's `ready`. */
export function createWindowSignIn(options: WindowSignInOptions): WindowSignIn {
  const open = new Map<string, SignInWindowFlow>();
  const browser = createBrowserSignIn(options);
  return {
    async begin(request, onAnswer, onGivenUp) {
      if (request.paste) return options.browser.begin(request, onAnswer, onGivenUp);
      if (request.browser) return browser.begin(request, onAnswer, onGivenUp);
      const flow = new SignInWindowFlow({
        request,
        onAnswer,
        onGivenUp,
        kept: options.staysSignedIn(request.account),
        pages: signInPages(options.language()),
        onEnd: () => open.delete(request.id),
      });
      open.set(request.id, flow);
      return flow;
    },
    takeAddress: (address) => browser.takeAddress(address),
    forget: forgetKept,
    async close() {
      await Promise.all([...open.values()].map((flow) => flow.end()));
    },
  };
}
