// What holds for every page of a sign-in, in its window and in pop-ups: where it may go, what it may open,
// and that its redirect is caught. The window itself is made in sign-in-window.ts.
//
// Invariants: only http and https are gone to, whoever asks; no certificate error is waved through (nobody
// listens to `certificate-error`: unheard it is refused, and told by did-fail-load); a pop-up is a child
// window under these same rules, in the same session, and never more than a few; no flow reaches another's.
import type { BrowserWindowConstructorOptions, PostBody } from 'electron';
import type { Questions } from './sign-in-questions.ts';
import type { RedirectCatch } from './redirect-catch.ts';
import { strictPreferences } from './sign-in-session.ts';
import type { SignInPages } from './sign-in-texts.ts';

/** Pop-ups that may be open at once. */
export const maxPopUps = 4;

export interface Guarded {
  readonly account: string;
  readonly pages: SignInPages;
  readonly caught: RedirectCatch<Electron.BrowserWindow>;
  readonly questions: Questions;
  /** Every open window of the flow. */
  readonly windows: ReadonlySet<Electron.BrowserWindow>;
  /** A page could not be loaded (Chromium's error name), or crashed (null). */
  onFailure(window: Electron.BrowserWindow, error: string | null, address: string): void;
  /** A redirect, or an answer, went to an address of another program; it was stopped. */
  onElsewhere(window: Electron.BrowserWindow, address: string): void;
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
  // Events of a page may come after its window's end.
  const retitle = (): void => {
    if (!window.isDestroyed()) window.setTitle(rules.pages.titleOf(rules.account, address));
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
  guardNavigation(window, rules);
  guardOpening(window, () => address, rules);
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

function guardNavigation(window: Electron.BrowserWindow, { caught, onElsewhere }: Guarded): void {
  const contents = window.webContents;
  type Going = Electron.Event<{ url: string; isMainFrame: boolean }>;
  const judge = (event: Going, isRedirect: boolean): void => {
    const { url, isMainFrame } = event;
    if (caught.navigation(url, isMainFrame, window) !== 'passed') return event.preventDefault();
    // What else there is: the redirect URI's own scheme, where only the session's handler for it sees a form's body.
    if (/^(https?|about|blob|data):/i.test(url) || (isMainFrame && caught.owns(url))) return;
    event.preventDefault();
    // A link to a mail program leaves the page as it is; a redirect leaves nothing but a blank window.
    if (isMainFrame && (isRedirect || carriesAnswer(url))) onElsewhere(window, url);
  };
  contents.on('will-navigate', (event) => {
    judge(event, false);
  });
  contents.on('will-redirect', (event) => {
    judge(event, true);
  });
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) judge(event, false);
  });
  contents.on('did-navigate-in-page', (_event, url, isMainFrame) => {
    caught.inPage(url, isMainFrame, window);
  });
}

/** Whether an address of whatever scheme carries what a redirect does. */
function carriesAnswer(address: string): boolean {
  return /[?#&](code|access_token|error)=/.test(address);
}

function guardOpening(window: Electron.BrowserWindow, opener: () => string | null, rules: Guarded): void {
  window.webContents.on('did-create-window', (child, { frameName }) => {
    if (frameName !== '') forgetName(child.webContents);
  });
  window.webContents.setWindowOpenHandler(({ url, postBody }) => {
    // A form that posts to a new window is let to open one: what it posts is seen by the session's hook.
    if (postBody === undefined || !isWeb(url)) {
      if (rules.caught.navigation(url, true, null) !== 'passed') return { action: 'deny' };
      // Of another scheme, no window will ever ask for it.
      const method = postBody === undefined ? 'GET' : 'POST';
      if (rules.caught.owns(url)) rules.caught.posted({ url, method, uploadData: bytesOf(postBody) });
    }
    const fits = isWeb(url) || url === '' || url === 'about:blank';
    if (!fits || rules.windows.size > maxPopUps) return { action: 'deny' };
    return {
      action: 'allow',
      overrideBrowserWindowOptions: popUpOptions(window, rules.pages.titleOf(rules.account, opener())),
    };
  });
}

/**
 * Has Electron forget under which name a pop-up was opened. It keeps one list of names for all sessions, so that a
 * page which opens one of the same name (`sso`) would steer the pop-up of another flow. Within a flow Chromium
 * finds windows by name itself. Electron has no call for it: it forgets a name when the page is destroyed, by the
 * listener that it has added last (lib/browser/guest-window-manager.ts).
 */
function forgetName(contents: Electron.WebContents): void {
  const forget: unknown = contents.rawListeners('destroyed').at(-1);
  if (typeof forget === 'function') Reflect.apply(forget, contents, []);
}

/** What a form posts to a new window; a file among it has no bytes. */
function bytesOf(body: PostBody | undefined): { readonly bytes?: Uint8Array }[] {
  return (body?.data ?? []).map((piece) => ('bytes' in piece ? { bytes: piece.bytes } : {}));
}

/** What a child window of a flow is made with. */
export function popUpOptions(parent: Electron.BrowserWindow, title: string): BrowserWindowConstructorOptions {
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
    title,
    backgroundColor: '#ffffff',
    autoHideMenuBar: true,
    webPreferences: strictPreferences(),
  };
}
