// What a person is told of the icon in the tray: that the desktop shows none, and where Keyfob is once its window was
// closed. See tray-state.ts for how that is asked.
//
// Invariants: a closed window leaves Keyfob running, with or without a tray, for scripts rely on it; that is told at
// the first close and never again. A desktop without a tray is believed when it says so twice, seconds apart, since a
// start with the session may come before the panel's; what cannot be told is taken for one with a tray. Then the
// window says so, or, where none was opened (`--hidden`), a notification that stays; and where nobody shows
// notifications the window is opened after all. Once the person has read it, none of that is said again, but of a tray
// that was there and went. An icon that nobody has taken is put up again, for Electron
// offers it once.
import type { Clock } from '../oauth/ports.ts';
import type { PreferencesKeeper } from '../host/preferences.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import { isServedOnBus } from '../platform/session-bus.ts';
import type { Notes } from './notes.ts';
import type { TrayState } from './tray-state.ts';

/** Whether somebody shows notifications. */
export async function showsNotes(platform: string): Promise<boolean> {
  return platform !== 'linux' || (await isServedOnBus('org.freedesktop.Notifications')) === true;
}

export interface TrayPresenceOptions {
  state(): Promise<TrayState>;
  /** Takes the icon out and puts it up again. */
  reopen(): void;
  showsNotes(): Promise<boolean>;
  readonly clock: Pick<Clock, 'after'>;
  readonly preferences: Pick<PreferencesKeeper, 'read' | 'change'>;
  readonly notes: Pick<Notes, 'put' | 'withdraw' | 'language'>;
  /** Whether the start opened no window. */
  readonly hidden: boolean;
  /** Opens the window. */
  open(): void;
  /** `missing` has changed. */
  changed(): void;
}

export interface TrayPresence {
  /** Looks whether the icon is shown, now and from time to time, and says so where it is not. */
  follow(): void;
  /** Whether the desktop shows no icon, as far as is known. */
  missing(): boolean;
  /** The person has closed the window. */
  closed(): void;
  /** Looks no more. */
  end(): void;
}

/** Ms after which a desktop that shows no icon is asked again. */
const asksAgainAfter = 10_000;
/** Ms between two looks. */
const looksEvery = 60_000;
/** Ms that a desktop is given to take an icon. */
const takesWithin = 1_000;

/** A desktop that does not list what it shows would see the icon come and go. */
const maxReopened = 3;

/** Makes what tells a person where Keyfob is. */
export function createTrayPresence(options: TrayPresenceOptions): TrayPresence {
  const { preferences, notes, clock, open } = options;
  let cancel: (() => void) | null = null;
  let ended = false;
  let wasShown = false;
  /** Looks in a row that found no icon. */
  let failed = 0;
  /** How often the icon was put up again since it was last shown. */
  let reopened = 0;
  const texts = () => desktopTexts[notes.language()].notes;
  const missing = (): boolean => failed > 1;

  const isShown = async (): Promise<boolean> => {
    let state = await options.state();
    if (state === 'unregistered' && reopened < maxReopened && !ended) {
      reopened += 1;
      options.reopen();
      await new Promise<void>((resolve) => void clock.after(takesWithin, resolve));
      state = await options.state();
    }
    if (state === 'shown') reopened = 0;
    return state === 'shown' || state === 'unknown';
  };
  const tell = async (): Promise<void> => {
    options.changed();
    if (!wasShown && (!options.hidden || preferences.read().told_no_tray)) return;
    if (!(await options.showsNotes())) return open();
    notes.put('tray', { title: texts().noTray, body: texts().noTrayText, lasting: true, onClick: open });
  };
  const look = async (): Promise<void> => {
    const shown = await isShown();
    if (ended) return;
    const wasMissing = missing();
    failed = shown ? 0 : failed + 1;
    if (missing() && !wasMissing) await tell();
    if (shown && wasMissing) {
      notes.withdraw('tray');
      options.changed();
    }
    wasShown ||= shown;
    cancel = clock.after(shown || missing() ? looksEvery : asksAgainAfter, () => void look());
  };

  return {
    follow: () => void look(),
    missing,
    closed() {
      if (preferences.read().told_of_tray) return;
      const { stillRuns, stillRunsText, stillRunsWithoutTray } = texts();
      notes.put('tray', {
        title: stillRuns,
        body: failed === 0 ? stillRunsText : stillRunsWithoutTray,
        onClick: open,
      });
      try {
        preferences.change({ told_of_tray: true });
      } catch {
        // A file that cannot be written is told elsewhere; this is told once more then.
      }
    },
    end() {
      ended = true;
      cancel?.();
    },
  };
}
