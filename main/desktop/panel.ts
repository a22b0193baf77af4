// The quick panel: a small window above all others, which a shortcut opens and any choice closes.
//
// Invariants: those of own-page.ts, and it never leaves its page; it is hidden before what was chosen in it is done, so
// that the focus is back where the person works; its page may make the calls of `panelCalls` and no other, and
// hears the news of `panelNews` and no other.
//
// It is made ahead where a shortcut is set: one that is hidden is shown, and has the focus, 20 to 80 ms after the key
// (Electron 33, X11). That costs the memory of a page (RSS 120 MB, shared pages counted), so whoever has no shortcut
// has none until it is first opened.
import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { WebContents } from 'electron';
import type { CallName, News } from '../api/window.ts';
import { channels } from '../../preload/contract.ts';
import { guardOwnPage, ownPagePreferences } from './own-page.ts';
import type { OwnPageOptions } from './own-page.ts';
import { panelBounds } from './panel-bounds.ts';
import { panelAddress } from './window-address.ts';

/** The calls that the panel's page may make. */
export const panelCalls: ReadonlySet<unknown> = new Set<CallName>([
  'overview',
  'texts',
  'panel.act',
  'vault.unlock',
]);

const panelNews: ReadonlySet<News['type']> = new Set<News['type']>([
  'accounts',
  'account_removed',
  'overview',
  'providers',
  'status',
  'preferences',
]);

export interface PanelOptions extends OwnPageOptions {
  readonly icon: string;
  readonly platform: string;
}

export interface Panel {
  /** Shows it on the screen of the pointer, or hides it where it is shown. */
  toggle(): void;
  hide(): void;
  /** Makes it ahead, or gives up the one that is hidden. */
  keepReady(ready: boolean): void;
  /** Whether it is the panel's page that asks. */
  owns(contents: WebContents): boolean;
  tell(news: News): void;
  close(): void;
}

/** Makes the keeper of the one panel. */
export function createPanel(options: PanelOptions): Panel {
  let window: BrowserWindow | null = null;
  /** Drawn once, so that it can be shown at once. */
  let drawn = false;
  let wanted = false;

  const send = (news: News): void => {
    if (window !== null && !window.isDestroyed()) window.webContents.send(channels.news, news);
  };
  const open = (): BrowserWindow => {
    const made = new BrowserWindow(looks(options));
    const { webContents } = made;
    guardOwnPage(webContents, () => false);
    webContents.on('render-process-gone', () => {
      // Not from within the event, which the runtime would not survive.
      setImmediate(() => {
        if (!made.isDestroyed()) made.destroy();
      });
    });
    made.once('ready-to-show', () => {
      drawn = true;
      if (wanted) present(made);
    });
    made.on('blur', () => {
      made.hide();
    });
    made.on('hide', () => {
      send({ type: 'panel', shown: false });
    });
    made.on('close', (event) => {
      event.preventDefault();
      made.hide();
    });
    made.on('closed', () => {
      window = null;
      drawn = false;
    });
    if (options.platform === 'darwin') made.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true });
    void webContents.loadURL(panelAddress);
    return made;
  };
  const present = (made: BrowserWindow): void => {
    wanted = false;
    send({ type: 'panel', shown: true });
    made.setBounds(panelBounds(screen.getDisplayNearestPoint(screen.getCursorScreenPoint()).workArea));
    made.show();
    made.focus();
  };
  const hide = (): void => {
    wanted = false;
    window?.hide();
  };

  return {
    toggle() {
      if (window?.isVisible() === true) return hide();
      wanted = true;
      window ??= open();
      if (drawn) present(window);
    },
    hide,
    keepReady(ready) {
      if (ready) window ??= open();
      else if (window?.isVisible() === false) window.destroy();
    },
    owns: (contents) => window !== null && !window.isDestroyed() && contents === window.webContents,
    tell(news) {
      if (panelNews.has(news.type)) send(news);
    },
    close() {
      window?.destroy();
    },
  };
}

function looks(options: PanelOptions): Electron.BrowserWindowConstructorOptions {
  return {
    ...panelBounds(screen.getPrimaryDisplay().workArea),
    show: false,
    frame: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    alwaysOnTop: true,
    skipTaskbar: true,
    title: 'Keyfob',
    icon: options.icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#1f2023' : '#ffffff',
    // On macOS a panel takes the keys and leaves the application in front that was there.
    ...(options.platform === 'darwin' ? { type: 'panel' } : {}),
    webPreferences: ownPagePreferences(options),
  };
}
