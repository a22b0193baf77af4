// The icon itself, which is in the tray before anything else is loaded: nothing here may import the core.
import { Menu, Tray, app, nativeTheme } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import { desktopTexts, languageOf } from '../messages/desktop/index.ts';
import type { EarlyPreferences } from './early-preferences.ts';
import type { Preferences } from '../api/preferences.ts';
import { iconFile, iconIdentity, iconLook } from './tray-icons.ts';
import type { TrayIcon } from './tray-menu.ts';

export interface IconOptions {
  /** The folder of the drawn icons. */
  readonly icons: string;
  /** `process.platform`. */
  readonly platform: string;
}

/** Puts the icon into the tray while the home is still being opened, with nothing to do but to quit. */
export function openTrayIcon(
  options: IconOptions,
  { language, tray_icon }: EarlyPreferences,
  quit: () => void,
): Tray {
  const tray = makeTray('refreshing', options, tray_icon);
  const texts = desktopTexts[languageOf(language, app.getPreferredSystemLanguages())].tray;
  tray.setToolTip(texts.starting);
  if (options.platform === 'linux') {
    const items: MenuItemConstructorOptions[] = [
      { label: `${texts.copyToken} · ${texts.starting}`, enabled: false },
      { label: texts.quit, click: afterAnswer(quit) },
    ];
    tray.setContextMenu(Menu.buildFromTemplate(items));
  }
  return tray;
}

/**
 * A click's step, taken once the desktop has its answer: over D-Bus a click is a call, and what takes the icon or
 * its menu away within it takes the answer away, too.
 */
export function afterAnswer(step: () => void): () => void {
  return () => void setImmediate(step);
}

/** Puts an icon into the tray. */
export function makeTray(icon: TrayIcon, options: IconOptions, chosen: Preferences['tray_icon']): Tray {
  const file = fileOf(icon, options, chosen);
  const identity = iconIdentity(options.platform, app.isPackaged);
  return identity === null ? new Tray(file) : new Tray(file, identity);
}

/** The picture of a state, in the look that the person chose. */
export function fileOf(
  icon: TrayIcon,
  { icons, platform }: IconOptions,
  chosen: Preferences['tray_icon'],
): string {
  const dark = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI;
  return iconFile(icons, icon, platform, iconLook(platform, { chosen, dark }));
}
