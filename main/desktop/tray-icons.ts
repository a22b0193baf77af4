// Which file is the tray's icon. Pure. The files are drawn by scripts/icons.mjs.
import path from 'node:path';
import type { TrayIcon } from './tray-menu.ts';

/**
 * Whether what is behind the icon is dark. `dark`: what the system says of its own parts. GNOME's and Unity's
 * top bar is dark whatever the theme, and no one says so.
 */
export function panelIsDark(system: {
  readonly platform: string;
  /** XDG_CURRENT_DESKTOP: names between colons. */
  readonly desktop: string | undefined;
  readonly dark: boolean;
}): boolean {
  const names = (system.desktop ?? '').toLowerCase().split(':');
  const darkBar = system.platform === 'linux' && names.some((name) => name === 'gnome' || name === 'unity');
  return system.dark || darkBar;
}

/** The file of a state; Electron finds the finer ones beside it (`@1.5x`, `@2x`). */
export function iconFile(
  folder: string,
  icon: TrayIcon,
  { platform, dark }: { readonly platform: string; readonly dark: boolean },
): string {
  // macOS colours a template image itself.
  if (platform === 'darwin') return path.join(folder, `${icon}-16-Template.png`);
  // StatusNotifier hosts draw 22 points high, Windows 16.
  return path.join(folder, `${icon}-${platform === 'win32' ? 16 : 22}-on-${dark ? 'dark' : 'light'}.png`);
}
