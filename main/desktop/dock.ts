// The icon in macOS' Dock: there while a window is open, and not for what waits in the menu bar alone.
import { app } from 'electron';
import process from 'node:process';

export interface Dock {
  show(): unknown;
  hide(): void;
}

/** Electron's BrowserWindow, as far as it is needed. */
export interface FollowedWindow {
  isDestroyed(): boolean;
  isVisible(): boolean;
  on(event: 'show' | 'hide' | 'closed', hear: () => void): unknown;
}

/** Makes what follows windows: the icon is shown from the first that is shown to the last that is closed. */
export function followWindows(dock: Dock): (window: FollowedWindow) => void {
  const shown = new Set<object>();
  dock.hide();
  return (window) => {
    const gone = (): void => {
      if (shown.delete(window) && shown.size === 0) dock.hide();
    };
    const there = (): void => {
      if (window.isDestroyed() || !window.isVisible()) return;
      if (shown.size === 0) dock.show();
      shown.add(window);
    };
    window.on('show', there);
    window.on('hide', gone);
    window.on('closed', gone);
    // One that is made to be shown tells of it before anybody listens.
    setImmediate(there);
  };
}

/** Follows every window of the application but the quick panel, which is none to switch to. Elsewhere there is no Dock. */
export function followDock(): void {
  if (process.platform !== 'darwin' || app.dock === undefined) return;
  const follow = followWindows(app.dock);
  app.on('browser-window-created', (_event, window) => {
    if (window.isMinimizable()) follow(window);
  });
}
