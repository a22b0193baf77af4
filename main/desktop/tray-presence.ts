// Whether this desktop shows tray icons at all: on Linux a StatusNotifierWatcher on the session's bus takes them.
// GNOME has none without an extension. What a person is told of that, and of a window that was closed.
//
// Invariants: a closed window leaves Keyfob running, with or without a tray, for scripts rely on it; that is told at
// the first close and never again. Where no icon is seen a start says so, and how to come back to the window.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PreferencesKeeper } from '../host/preferences.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { Notes } from './notes.ts';

const [bus, objectPath, method] = [
  'org.freedesktop.DBus',
  '/org/freedesktop/DBus',
  'org.freedesktop.DBus.NameHasOwner',
];
const watcher = 'org.kde.StatusNotifierWatcher';
/** Ways to ask the session's bus; a desktop has one of these. */
const questions = [
  ['gdbus', 'call', '--session', '--dest', bus, '--object-path', objectPath, '--method', method, watcher],
  ['dbus-send', '--session', '--print-reply', `--dest=${bus}`, objectPath, method, `string:${watcher}`],
] as const;

/** False where the bus says that nobody takes icons; null where nobody can be asked. */
export async function hasTray(platform: string): Promise<boolean | null> {
  if (platform !== 'linux') return true;
  for (const [program, ...args] of questions) {
    try {
      const { stdout } = await promisify(execFile)(program, args, { timeout: 2_000 });
      return /\btrue\b/.test(stdout);
    } catch {
      // The other program may be there, or no bus.
    }
  }
  return null;
}

export interface TrayPresenceOptions {
  hasTray(): Promise<boolean | null>;
  readonly preferences: Pick<PreferencesKeeper, 'read' | 'change'>;
  readonly notes: Pick<Notes, 'put' | 'language'>;
  /** Opens the window. */
  open(): void;
}

export interface TrayPresence {
  /** Looks whether there is a tray, and says so where there is none. Never rejects. */
  look(): Promise<void>;
  /** The person has closed the window. */
  closed(): void;
}

/** Makes what tells a person where Keyfob is. */
export function createTrayPresence({
  hasTray: ask,
  preferences,
  notes,
  open,
}: TrayPresenceOptions): TrayPresence {
  let seen = true;
  const texts = () => desktopTexts[notes.language()].notes;
  return {
    async look() {
      seen = (await ask()) !== false;
      if (!seen) notes.put('tray', { title: texts().noTray, body: texts().noTrayText, onClick: open });
    },
    closed() {
      if (preferences.read().told_of_tray) return;
      const { stillRuns, stillRunsText, stillRunsWithoutTray } = texts();
      notes.put('tray', {
        title: stillRuns,
        body: seen ? stillRunsText : stillRunsWithoutTray,
        onClick: open,
      });
      try {
        preferences.change({ told_of_tray: true });
      } catch {
        // A file that cannot be written is told elsewhere; this is told once more then.
      }
    },
  };
}
