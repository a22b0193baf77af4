// The tray icon: Electron's side of it. What it shows is decided in tray-menu.ts, when in tray-follower.ts.
//
// On Linux the menu belongs to the icon (StatusNotifierItem with dbusmenu), and a click arrives where the desktop
// sends Activate. On macOS and Windows a click with a menu set would open it: there it is popped up on the right
// button, and the left one copies.
import { Menu, nativeImage, nativeTheme } from 'electron';
import type { MenuItemConstructorOptions, NativeImage, Tray } from 'electron';
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Approvals } from '../access/approvals.ts';
import type { PreferencesKeeper } from '../host/preferences.ts';
import type { Language } from '../messages/desktop/index.ts';
import type { Network } from './network-watch.ts';
import type { TrayActions } from './tray-actions.ts';
import { dotBitmap, dotSize } from './account-dots.ts';
import type { DotColor } from './account-dots.ts';
import { followTray } from './tray-follower.ts';
import { afterAnswer, fileOf, makeTray } from './tray-icon.ts';
import type { IconOptions } from './tray-icon.ts';
import { menuLabel } from './tray-menu.ts';
import type { TrayEntry, TrayIcon } from './tray-menu.ts';

export interface TrayOptions extends IconOptions {
  /** The icon that is there already; see `openTrayIcon`. */
  readonly tray: Tray;
  readonly keyfob: Pick<Keyfob, 'accounts' | 'locked' | 'on'>;
  readonly approvals: Pick<Approvals, 'list' | 'on'>;
  readonly actions: TrayActions;
  readonly network: Network;
  readonly clock: Clock;
  language(): Language;
  readonly preferences: Pick<PreferencesKeeper, 'read' | 'on'>;
}

export interface TrayHolder {
  /** Puts the icon up again, for a desktop that has not taken it. */
  reopen(): void;
  /** Takes it out. */
  close(): void;
}

/** Gives the icon its menu and follows what it shows. */
export function createTray(options: TrayOptions): TrayHolder {
  const { keyfob, approvals, actions, network, clock, preferences, platform } = options;
  let { tray } = options;
  let icon: TrayIcon = keyfob.locked ? 'locked' : 'fine';
  let menu: Electron.Menu | null = null;
  let tooltip = '';

  const draw = (): void => tray.setImage(fileOf(icon, options, preferences.read().tray_icon));
  draw();

  const template = (entries: readonly TrayEntry[]): MenuItemConstructorOptions[] =>
    entries.map((entry) =>
      entry.type === 'separator'
        ? { id: entry.id, type: 'separator' }
        : {
            id: entry.id,
            label: menuLabel(entry.label),
            type: entry.type,
            enabled: entry.enabled,
            checked: entry.checked,
            ...(entry.dot === null ? {} : { icon: dotOf(entry.dot) }),
            ...(entry.type === 'submenu' ? { submenu: template(entry.submenu) } : {}),
            // Shown alone: the keys are registered for the whole system elsewhere.
            ...(entry.accelerator === null
              ? {}
              : { accelerator: entry.accelerator, registerAccelerator: false }),
            click: afterAnswer(() => void chosen(entry)),
          },
    );
  const chosen = async ({ action }: TrayEntry): Promise<void> => {
    if (action === null) return;
    const clicked = menu;
    await actions.act(action);
    follower.look();
    // Electron moves a radio's mark by itself; where nothing was selected the mark goes back.
    if (action.do === 'use' && menu === clicked) follower.look('anew');
  };

  const follower = followTray({
    face: {
      setIcon(next) {
        icon = next;
        draw();
      },
      setTooltip(text) {
        tooltip = text;
        tray.setToolTip(text);
      },
      setMenu(entries) {
        menu = Menu.buildFromTemplate(template(entries));
        if (platform === 'linux') tray.setContextMenu(menu);
      },
    },
    clock,
    facts: () => ({
      accounts: keyfob.accounts(),
      locked: keyfob.locked,
      online: network.online(),
      approvals: approvals.list().length,
      language: options.language(),
      keys: { copy: preferences.read().shortcut_copy, panel: preferences.read().shortcut_panel },
    }),
    sources: [
      (changed) => keyfob.on(changed),
      (changed) => approvals.on(changed),
      (changed) => preferences.on(changed),
      network.on,
    ],
  });

  const hear = (): void => {
    tray.on('click', () => void actions.copySelected());
    if (platform !== 'linux') {
      tray.on('right-click', () => {
        if (menu !== null) tray.popUpContextMenu(menu);
      });
      // Two quick clicks are two copies, not none.
      if (platform === 'darwin') tray.setIgnoreDoubleClickEvents(true);
    }
  };
  hear();
  nativeTheme.on('updated', draw);
  const endPreferences = preferences.on((now, before) => {
    if (now.tray_icon !== before.tray_icon) draw();
  });

  return {
    reopen() {
      tray.destroy();
      tray = makeTray(icon, options, preferences.read().tray_icon);
      tray.setToolTip(tooltip);
      if (platform === 'linux') tray.setContextMenu(menu);
      hear();
    },
    close() {
      nativeTheme.off('updated', draw);
      endPreferences();
      follower.close();
      tray.destroy();
    },
  };
}

const dots = new Map<DotColor, NativeImage>();

/** The dot of a colour, for displays of one pixel and of two for each point. */
function dotOf(color: DotColor): NativeImage {
  const known = dots.get(color);
  if (known !== undefined) return known;
  const drawn = nativeImage.createEmpty();
  for (const scaleFactor of [1, 2]) {
    const size = dotSize * scaleFactor;
    drawn.addRepresentation({ scaleFactor, width: size, height: size, buffer: dotBitmap(color, size) });
  }
  dots.set(color, drawn);
  return drawn;
}
