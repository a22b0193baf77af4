// What a person set for the window and the desktop, over a small store: both homes read and write the same
// `preferences.json`.
//
// Invariants: what is missing or of a wrong kind counts as omitted, that one alone; what a newer version wrote
// beside is kept; a digest says what Keyfob wrote (preferences-file.ts tells what something else did);
// nothing secret stands here.
import { createEmitter } from '../platform/emitter.ts';
import { judgeDigest, withDigest } from '../platform/self-digest.ts';
import { KeyfobError } from '../api/errors.ts';
import { preferences, type Preferences } from '../api/preferences.ts';

/** The whole of what is kept; the stores of electron-store and conf are such. */
export interface PreferencesStore {
  store: Record<string, unknown>;
}

export interface PreferencesKeeper {
  read(): Preferences;
  /** Keeps a change, which has been checked. Throws `unexpected` when it cannot be written. */
  change(change: Partial<Preferences>): Preferences;
  /** Listens to changes; the answer ends it. */
  on(listener: (now: Preferences, before: Preferences) => void): () => void;
}

const defaultPreferences: Preferences = {
  theme: 'system',
  language: 'system',
  tray_icon: 'system',
  told_of_tray: false,
  told_no_tray: false,
  clipboard_seconds: 30,
  open_at_login: false,
  lock_with_screen: false,
  notifications: true,
  sign_in_on_demand: true,
  account_order: 'recent',
  shortcut_copy: null,
  shortcut_panel: null,
  panel_offered: false,
  updates: true,
  refresh_ahead: 60,
  stay_signed_in: [],
};

/** Each by itself: one that is not usable is as it was never set. */
function readStored(kept: Readonly<Record<string, unknown>>): Preferences {
  // At first the shortcut opened the window's quick switcher, under this name.
  const stored: Readonly<Record<string, unknown>> = { shortcut_panel: kept['shortcut_switch'], ...kept };
  const usable = Object.entries(preferences.shape).flatMap(([name, schema]) => {
    const judged = schema.safeParse(stored[name]);
    return judged.success ? [[name, judged.data] as const] : [];
  });
  return { ...defaultPreferences, ...Object.fromEntries(usable) };
}

/** Opens the preferences in a store. */
export function openPreferences(store: PreferencesStore): PreferencesKeeper {
  const changes = createEmitter<[now: Preferences, before: Preferences]>();
  let current = readStored(store.store);
  if (judgeDigest(store.store) === 'differs') {
    try {
      store.store = withDigest(store.store);
    } catch {
      // It is told again at the next start.
    }
  }
  return {
    read: () => current,
    change(change) {
      const before = current;
      const next = { ...before, ...change };
      try {
        store.store = withDigest({ ...store.store, ...next });
      } catch (error) {
        throw new KeyfobError('preferences_unwritable', {}, { cause: error });
      }
      current = next;
      changes.emit(current, before);
      return current;
    },
    on: changes.on,
  };
}
