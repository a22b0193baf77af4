// A sign-in whose redirect address a person copies and pastes. A loopback redirect URI leads the browser to a
// port of this machine, where whoever listens gets the code: so Keyfob holds that port for the time of the flow,
// and begins none where somebody else has it.
//
// Invariant: nothing that comes to the port is taken as an answer, or kept.
import type { RequestListener } from 'node:http';

import type { SignInFlow } from '../accounts/ports.ts';
import type { OpenListener } from '../endpoint/listeners.ts';
import { callbackPages } from './callback-pages.ts';
import { hostFits, plain, show } from './http.ts';
import { serveLoopback } from './loopback.ts';
import type { PageLanguage } from './page-language.ts';
import { loopbackOf, listenAddress, written } from './redirect-uri.ts';
import type { ListenAddress } from './redirect-uri.ts';

export interface PasteFlow extends SignInFlow {
  /** The port that is held; null where the redirect URI leads away from this machine. */
  readonly port: number | null;
  readonly ended: boolean;
  close(): Promise<void>;
}

/**
 * Begins a flow for a registered redirect URI, or, without one, for a free port of this machine. Throws
 * `bad_request` when another program listens where it leads.
 */
export async function beginPaste(
  registered: string | null,
  language: PageLanguage,
  onClosed: (flow: PasteFlow) => void,
): Promise<PasteFlow> {
  const leads = registered === null ? listenAddress('127.0.0.1', 0, '/callback') : loopbackOf(registered);
  const held = leads === null ? null : await hold(leads, language);
  const port = held?.port ?? null;
  let ended = false;
  const close = async (): Promise<void> => {
    ended = true;
    onClosed(flow);
    await held?.close();
  };
  const flow: PasteFlow = {
    redirectUri: registered ?? `http://127.0.0.1:${String(port)}/callback`,
    port,
    get ended() {
      return ended;
    },
    show: async (authorizeUrl) => ({ url: authorizeUrl }),
    end: close,
    close,
  };
  return flow;
}

/** Holds a place, and says to whoever comes what to do. */
function hold({ host, port }: ListenAddress, language: PageLanguage): Promise<OpenListener> {
  const serve: RequestListener = (incoming, outgoing) => {
    const { hosts } = listenAddress(written(host), incoming.socket.localPort ?? port, '/');
    if (hostFits(incoming, hosts)) show(outgoing, 200, callbackPages(language(incoming)).paste());
    else plain(outgoing, 421, 'This is not the address Keyfob waits at.');
  };
  return serveLoopback({ host, port }, serve, 'held');
}
