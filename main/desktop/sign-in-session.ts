// The sessions that sign-in windows live in, and what holds for every page in them.
//
// Invariants: nothing is permitted and nothing downloaded; the spell checker, which calls home, is off; no
// scheme is handled here, so that no page reaches Keyfob's own window; one hook looks at every request.
import { createHash, randomUUID } from 'node:crypto';
import { app, session } from 'electron';
import type { Session, WebPreferences } from 'electron';
import type { RedirectCatch } from './redirect-catch.ts';

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
    safeDialogs: true,
    spellcheck: false,
    devTools: !app.isPackaged,
  };
}

/** The partition in which an account stays signed in with its vendor. A hash: not every disk minds case. */
function keptPartition(account: string): string {
  return `persist:sign-in-${createHash('sha256').update(account).digest('hex').slice(0, 24)}`;
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
const catches = new WeakMap<Session, RedirectCatch>();

/**
 * Opens the session of one flow: in memory and its own, or the one that is kept for `kept`, an account. Every
 * request in it is held against `caught` first.
 */
export function openSignInSession(kept: string | null, caught: RedirectCatch): SignInSession {
  const made = lockedSession(kept === null ? `sign-in-${randomUUID()}` : keptPartition(kept));
  catches.set(made, caught);
  made.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: catches.get(made)?.request(details) !== 'passed' });
  });
  return {
    session: made,
    async release() {
      if (catches.get(made) === caught) {
        catches.delete(made);
        made.webRequest.onBeforeRequest(null);
      }
      if (kept === null) await empty(made);
      else made.flushStorageData();
    },
  };
}

/** Forgets that an account stays signed in with its vendor. */
export async function forgetKept(account: string): Promise<void> {
  await empty(session.fromPartition(keptPartition(account)));
}

async function empty(made: Session): Promise<void> {
  await Promise.all([made.clearStorageData(), made.clearCache(), made.clearAuthCache()]);
}
