// What the desktop keeps through electron-store: the preferences, in the file that the agent keeps too, and
// where the window stood.
import path from 'node:path';
import Store from 'electron-store';
import { z } from 'zod';
import type { Message } from '../api/problems/index.ts';
import { setUnusableAside } from '../host/preferences-file.ts';
import type { PreferencesFile } from '../host/preferences-file.ts';
import { setStrayAside } from '../platform/atomic-file.ts';
import type { Bounds } from './window-bounds.ts';

/** Opens `preferences.json` of a folder; a damaged one is kept aside, and told. */
export function openPreferencesStore(folder: string, onNotice: (notice: Message) => void): PreferencesFile {
  setUnusableAside(path.join(folder, 'preferences.json'), onNotice);
  return new Store<Record<string, unknown>>({
    cwd: folder,
    name: 'preferences',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
  });
}

const bounds = z.object({ x: z.int(), y: z.int(), width: z.int().min(200), height: z.int().min(200) });

/** Opens the memory of where the window stood. What cannot be read is as if it never stood anywhere. */
export function openBoundsStore(folder: string): { read(): Bounds | null; write(at: Bounds): void } {
  setStrayAside(path.join(folder, 'window.json'));
  const store = new Store<Record<string, unknown>>({ cwd: folder, name: 'window', clearInvalidConfig: true });
  return {
    read: () => bounds.safeParse(store.get('bounds')).data ?? null,
    write(at) {
      store.set('bounds', { ...at });
    },
  };
}
