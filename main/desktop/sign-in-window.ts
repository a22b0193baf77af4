// The desktop's way to show a vendor's page and to catch the redirect: a window of its own for each flow.
//
// Invariants: nothing is listened on, and nothing is sent to the redirect URI; a flow's windows share one
// session that no other flow has at the time; after the end nothing of the flow is left but, where the person
// wants to stay signed in, what the vendor keeps in that session. Windows are never destroyed from within one
// of their own events, which the runtime would not survive.
import { app, BrowserWindow } from 'electron';
import type { Certificate, Event, WebContents } from 'electron';
import type { GivenUp, SignIn, SignInFlow, SignInRequest, Verdict } from '../accounts/ports.ts';
import { createRedirectCatch } from './redirect-catch.ts';
import { createBrowserSignIn } from './sign-in-browser.ts';
import type { BrowserSignInOptions } from './sign-in-browser.ts';
import { guardWindow, mostPopUps, popUpOptions } from './sign-in-guard.ts';
import { createQuestions } from './sign-in-questions.ts';
import { forgetKept, openSignInSession, strictPreferences } from './sign-in-session.ts';
import {
  addressOfPage,
  crashPage,
  elsewherePage,
  failurePage,
  refusedPage,
  waitingPage,
} from './sign-in-texts.ts';
import type { OwnPage } from './sign-in-texts.ts';

export interface WindowSignInOptions extends BrowserSignInOptions {
  /** Whether the person stays signed in with this account's vendor: what its pages store is then kept. */
  staysSignedIn(account: string): boolean;
}

export interface WindowSignIn extends SignIn {
  /** Takes an address of the application's own scheme (`keyfob:`); false when no sign-in waits for it. */
  takeAddress(address: string): boolean;
  /** Forgets what the vendor of an account keeps here: the person has to enter everything again. */
  forget(account: string): Promise<void>;
  /** Closes every window at once, whatever waits. */
  close(): Promise<void>;
}

/** The redirect URI when none is registered: caught in the window, never listened on. */
export const WINDOW_REDIRECT_URI = 'http://127.0.0.1/callback';

/** Ms that a page has to go on by itself after an answer that was not taken, before ours is shown. */
const patience = 1_500;
/** Ms after which a taken answer that is still at work is told of. */
const quiet = 500;

/** Makes the desktop's sign-in port. Needs Electron's `ready`. */
export function createWindowSignIn(options: WindowSignInOptions): WindowSignIn {
  const open = new Map<string, WindowFlow>();
  const browser = createBrowserSignIn(options);
  return {
    async begin(request, onAnswer, onGivenUp) {
      if (request.paste) return options.browser.begin(request, onAnswer, onGivenUp);
      if (request.browser) return browser.begin(request, onAnswer, onGivenUp);
      const flow = openFlow({
        request,
        onAnswer,
        onGivenUp,
        kept: options.staysSignedIn(request.account),
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

interface WindowFlow extends SignInFlow {
  end(): Promise<void>;
}

function openFlow(given: {
  readonly request: SignInRequest;
  readonly onAnswer: Parameters<SignIn['begin']>[1];
  readonly onGivenUp: (reason: GivenUp) => void;
  readonly kept: boolean;
  readonly onEnd: () => void;
}): WindowFlow {
  const { account } = given.request;
  const redirectUri = given.request.redirectUri ?? WINDOW_REDIRECT_URI;
  const windows = new Set<Electron.BrowserWindow>();
  const questions = createQuestions(account);
  let main: BrowserWindow | null = null;
  let authorizeUrl: string | null = null;
  /** A page of ours that is shown unless the vendor's goes on. */
  let next: OwnPage | null = null;
  let timer: NodeJS.Timeout | undefined;
  let ending: Promise<void> | null = null;

  const load = (window: Electron.BrowserWindow, address: string): void => {
    // Not from within the event that made it necessary. What fails is told by did-fail-load.
    setImmediate(() => {
      if (!window.isDestroyed() && ending === null) window.loadURL(address).catch(() => undefined);
    });
  };
  const showNext = (): void => {
    if (next === null || main === null) return;
    load(main, addressOfPage(next));
    next = null;
  };
  const showSoon = (page: OwnPage, ms: number): void => {
    clearTimeout(timer);
    next = page;
    timer = setTimeout(showNext, ms);
  };
  const onVerdict = (verdict: Verdict, from: Electron.BrowserWindow | null | undefined): void => {
    if (verdict.taken) return showSoon(waitingPage, quiet);
    const page = refusedPage(verdict.reason, authorizeUrl);
    // Where it came from is where it is told: the page in the main window may still bring the right one.
    if (from === main) showSoon(page, patience);
    else if (from === undefined) next = page;
    else if (from === null) showBeside(page);
    else load(from, addressOfPage(page));
  };
  /** Tells something in a small window of its own, where the one that it is about was never opened. */
  const showBeside = (page: OwnPage): void => {
    setImmediate(() => {
      if (main === null || main.isDestroyed() || ending !== null || windows.size > mostPopUps) return;
      const options = popUpOptions(main, account, null);
      const { session } = held;
      const webPreferences = { ...options.webPreferences, session };
      const beside = new BrowserWindow({ ...options, width: 520, height: 380, webPreferences });
      load(beside, addressOfPage(page));
    });
  };

  const caught = createRedirectCatch<Electron.BrowserWindow>({
    redirectUri,
    onAnswer: given.onAnswer,
    onVerdict,
  });
  const held = openSignInSession(given.kept ? account : null, redirectUri, caught);

  const rules = {
    account,
    caught,
    questions,
    windows,
    onFailure(window: Electron.BrowserWindow, error: string | null, address: string): void {
      const startOver = window === main ? authorizeUrl : null;
      if (error === 'ERR_BLOCKED_BY_CLIENT') {
        // The redirect URI itself, which was stopped: the page before it is gone.
        const page = next;
        if (window === main) return showNext();
        next = null;
        if (page === null) {
          setImmediate(() => {
            if (!window.isDestroyed()) window.destroy();
          });
        } else load(window, addressOfPage(page));
        return;
      }
      const page = error === null ? crashPage(address) : failurePage(error, address, startOver);
      load(window, addressOfPage(page));
    },
    onElsewhere(window: Electron.BrowserWindow, address: string): void {
      const startOver = window === main ? authorizeUrl : null;
      load(window, addressOfPage(elsewherePage(address, redirectUri, startOver)));
    },
    onPage(window: Electron.BrowserWindow): void {
      if (window !== main) return;
      clearTimeout(timer);
      next = null;
    },
    onReload(window: Electron.BrowserWindow): void {
      // A page of ours stands for one that was not reached: then it is that which is loaded again.
      const address = window.webContents.getURL();
      if (/^https?:/.test(address)) window.webContents.reload();
      else if (authorizeUrl !== null && window === main) load(window, authorizeUrl);
    },
  };

  const onWindow = (_event: Event, window: Electron.BrowserWindow): void => {
    if (window.webContents.session !== held.session) return;
    windows.add(window);
    const opener = window.getParentWindow()?.webContents.getURL() ?? null;
    guardWindow(window, opener, rules);
    window.on('closed', () => windows.delete(window));
  };
  const onCertificate = (
    event: Event,
    contents: WebContents | null,
    url: string,
    choices: Certificate[],
    callback: (certificate?: Certificate) => void,
  ): void => {
    const window = contents === null ? null : BrowserWindow.fromWebContents(contents);
    if (window === null || !windows.has(window)) return;
    // Unasked, the first one would be sent.
    event.preventDefault();
    void questions.certificate(window, url, choices).then((chosen) => {
      if (chosen === null) callback();
      else callback(chosen);
    });
  };
  app.on('browser-window-created', onWindow);
  app.on('select-client-certificate', onCertificate);

  const end = async (): Promise<void> => {
    caught.close();
    clearTimeout(timer);
    for (const window of windows) window.hide();
    await new Promise((resolve) => setImmediate(resolve));
    questions.close();
    app.off('browser-window-created', onWindow);
    app.off('select-client-certificate', onCertificate);
    for (const window of [...windows]) window.destroy();
    given.onEnd();
    // What cannot be cleared is in memory, and in no session that is used again.
    await held.release().catch(() => undefined);
  };

  return {
    redirectUri,
    async show(url) {
      authorizeUrl = url;
      caught.startsAt(url);
      const window = new BrowserWindow({
        width: 880,
        height: 760,
        minWidth: 380,
        minHeight: 420,
        title: `Sign in to ${account} – Keyfob`,
        backgroundColor: '#ffffff',
        autoHideMenuBar: true,
        webPreferences: { ...strictPreferences(), session: held.session },
      });
      main = window;
      window.on('closed', () => {
        main = null;
        if (ending === null) given.onGivenUp('window_closed');
      });
      window.loadURL(url).catch(() => undefined); // told by did-fail-load
      return { url: null };
    },
    end() {
      ending ??= end();
      return ending;
    },
  };
}
