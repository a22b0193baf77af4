// A shortcut for the quick panel that no other program has.
//
// Invariants: on X11, Windows and macOS a candidate is tried by taking it and giving it back; on Wayland nothing is
// tried, since the portal asks the person at every try: there the first candidate is offered to an installed Keyfob where
// the desktop has the portal (org.freedesktop.portal.GlobalShortcuts), else none. GNOME refuses one whose desktop entry
// is not installed, and tells nobody (Electron's docs, globalShortcut).
import { callSessionBus } from '../platform/session-bus.ts';
import type { ShortcutPort } from './shortcuts.ts';

const candidates = ['Control+Alt+K', 'Control+Alt+Space', 'Super+Alt+K', 'Control+Shift+Alt+K'] as const;

export interface OfferOptions {
  readonly port: ShortcutPort;
  readonly wayland: boolean;
  /** Whether the desktop's entry of this very Keyfob is installed; not from a checkout, nor of an AppImage. */
  readonly installed: boolean;
  /** Whether the desktop gives shortcuts by its portal; see `hasShortcutPortal`. */
  hasPortal(): Promise<boolean>;
}

/** Finds a shortcut that can be offered; null: there is none. */
export async function offerShortcut(options: OfferOptions): Promise<string | null> {
  const { port, wayland, installed } = options;
  if (wayland) return installed && (await options.hasPortal()) ? candidates[0] : null;
  return candidates.find((keys) => isFree(port, keys)) ?? null;
}

function isFree(port: ShortcutPort, keys: string): boolean {
  try {
    if (!port.register(keys, () => undefined)) return false;
  } catch {
    // A key that this system does not know.
    return false;
  }
  port.unregister(keys);
  return true;
}

/** Whether the session is Wayland's. */
export function isWayland(platform: string, env: NodeJS.ProcessEnv): boolean {
  return platform === 'linux' && (env['XDG_SESSION_TYPE'] === 'wayland' || Boolean(env['WAYLAND_DISPLAY']));
}

/** Asks the portal for its version; false too where there is no program to ask with: nothing is offered that might not work. */
export async function hasShortcutPortal(): Promise<boolean> {
  const version = await callSessionBus({
    destination: 'org.freedesktop.portal.Desktop',
    path: '/org/freedesktop/portal/desktop',
    method: 'org.freedesktop.DBus.Properties.Get',
    args: ['org.freedesktop.portal.GlobalShortcuts', 'version'],
  });
  return version !== null;
}
