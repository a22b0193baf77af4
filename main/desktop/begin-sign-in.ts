// A sign-in that a person began outside the window: from the tray, a notification or a shortcut.
import type { Keyfob } from '../accounts/keyfob.ts';
import { KeyfobError, ReceivedProblem } from '../api/errors.ts';
import type { WindowRoute } from '../api/window.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { DesktopTexts } from '../messages/desktop/index.ts';
import type { Notes } from './notes.ts';

export interface SignInStarterOptions {
  readonly keyfob: Pick<Keyfob, 'login' | 'waitForSignIn'>;
  readonly window: { show(route?: WindowRoute): void };
  readonly notes: Pick<Notes, 'done' | 'problem' | 'language'>;
}

/** Ms that one wait for the end of a flow takes. */
const oneWait = 60_000;

/** Begins a sign-in and tells how it ended; never throws or rejects. */
export type StartSignIn = (account: string) => void;

export function createSignInStarter({ keyfob, window, notes }: SignInStarterOptions): StartSignIn {
  const texts = (): DesktopTexts['notes'] => desktopTexts[notes.language()].notes;
  const run = async (account: string): Promise<void> => {
    const begun = await keyfob.login(account);
    if (begun.kind === 'waiting') {
      const { id, url } = begun.signIn;
      // Nothing was opened: the window says what to do (RFC 8628 section 3.3, or an address to be opened).
      if (url !== null) window.show({ screen: 'sign_in', account });
      for (;;) {
        const { state, problem } = await keyfob.waitForSignIn(id, oneWait);
        if (state === 'waiting') continue;
        if (state === 'done') break;
        // Whoever closed the window knows.
        if (problem?.code === 'sign_in_cancelled') return;
        throw problem === null ? new KeyfobError('inside', {}) : new ReceivedProblem(problem);
      }
    }
    notes.done(texts().signedIn(account), texts().signedInText);
  };
  return (account) => {
    run(account).catch((error: unknown) => {
      notes.problem(texts().signInFailed(account), error, () => window.show({ screen: 'details', account }));
    });
  };
}
