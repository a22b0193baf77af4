// Which file is the tray's icon. Pure. The files are drawn by scripts/icons.mjs.
//
// Invariant: where nobody knows what is behind the icon, which is every panel of Linux, the icon is a tile that
// brings a ground of its own.
import path from 'node:path';
import type { Preferences } from '../api/preferences.ts';
import type { TrayIcon } from './tray-menu.ts';

/** What an icon looks like: the bare mark for a light or dark ground, a tile, or macOS's template. */
export type IconLook = 'on-light' | 'on-dark' | 'tile' | 'Template';

/**
 * The look of the icon: what the person chose, else by the system. `dark`: what the system says of its own parts,
 * Windows' taskbar say.
 */
export function iconLook(
  platform: string,
  { chosen, dark }: { readonly chosen: Preferences['tray_icon']; readonly dark: boolean },
): IconLook {
  switch (chosen) {
    case 'light':
      return 'on-dark';
    case 'dark':
      return 'on-light';
    case 'color':
      return 'tile';
    case 'system':
      // macOS colours a template image itself.
      if (platform === 'darwin') return 'Template';
      if (platform === 'win32') return dark ? 'on-dark' : 'on-light';
      return 'tile';
  }
}

/**
 * By what the system knows the icon from start to start: where the person has put it, and whether it is hidden (Windows,
 * macOS). Null elsewhere, and for a checkout: Windows ties it to the program's path, and refuses it to another one.
 */
export function iconIdentity(platform: string, packaged: boolean): string | null {
  const known = packaged && (platform === 'win32' || platform === 'darwin');
  return known ? '7f4d6f0e-3a0b-4a55-9d0c-5f1c8be0a6d4' : null;
}

/** The file of a state; Electron finds the finer ones beside it (`@1.5x`, `@2x`). */
export function iconFile(folder: string, icon: TrayIcon, platform: string, look: IconLook): string {
  // StatusNotifier hosts draw 22 points high, macOS and Windows 16.
  return path.join(folder, `${icon}-${platform === 'linux' ? 22 : 16}-${look}.png`);
}
