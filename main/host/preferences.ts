// What a person set for the window and the desktop, over a small store: both homes read and write the same
// `preferences.json`.
//
// Invariants: what is missing or of a wrong kind counts as unsaid, that one alone; what a newer version wrote
// beside is kept; nothing secret stands here.
import { z } from 'zod';
import { KeyfobError } from '../core/errors.ts';
import type { Preferences } from '../../preload/contract.ts';

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

/** As Electron writes accelerators: modifiers and one key. */
const accelerator = z
  .string()
  .max(60)
  .regex(/^([A-Za-z]+\+){1,4}[A-Za-z0-9]{1,12}$/, 'must look like CommandOrControl+Shift+K');

const shape = {
  theme: z.enum(['system', 'light', 'dark']),
  language: z.enum(['system', 'en', 'de']),
  clipboard_seconds: z.int().min(5).max(600),
  open_at_login: z.boolean(),
  lock_with_screen: z.boolean(),
  notifications: z.boolean(),
  shortcut_copy: accelerator.nullable(),
  shortcut_switch: accelerator.nullable(),
  updates: z.boolean(),
  refresh_ahead: z.int().min(30).max(3600),
  stay_signed_in: z.array(z.string().min(1).max(64)).max(10_000),
} satisfies { readonly [Name in keyof Preferences]: z.ZodType<Preferences[Name]> };

export const defaultPreferences: Preferences = {
  theme: 'system',
  language: 'system',
  clipboard_seconds: 30,
  open_at_login: false,
  lock_with_screen: false,
  notifications: true,
  shortcut_copy: null,
  shortcut_switch: null,
  updates: true,
  refresh_ahead: 60,
  stay_signed_in: [],
};

/** What a change may hold; an unknown name is refused. */
export const preferencesChange: z.ZodType<Partial<Preferences>> = z.strictObject({
  theme: z.exactOptional(shape.theme),
  language: z.exactOptional(shape.language),
  clipboard_seconds: z.exactOptional(shape.clipboard_seconds),
  open_at_login: z.exactOptional(shape.open_at_login),
  lock_with_screen: z.exactOptional(shape.lock_with_screen),
  notifications: z.exactOptional(shape.notifications),
  shortcut_copy: z.exactOptional(shape.shortcut_copy),
  shortcut_switch: z.exactOptional(shape.shortcut_switch),
  updates: z.exactOptional(shape.updates),
  refresh_ahead: z.exactOptional(shape.refresh_ahead),
  stay_signed_in: z.exactOptional(shape.stay_signed_in),
});

/** Each by itself: one that is not usable is as it was never set. */
const stored = z.object({
  theme: shape.theme.catch(defaultPreferences.theme),
  language: shape.language.catch(defaultPreferences.language),
  clipboard_seconds: shape.clipboard_seconds.catch(defaultPreferences.clipboard_seconds),
  open_at_login: shape.open_at_login.catch(defaultPreferences.open_at_login),
  lock_with_screen: shape.lock_with_screen.catch(defaultPreferences.lock_with_screen),
  notifications: shape.notifications.catch(defaultPreferences.notifications),
  shortcut_copy: shape.shortcut_copy.catch(defaultPreferences.shortcut_copy),
  shortcut_switch: shape.shortcut_switch.catch(defaultPreferences.shortcut_switch),
  updates: shape.updates.catch(defaultPreferences.updates),
  refresh_ahead: shape.refresh_ahead.catch(defaultPreferences.refresh_ahead),
  stay_signed_in: shape.stay_signed_in.catch([]),
});

/** Opens the preferences in a store. */
export function openPreferences(store: PreferencesStore): PreferencesKeeper {
  const listeners = new Set<(now: Preferences, before: Preferences) => void>();
  let current: Preferences = stored.parse(store.store);
  return {
    read: () => current,
    change(change) {
      const before = current;
      const next = { ...before, ...change };
      try {
        store.store = { ...store.store, ...next };
      } catch (error) {
        throw new KeyfobError('unexpected', 'The preferences cannot be written.', {
          hint: 'Look whether the disk is full and the folder of the settings is yours.',
          cause: error,
        });
      }
      current = next;
      for (const listener of [...listeners]) listener(current, before);
      return current;
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
