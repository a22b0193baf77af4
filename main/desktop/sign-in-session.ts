// The sessions that sign-in windows live in, and what holds for every page in them.
//
// Invariants: nothing is permitted and nothing downloaded; the spell checker, which calls home, is off; one
// hook looks at every request; the one scheme that is handled here is a redirect URI's own, which is answered
// with nothing, so no page reaches Keyfob's own window.
import { randomUUID } from 'node:crypto';
import { app, session } from 'electron';
import type { Session, WebPreferences } from 'electron';
import type { RedirectCatch } from './redirect-catch.ts';
import { sha256Hex } from '../platform/digest.ts';

/** What every window of a sign-in has, pop-ups too. */
export function strictPreferences(): WebPreferences {
  return {
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    nodeIntegrationInWorker: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    plugins: false,
    navigateOnDragDrop: false,
    // A page's alert would outlive the flow, and is no way to sign in.
    disableDialogs: true,
    spellcheck: false,
    devTools: !app.isPackaged,
  };
}

/** The partition in which an account stays signed in with its vendor. A hash: not every disk minds case. */
function keptPartition(account: string): string {
  return `persist:sign-in-${sha256Hex(account).slice(0, 24)}`;
}

const prepared = new WeakSet<Session>();

/** A session in which nothing is allowed. The system's proxy and certificates hold, as by default. */
export function lockedSession(partition: string, options = { cache: true }): Session {
  const made = session.fromPartition(partition, options);
  if (prepared.has(made)) return made;
  prepared.add(made);
  made.setSpellCheckerEnabled(false);
  made.setPermissionRequestHandler((_contents, _permission, callback) => {
    callback(false);
  });
  made.setPermissionCheckHandler(() => false);
  made.setDevicePermissionHandler(() => false);
  made.on('will-download', (event) => {
    event.preventDefault();
  });
  return made;
}

export interface SignInSession {
  readonly session: Session;
  /** Ends the catch of this flow, and forgets what the session holds unless it is kept. */
  release(): Promise<void>;
}

// The catch that a session's hook asks: with a kept session a newer flow's may have taken its place.
const catches = new WeakMap<Session, RedirectCatch<never>>();

/**
 * Opens the session of one flow: in memory and its own, or the one that is kept for `kept`, an account. Every
 * request in it is held against `caught` first.
 */
export function openSignInSession(
  kept: string | null,
  redirectUri: string,
  caught: RedirectCatch<never>,
): SignInSession {
  const made = lockedSession(kept === null ? `sign-in-${randomUUID()}` : keptPartition(kept));
  catches.set(made, caught);
  made.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: catches.get(made)?.request(details) !== 'passed' });
  });
  const scheme = ownScheme(redirectUri);
  if (scheme !== null) {
    // A newer flow of a kept session takes the scheme over.
    if (made.protocol.isProtocolHandled(scheme)) made.protocol.unhandle(scheme);
    made.protocol.handle(scheme, async (request) => {
      const bytes = request.method === 'POST' ? new Uint8Array(await request.arrayBuffer()) : null;
      const uploadData = bytes === null ? [] : [{ bytes }];
      catches.get(made)?.posted({ url: request.url, method: request.method, uploadData });
      // No content: the page that asked stays.
      return new Response(null, { status: 204 });
    });
  }
  return {
    session: made,
    async release() {
      if (catches.get(made) === caught) {
        catches.delete(made);
        made.webRequest.onBeforeRequest(null);
        if (scheme !== null) made.protocol.unhandle(scheme);
      }
      if (kept === null) await empty(made);
      else made.flushStorageData();
    },
  };
}

/** The scheme of a redirect URI that is neither http nor https (RFC 8252 section 7.1), or null. */
function ownScheme(redirectUri: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(redirectUri)?.[1]?.toLowerCase() ?? null;
  return scheme === 'http' || scheme === 'https' ? null : scheme;
}

/** Forgets that an account stays signed in with its vendor. */
export async function forgetKept(account: string): Promise<void> {
  await empty(session.fromPartition(keptPartition(account)));
}

async function empty(made: Session): Promise<void> {
  await Promise.all([made.clearStorageData(), made.clearCache(), made.clearAuthCache()]);
}
