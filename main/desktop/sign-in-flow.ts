// One sign-in flow in a window of its own: the vendor's page, and the redirect caught on its way.
//
// Invariants: nothing is listened on, and nothing is sent to the redirect URI; a flow's windows share one
// session that no other flow has at the time; after the end nothing of the flow is left but, where the person
// wants to stay signed in, what the vendor keeps in that session. Windows are never destroyed from within one
// of their own events, which the runtime would not survive.
import { app, BrowserWindow } from 'electron';
import type { Certificate, Event, WebContents } from 'electron';
import type { GivenUp, SignIn, SignInFlow, SignInRequest, Verdict } from '../accounts/ports.ts';
import { createRedirectCatch } from './redirect-catch.ts';
import type { RedirectCatch } from './redirect-catch.ts';
import { guardWindow, maxPopUps, popUpOptions } from './sign-in-guard.ts';
import type { Guarded } from './sign-in-guard.ts';
import { createQuestions } from './sign-in-questions.ts';
import type { Questions } from './sign-in-questions.ts';
import { openSignInSession, strictPreferences } from './sign-in-session.ts';
import type { SignInSession } from './sign-in-session.ts';
import type { OwnPage, SignInPages } from './sign-in-texts.ts';

/** The redirect URI when none is registered: caught in the window, never listened on. */
const WINDOW_REDIRECT_URI = 'http://127.0.0.1/callback';

/** Ms that a page has to go on by itself after an answer that was not taken, before ours is shown. */
const patience = 1_500;
/** Ms after which a taken answer that is still at work is told of. */
const quiet = 500;

interface SignInFlowOptions {
  readonly request: SignInRequest;
  readonly onAnswer: Parameters<SignIn['begin']>[1];
  readonly onGivenUp: (reason: GivenUp) => void;
  /** Whether what its pages store is kept for the account. */
  readonly kept: boolean;
  /** What its windows say. */
  readonly pages: SignInPages;
  readonly onEnd: () => void;
}

export class SignInWindowFlow implements SignInFlow {
  readonly redirectUri: string;
  readonly #options: SignInFlowOptions;
  readonly #account: string;
  readonly #windows = new Set<Electron.BrowserWindow>();
  readonly #questions: Questions;
  readonly #caught: RedirectCatch<Electron.BrowserWindow>;
  readonly #held: SignInSession;
  readonly #rules: Guarded;
  #main: BrowserWindow | null = null;
  #authorizeUrl: string | null = null;
  /** A page of ours that is shown unless the vendor's goes on. */
  #next: OwnPage | null = null;
  #timer: NodeJS.Timeout | undefined;
  #ending: Promise<void> | null = null;

  constructor(options: SignInFlowOptions) {
    const { account, redirectUri, answerNames } = options.request;
    this.redirectUri = redirectUri ?? WINDOW_REDIRECT_URI;
    this.#options = options;
    this.#account = account;
    this.#questions = createQuestions(account, options.pages);
    this.#caught = createRedirectCatch<Electron.BrowserWindow>({
      redirectUri: this.redirectUri,
      answerNames,
      onAnswer: options.onAnswer,
      onVerdict: (verdict, from) => this.#onVerdict(verdict, from),
    });
    this.#held = openSignInSession(options.kept ? account : null, this.redirectUri, this.#caught);
    this.#rules = {
      account,
      pages: options.pages,
      caught: this.#caught,
      questions: this.#questions,
      windows: this.#windows,
      onFailure: (window, error, address) => this.#onFailure(window, error, address),
      onElsewhere: (window, address) => {
        const startOver = window === this.#main ? this.#authorizeUrl : null;
        this.#load(
          window,
          options.pages.addressOf(options.pages.elsewhere(address, this.redirectUri, startOver)),
        );
      },
      onPage: (window) => {
        if (window !== this.#main) return;
        clearTimeout(this.#timer);
        this.#next = null;
      },
      onReload: (window) => this.#onReload(window),
    };
    app.on('browser-window-created', this.#onWindow);
    app.on('select-client-certificate', this.#onCertificate);
  }

  async show(url: string): ReturnType<SignInFlow['show']> {
    this.#authorizeUrl = url;
    this.#caught.startsAt(url);
    const window = new BrowserWindow({
      width: 880,
      height: 760,
      minWidth: 380,
      minHeight: 420,
      title: `Sign in to ${this.#account} – Keyfob`,
      backgroundColor: '#ffffff',
      autoHideMenuBar: true,
      webPreferences: { ...strictPreferences(), session: this.#held.session },
    });
    this.#main = window;
    window.on('closed', () => {
      this.#main = null;
      if (this.#ending === null) this.#options.onGivenUp('window_closed');
    });
    window.loadURL(url).catch(() => undefined); // told by did-fail-load
    return { url: null };
  }

  end(): Promise<void> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    this.#caught.close();
    clearTimeout(this.#timer);
    for (const window of this.#windows) window.hide();
    await new Promise((resolve) => setImmediate(resolve));
    this.#questions.close();
    app.off('browser-window-created', this.#onWindow);
    app.off('select-client-certificate', this.#onCertificate);
    for (const window of [...this.#windows]) window.destroy();
    this.#options.onEnd();
    // What cannot be cleared is in memory, and in no session that is used again.
    await this.#held.release().catch(() => undefined);
  }

  #load(window: Electron.BrowserWindow, address: string): void {
    // Not from within the event that made it necessary. What fails is told by did-fail-load.
    setImmediate(() => {
      if (!window.isDestroyed() && this.#ending === null) window.loadURL(address).catch(() => undefined);
    });
  }

  readonly #showNext = (): void => {
    if (this.#next === null || this.#main === null) return;
    this.#load(this.#main, this.#options.pages.addressOf(this.#next));
    this.#next = null;
  };

  #showSoon(page: OwnPage, ms: number): void {
    clearTimeout(this.#timer);
    this.#next = page;
    this.#timer = setTimeout(this.#showNext, ms);
  }

  /** Tells something in a small window of its own, where the one that it is about was never opened. */
  #showBeside(page: OwnPage): void {
    setImmediate(() => {
      const main = this.#main;
      if (main === null || main.isDestroyed() || this.#ending !== null) return;
      if (this.#windows.size > maxPopUps) return;
      const options = popUpOptions(main, this.#options.pages.titleOf(this.#account, null));
      const webPreferences = { ...options.webPreferences, session: this.#held.session };
      const beside = new BrowserWindow({ ...options, width: 520, height: 380, webPreferences });
      this.#load(beside, this.#options.pages.addressOf(page));
    });
  }

  #onVerdict(verdict: Verdict, from: Electron.BrowserWindow | null | undefined): void {
    if (verdict.taken) return this.#showSoon(this.#options.pages.waiting, quiet);
    const page = this.#options.pages.refused(verdict.reason, this.#authorizeUrl);
    // Where it came from is where it is told: the page in the main window may still bring the right one.
    if (from === this.#main) this.#showSoon(page, patience);
    else if (from === undefined) this.#next = page;
    else if (from === null) this.#showBeside(page);
    else this.#load(from, this.#options.pages.addressOf(page));
  }

  #onFailure(window: Electron.BrowserWindow, error: string | null, address: string): void {
    const startOver = window === this.#main ? this.#authorizeUrl : null;
    if (error === 'ERR_BLOCKED_BY_CLIENT') {
      // The redirect URI itself, which was stopped: the page before it is gone.
      const page = this.#next;
      if (window === this.#main) return this.#showNext();
      this.#next = null;
      if (page === null) {
        setImmediate(() => {
          if (!window.isDestroyed()) window.destroy();
        });
      } else this.#load(window, this.#options.pages.addressOf(page));
      return;
    }
    const { pages } = this.#options;
    const page = error === null ? pages.crash(address) : pages.failure(error, address, startOver);
    this.#load(window, this.#options.pages.addressOf(page));
  }

  #onReload(window: Electron.BrowserWindow): void {
    // A page of ours stands for one that was not reached: then it is that which is loaded again.
    const address = window.webContents.getURL();
    if (/^https?:/.test(address)) window.webContents.reload();
    else if (this.#authorizeUrl !== null && window === this.#main) this.#load(window, this.#authorizeUrl);
  }

  readonly #onWindow = (_event: Event, window: Electron.BrowserWindow): void => {
    if (window.webContents.session !== this.#held.session) return;
    this.#windows.add(window);
    const opener = window.getParentWindow()?.webContents.getURL() ?? null;
    guardWindow(window, opener, this.#rules);
    window.on('closed', () => this.#windows.delete(window));
  };

  readonly #onCertificate = (
    event: Event,
    contents: WebContents | null,
    url: string,
    choices: Certificate[],
    callback: (certificate?: Certificate) => void,
  ): void => {
    const window = contents === null ? null : BrowserWindow.fromWebContents(contents);
    if (window === null || !this.#windows.has(window)) return;
    // Unasked, the first one would be sent.
    event.preventDefault();
    void this.#questions.certificate(window, url, choices).then((chosen) => {
      if (chosen === null) callback();
      else callback(chosen);
    });
  };
}
