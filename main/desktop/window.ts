// The window of Keyfob: made when it is wanted and given up when it is closed, so that a tray that only waits
// costs no page.
//
// Invariants: those of own-page.ts; a page that crashed is loaded anew, and one that
// crashes again and again is given up.
import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { News, WindowRoute } from '../api/window.ts';
import type { Preferences } from '../api/preferences.ts';
import { channels } from '../../preload/contract.ts';
import { guardOwnPage, ownPagePreferences } from './own-page.ts';
import type { OwnPageOptions } from './own-page.ts';
import { isWindowAddress, windowAddress } from './window-address.ts';
import { onDisplay, toKeep } from './window-bounds.ts';
import type { Area, Bounds } from './window-bounds.ts';

export interface MainWindowOptions extends OwnPageOptions {
  readonly icon: string;
  /** Where the window stood when it was last closed. */
  readonly bounds: { read(): Bounds | null; write(bounds: Bounds): void };
  /** Is told of a page that a link in the window would open; the window itself opens none. */
  onLink(address: string): void;
  /** The person closes the window; what runs goes on. */
  onClose(): void;
}

export interface MainWindow {
  /** Brings the window forward, making it when there is none, and shows a route in it. */
  show(route?: WindowRoute): void;
  /** Tells the window, where there is one, the host's news. */
  tell(news: News): void;
}

const smallest = { width: 380, height: 480 };
const usual = { width: 440, height: 720 };
/** Ms after which a window that is shown stands where the system wants it. */
const settlesWithin = 400;
/** A page that crashes this often within a minute is given up. */
const maxCrashes = 3;

/** Makes the keeper of the one window. */
export function createMainWindow(options: MainWindowOptions): MainWindow {
  let window: BrowserWindow | null = null;
  let loaded = false;
  let wanted: WindowRoute | null = null;
  let crashes: number[] = [];

  const tell = (news: News): void => {
    if (window === null || window.isDestroyed() || window.webContents.isDestroyed()) return;
    window.webContents.send(channels.news, news);
  };
  const tellRoute = (): void => {
    if (!loaded || wanted === null) return;
    tell({ type: 'show', route: wanted });
    wanted = null;
  };

  const open = (): BrowserWindow => {
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const asked = onDisplay(options.bounds.read() ?? centred(screen.getPrimaryDisplay().workArea), areas);
    let settled: Area | null = null;
    const made = new BrowserWindow({
      ...asked,
      minWidth: smallest.width,
      minHeight: smallest.height,
      show: false,
      title: 'Keyfob',
      icon: options.icon,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#1b1c1f' : '#ffffff',
      webPreferences: ownPagePreferences(options),
    });
    const { webContents } = made;
    guardOwnPage(webContents, isWindowAddress, (address) => options.onLink(address));
    webContents.on('did-finish-load', () => {
      loaded = true;
      tellRoute();
    });
    webContents.on('render-process-gone', (_event, { reason }) => {
      loaded = false;
      if (reason === 'clean-exit' || made.isDestroyed()) return;
      crashes = [...crashes.filter((at) => Date.now() - at < 60_000), Date.now()];
      // Not from within the event, which the runtime would not survive.
      setImmediate(() => {
        if (made.isDestroyed()) return;
        if (crashes.length < maxCrashes) void webContents.loadURL(windowAddress);
        else made.destroy();
      });
    });
    made.once('ready-to-show', () => {
      made.show();
      setTimeout(() => {
        if (!made.isDestroyed()) settled = made.getNormalBounds();
      }, settlesWithin);
    });
    made.on('close', () => {
      options.onClose();
      options.bounds.write(toKeep(made.getNormalBounds(), asked, settled));
    });
    made.on('closed', () => {
      window = null;
      loaded = false;
    });
    void webContents.loadURL(windowAddress);
    return made;
  };

  return {
    show(route) {
      wanted = route ?? wanted;
      if (window === null) {
        window = open();
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      tellRoute();
    },
    tell,
  };
}

/** The usual size in the middle of an area. */
function centred({ x, y, width, height }: Area): Bounds {
  return {
    x: x + Math.max(0, Math.round((width - usual.width) / 2)),
    y: y + Math.max(0, Math.round((height - usual.height) / 2)),
    ...usual,
  };
}

/** Lets the system's widgets and the page's `prefers-color-scheme` follow what the person chose; the answer ends it. */
export function followTheme(preferences: {
  read(): Preferences;
  on(listener: (now: Preferences) => void): () => void;
}): () => void {
  const apply = ({ theme }: Preferences): void => {
    nativeTheme.themeSource = theme;
  };
  apply(preferences.read());
  return preferences.on(apply);
}
