// A shortcut for the quick panel that no other program has.
//
// Invariants: on X11, Windows and macOS a candidate is tried by taking it and giving it back; on Wayland nothing is
// tried, since the portal asks the person at every try: there the first candidate is offered where the desktop has
// the portal (org.freedesktop.portal.GlobalShortcuts), else none.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ShortcutPort } from './shortcuts.ts';

const candidates = ['Control+Alt+K', 'Control+Alt+Space', 'Super+Alt+K', 'Control+Shift+Alt+K'] as const;

const get = 'org.freedesktop.DBus.Properties.Get';
const portal = ['org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop'] as const;
const shortcuts = 'org.freedesktop.portal.GlobalShortcuts';
/** Ways to ask the session's bus for the portal's version; a desktop has one of these. */
const questions = [
  [
    'gdbus',
    'call',
    '--session',
    '--dest',
    portal[0],
    '--object-path',
    portal[1],
    '--method',
    get,
    shortcuts,
    'version',
  ],
  [
    'dbus-send',
    '--session',
    '--print-reply',
    `--dest=${portal[0]}`,
    portal[1],
    get,
    `string:${shortcuts}`,
    'string:version',
  ],
] as const;

export interface OfferOptions {
  readonly port: ShortcutPort;
  readonly wayland: boolean;
  /** Whether the desktop gives shortcuts by its portal; see `hasShortcutPortal`. */
  hasPortal(): Promise<boolean>;
}

/** Finds a shortcut that can be offered; null: there is none. */
export async function offerShortcut({ port, wayland, hasPortal }: OfferOptions): Promise<string | null> {
  if (wayland) return (await hasPortal()) ? candidates[0] : null;
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

/** Asks the session's bus; false too where there is no program to ask with. */
export async function hasShortcutPortal(): Promise<boolean> {
  for (const [program, ...args] of questions) {
    try {
      await promisify(execFile)(program, args, { timeout: 2_000 });
      return true;
    } catch {
      // The other program may be there, or neither: then nothing is offered that might not work.
    }
  }
  return false;
}
