// Whether this desktop shows tray icons at all, and what a person is told where it shows none, and of a window that was
// closed. On Linux a StatusNotifierWatcher on the session's bus takes icons (GNOME has none without an extension);
// without one Electron puts them into the tray of X11 (XEmbed), as i3bar and others have it.
//
// Invariants: a closed window leaves Keyfob running, with or without a tray, for scripts rely on it; that is told at
// the first close and never again. A desktop without a tray is believed when it says so twice, seconds apart, since a
// start with the session may come before the panel's; what cannot be told is taken for one with a tray. Then the
// window says so, or, where none was opened (`--hidden`), a notification that stays; and where nobody shows
// notifications the window is opened after all. Once the person has read it, none of that is said again.
import type { Clock } from '../oauth/ports.ts';
import type { PreferencesKeeper } from '../host/preferences.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import { hasOwnerOnBus, isServedOnBus } from '../platform/session-bus.ts';
import { hasSelectionOwner } from '../platform/x11-selection.ts';
import type { Notes } from './notes.ts';
import { isWayland } from './panel-shortcut.ts';

/** False where nobody takes icons; null where that cannot be told, or where X11's own tray might. */
export async function hasTray(platform: string, env: NodeJS.ProcessEnv): Promise<boolean | null> {
  if (platform !== 'linux') return true;
  const watched = await hasOwnerOnBus('org.kde.StatusNotifierWatcher');
  if (watched !== false || isWayland(platform, env)) return watched;
  const owned = await hasSelectionOwner((screen) => `_NET_SYSTEM_TRAY_S${screen}`, env);
  return owned === false ? false : null;
}

/** Whether somebody shows notifications. */
export async function showsNotes(platform: string): Promise<boolean> {
  return platform !== 'linux' || (await isServedOnBus('org.freedesktop.Notifications')) === true;
}

export interface TrayPresenceOptions {
  hasTray(): Promise<boolean | null>;
  showsNotes(): Promise<boolean>;
  readonly clock: Pick<Clock, 'after'>;
  readonly preferences: Pick<PreferencesKeeper, 'read' | 'change'>;
  readonly notes: Pick<Notes, 'put' | 'language'>;
  /** Whether the start opened no window. */
  readonly hidden: boolean;
  /** Opens the window. */
  open(): void;
  /** `missing` has changed. */
  changed(): void;
}

export interface TrayPresence {
  /** Looks whether there is a tray, and says so where there is none. Never rejects. */
  look(): Promise<void>;
  /** Whether the desktop shows no icon, as far as is known. */
  missing(): boolean;
  /** The person has closed the window. */
  closed(): void;
}

/** Ms between the two times that a desktop is asked. */
const asksAgainAfter = 10_000;

/** Makes what tells a person where Keyfob is. */
export function createTrayPresence(options: TrayPresenceOptions): TrayPresence {
  const { preferences, notes, clock, open } = options;
  let seen = true;
  let missing = false;
  const texts = () => desktopTexts[notes.language()].notes;
  const look = async (): Promise<boolean> => (seen = (await options.hasTray()) !== false);
  return {
    async look() {
      if (await look()) return;
      await new Promise<void>((resolve) => void clock.after(asksAgainAfter, resolve));
      if (await look()) return;
      missing = true;
      options.changed();
      if (!options.hidden || preferences.read().told_no_tray) return;
      if (!(await options.showsNotes())) return open();
      notes.put('tray', { title: texts().noTray, body: texts().noTrayText, lasting: true, onClick: open });
    },
    missing: () => missing,
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
