// Small windows of our own that ask the person something during a sign-in: a user name and password for HTTP
// authentication, a client certificate.
//
// Invariants: a page without script in a session of its own, which asks for nothing: every request in it is
// stopped, and the form's is read on the way. What is entered is kept nowhere. Closing says no.
import { randomUUID } from 'node:crypto';
import { BrowserWindow } from 'electron';
import type { AuthInfo, Certificate } from 'electron';
import { bodyOf } from './redirect-catch.ts';
import { lockedSession, strictPreferences } from './sign-in-session.ts';
import { answerAddress, hostOf, isOpen } from './sign-in-texts.ts';
import type { OwnPage, SignInPages } from './sign-in-texts.ts';

export interface Questions {
  /** User name and password, or null when the person gives none. */
  credentials(
    parent: Electron.BrowserWindow,
    address: string,
    asked: AuthInfo,
  ): Promise<{ username: string; password: string } | null>;
  /** One of the certificates, or null. */
  certificate(
    parent: Electron.BrowserWindow,
    address: string,
    choices: readonly Certificate[],
  ): Promise<Certificate | null>;
  /** Closes what is still asked. */
  close(): void;
}

/** The questions of one flow. */
export function createQuestions(account: string, pages: SignInPages): Questions {
  const open = new Set<Electron.BrowserWindow>();
  /** Hosts that were asked about, and whether the person said no: a page may ask for many things there. */
  const asked = new Map<string, 'given' | 'refused'>();
  const underWay = new Map<string, Promise<{ username: string; password: string } | null>>();

  const ask = (
    parent: Electron.BrowserWindow,
    page: OwnPage,
    height: number,
  ): Promise<URLSearchParams | null> =>
    new Promise((resolve) => {
      const own = lockedSession(`question-${randomUUID()}`);
      const window = new BrowserWindow({
        parent,
        width: 480,
        height,
        minimizable: false,
        maximizable: false,
        fullscreenable: false,
        title: pages.titleOf(account, null),
        backgroundColor: '#f6f7f9',
        autoHideMenuBar: true,
        webPreferences: { ...strictPreferences(), session: own },
      });
      open.add(window);
      let given: URLSearchParams | null = null;
      own.webRequest.onBeforeRequest((details, callback) => {
        const ours = details.url.startsWith('data:') && details.resourceType === 'mainFrame';
        callback({ cancel: !ours });
        const body =
          details.url === answerAddress && details.method === 'POST' ? bodyOf(details.uploadData) : null;
        if (body === null) return;
        given = new URLSearchParams(body);
        // Not from within the request's own callback.
        setImmediate(() => {
          if (!window.isDestroyed()) window.destroy();
        });
      });
      window.removeMenu();
      window.on('page-title-updated', (event) => {
        event.preventDefault();
      });
      window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
      window.webContents.on('before-input-event', (_event, input) => {
        if (input.type === 'keyDown' && input.key === 'Escape') window.close();
      });
      window.on('closed', () => {
        open.delete(window);
        own.webRequest.onBeforeRequest(null);
        resolve(given);
      });
      window.loadURL(pages.addressOf(page)).catch(() => undefined);
    });

  const askCredentials = async (
    parent: Electron.BrowserWindow,
    address: string,
    info: AuthInfo,
    who: string,
  ): Promise<{ username: string; password: string } | null> => {
    const page = pages.credentials({
      host: info.isProxy ? `${info.host}:${info.port}` : (hostOf(address) ?? `${info.host}:${info.port}`),
      realm: info.realm.slice(0, 200),
      isProxy: info.isProxy,
      isOpen: !info.isProxy && isOpen(address),
      isAgain: asked.has(who),
    });
    const given = await ask(parent, page, 460);
    asked.set(who, given === null ? 'refused' : 'given');
    return given === null
      ? null
      : { username: given.get('username') ?? '', password: given.get('password') ?? '' };
  };

  return {
    async credentials(parent, address, info) {
      const who = `${String(info.isProxy)} ${info.host}:${info.port} ${info.realm}`;
      if (asked.get(who) === 'refused') return null;
      const asking = underWay.get(who) ?? askCredentials(parent, address, info, who);
      underWay.set(who, asking);
      return asking.finally(() => underWay.delete(who));
    },
    async certificate(parent, address, choices) {
      const given = await ask(parent, pages.certificates(hostOf(address), choices), 520);
      return given === null ? null : (choices[Number(given.get('certificate') ?? -1)] ?? null);
    },
    close() {
      for (const window of [...open]) window.destroy();
    },
  };
}
