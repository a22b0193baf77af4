// The agent's way to show a vendor's page and to catch the redirect: a listener on the redirect URI for the
// time of one flow (callback-flow.ts), or a port that is held while a person pastes (paste.ts).
//
// Invariant: a listener whose flow has ended, and which waits for a last page, makes way for a new flow.
import type { SignIn } from '../accounts/ports.ts';
import { CallbackFlow } from './callback-flow.ts';
import type { CallbackOptions } from './callback-flow.ts';
import { pageLanguage } from './page-language.ts';
import { beginPaste } from './paste.ts';
import type { PasteFlow } from './paste.ts';
import { loopbackOf, listenAddressOf } from './redirect-uri.ts';

export interface CallbackSignIn extends SignIn {
  /** Closes every listener at once, whatever waits. */
  close(): Promise<void>;
}

/** Makes the agent's sign-in port. */
export function createCallbackSignIn(options: CallbackOptions = {}): CallbackSignIn {
  const language = pageLanguage(options.language);
  const open = new Set<CallbackFlow | PasteFlow>();
  const closed = (flow: CallbackFlow | PasteFlow): void => void open.delete(flow);
  return {
    async begin(request, onAnswer, onGivenUp) {
      const { redirectUri, paste } = request;
      const wanted =
        redirectUri === null
          ? null
          : paste
            ? loopbackOf(redirectUri)
            : listenAddressOf(redirectUri, request.account);
      if (wanted !== null)
        for (const each of [...open]) if (each.ended && each.port === wanted.port) await each.close();
      const flow = paste
        ? await beginPaste(redirectUri, language, closed)
        : await CallbackFlow.open(request, wanted, options, { onAnswer, onGivenUp, onClosed: closed });
      open.add(flow);
      return flow;
    },
    async close() {
      await Promise.all([...open].map((each) => each.close()));
    },
  };
}
