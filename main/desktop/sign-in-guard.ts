// What holds for every page of a sign-in, in its window and in pop-ups: where it may go, what it may open,
// and that its redirect is caught. The window itself is made in sign-in-window.ts.
//
// Invariants: only http and https are gone to, whoever asks; no certificate error is waved through; a pop-up
// is a child window under these same rules, in the same session, and never more than a few.
import type { BrowserWindowConstructorOptions, WebContents } from 'electron';
import type { Questions } from './sign-in-questions.ts';
import type { RedirectCatch } from './redirect-catch.ts';
import { strictPreferences } from './sign-in-session.ts';
import { titleOf } from './sign-in-texts.ts';

/** Pop-ups that may be open at once. */
const mostPopUps = 4;

export interface Guarded {
  readonly account: string;
  readonly caught: RedirectCatch;
  readonly questions: Questions;
  /** Every open window of the flow. */
  readonly windows: ReadonlySet<Electron.BrowserWindow>;
  /** A page could not be loaded (Chromium's error name), or crashed (null). */
  onFailure(window: Electron.BrowserWindow, error: string | null, address: string): void;
  /** A page of a vendor was committed. */
  onPage(window: Electron.BrowserWindow): void;
  /** The person wants the page loaded again. */
  onReload(window: Electron.BrowserWindow): void;
}

const isWeb = (address: string): boolean => /^https?:/i.test(address);

/** Puts the rules on a window of a flow. `shown` is the address of the page that opened it, or null. */
export function guardWindow(window: Electron.BrowserWindow, shown: string | null, rules: Guarded): void {
  const contents = window.webContents;
  let address = shown;
  const retitle = (): void => {
    window.setTitle(titleOf(rules.account, address));
  };
  retitle();
  window.removeMenu();
  window.on('page-title-updated', (event) => {
    event.preventDefault();
  });
  // No page keeps its window open.
  contents.on('will-prevent-unload', (event) => {
    event.preventDefault();
  });
  contents.on('did-navigate', (_event, url) => {
    if (!isWeb(url)) return; // about:blank is its opener's; a page of ours speaks of the last address
    address = url;
    retitle();
    rules.onPage(window);
  });
  contents.on('did-fail-load', (_event, code, name, url, isMainFrame) => {
    if (!isMainFrame || code === aborted) return;
    if (isWeb(url) && code !== blockedByClient) address = url;
    retitle();
    rules.onFailure(window, name, url);
  });
  contents.on('render-process-gone', (_event, details) => {
    if (details.reason !== 'clean-exit') rules.onFailure(window, null, address ?? '');
  });
  guardNavigation(contents, rules.caught);
  guardOpening(window, () => address, rules);
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.on('certificate-error', (event, _url, _error, _certificate, callback) => {
    event.preventDefault();
    callback(false);
  });
  contents.on('login', (event, details, info, callback) => {
    event.preventDefault();
    void rules.questions.credentials(window, details.url, info).then((given) => {
      if (given === null) callback();
      else callback(given.username, given.password);
    });
  });
  contents.on('before-input-event', (event, input) => {
    if (input.type !== 'keyDown') return;
    const command = process.platform === 'darwin' ? input.meta : input.control;
    const key = input.key.toLowerCase();
    if (command && key === 'w') window.close();
    else if ((command && key === 'r') || key === 'f5') rules.onReload(window);
    else return;
    event.preventDefault();
  });
}

// net/base/net_error_list.h
const aborted = -3;
const blockedByClient = -20;

function guardNavigation(contents: WebContents, caught: RedirectCatch): void {
  const judge = (event: Electron.Event<{ url: string; isMainFrame: boolean }>): void => {
    const stopped = caught.navigation(event.url, event.isMainFrame) !== 'passed';
    if (stopped || !/^(https?|about|blob|data):/i.test(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', judge);
  contents.on('will-redirect', judge);
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) judge(event);
  });
  contents.on('did-navigate-in-page', (_event, url, isMainFrame) => {
    caught.inPage(url, isMainFrame);
  });
}

function guardOpening(window: Electron.BrowserWindow, opener: () => string | null, rules: Guarded): void {
  window.webContents.setWindowOpenHandler(({ url, postBody }) => {
    // A form that posts to a new window is let to open one: what it posts is seen by the session's hook.
    if (postBody === undefined || !isWeb(url)) {
      if (rules.caught.navigation(url, true) !== 'passed') return { action: 'deny' };
    }
    const fits = isWeb(url) || url === '' || url === 'about:blank';
    if (!fits || rules.windows.size > mostPopUps) return { action: 'deny' };
    return { action: 'allow', overrideBrowserWindowOptions: popUpOptions(window, rules.account, opener()) };
  });
}

function popUpOptions(
  parent: Electron.BrowserWindow,
  account: string,
  opener: string | null,
): BrowserWindowConstructorOptions {
  return {
    parent,
    // What a page could ask for by the features of window.open.
    show: true,
    frame: true,
    transparent: false,
    alwaysOnTop: false,
    fullscreen: false,
    kiosk: false,
    closable: true,
    title: titleOf(account, opener),
    backgroundColor: '#ffffff',
    autoHideMenuBar: true,
    webPreferences: strictPreferences(),
  };
}
