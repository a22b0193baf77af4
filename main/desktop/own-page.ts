// What holds for the pages that are Keyfob's own: the window's and the quick panel's.
//
// Invariants: no Node, no way to another page, no pop-up. That no page attaches a webview holds for all
// (`denyByDefault` in app-lifecycle.ts).
import type { Session, WebContents, WebPreferences } from 'electron';

export interface OwnPageOptions {
  /** The session that has the window's files. */
  readonly session: Session;
  /** The preload script's path. */
  readonly preload: string;
  readonly devTools: boolean;
}

/** What the window of such a page is made with. */
export function ownPagePreferences({ session, preload, devTools }: OwnPageOptions): WebPreferences {
  return {
    session,
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    spellcheck: false,
    navigateOnDragDrop: false,
    devTools,
  };
}

/** Keeps a page where `isOwn` says; `onLink` is told of an address that it would open elsewhere. */
export function guardOwnPage(
  contents: WebContents,
  isOwn: (address: string) => boolean,
  onLink: (address: string) => void = () => undefined,
): void {
  contents.setWindowOpenHandler(({ url }) => {
    onLink(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    if (!isOwn(event.url)) event.preventDefault();
  });
}
