// Everything of the system around Keyfob, put together: tray, clipboard, notifications, power, shortcuts,
// autostart. What is opened here is put down by `close`.
import { app, globalShortcut } from 'electron';
import type { Tray } from 'electron';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Access } from '../access/index.ts';
import type { PanelAction, WindowRoute } from '../api/window.ts';
import type { PreferencesKeeper } from '../host/preferences.ts';
import { createAutostart } from './autostart.ts';
import type { Autostart } from './autostart.ts';
import { createSignInStarter } from './begin-sign-in.ts';
import type { DesktopServices } from '../endpoint/index.ts';
import { createConfirmedCopy } from './confirmed-copy.ts';
import { createClipboard } from './clipboard.ts';
import type { Clipboard } from './clipboard.ts';
import type { Notes } from './notes.ts';
import { createPanelActions } from './panel-actions.ts';
import { hasShortcutPortal, isWayland, offerShortcut } from './panel-shortcut.ts';
import type { Panel } from './panel.ts';
import { followEvents } from './notifications.ts';
import { followSystem } from './power.ts';
import type { KeyfobError } from '../api/errors.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { createShortcuts } from './shortcuts.ts';
import type { Wanted } from './shortcuts.ts';
import { systemClipboard } from './system-clipboard.ts';
import { systemEvents, systemNetwork } from './system-events.ts';
import { askBeforeCopy } from './ask-before-copy.ts';
import { createTrayActions } from './tray-actions.ts';
import type { IconOptions } from './tray-icon.ts';
import { createTray } from './tray.ts';

export interface SystemOptions {
  readonly keyfob: Keyfob;
  readonly access: Access;
  readonly clock: Clock;
  readonly window: { show(route?: WindowRoute): void };
  readonly notes: Notes;
  readonly panel: Pick<Panel, 'toggle' | 'hide'>;
  readonly preferences: Pick<PreferencesKeeper, 'read' | 'on'>;
  /** The icon that is in the tray already; see `openTrayIcon`. */
  readonly tray: Tray;
  readonly trayIcon: IconOptions;
  /** What a login starts; see `startCommand`. */
  readonly command: readonly [string, ...string[]] | null;
  quit(): void;
}

export interface System {
  readonly autostart: Autostart;
  readonly online: () => boolean;
  readonly clipboard: Pick<Clipboard, 'copy'>;
  /** Takes the icon out of the tray and puts it up again. */
  reopenTray(): void;
  /** Takes other shortcuts; answers an error for each that cannot be had. */
  takeShortcuts(wanted: Wanted): KeyfobError[];
  /** A shortcut for the quick panel that is free. */
  offerShortcut(): Promise<string | null>;
  /** Copies a token for a command. */
  readonly copy: DesktopServices['copy'];
  /** Closes the quick panel and does what was chosen in it; never rejects. */
  actInPanel(action: PanelAction): Promise<void>;
  /** Puts everything down; resolves once our text has left the clipboard. Never rejects. */
  close(): Promise<void>;
}

/** Opens it all. Electron must be ready. */
export function openSystem(options: SystemOptions): System {
  const { keyfob, access, clock, window, notes, panel, preferences, quit } = options;
  const { approvals } = access;
  const { platform, env } = process;
  const clipboard = createClipboard({
    system: systemClipboard(platform),
    clock,
    seconds: () => preferences.read().clipboard_seconds,
  });
  const network = systemNetwork();
  const signIn = createSignInStarter({ keyfob, window, notes });
  const copy = createConfirmedCopy({
    keyfob,
    access,
    clipboard,
    clock,
    askBeforeCopy: (account) => askBeforeCopy(keyfob.account(account), notes.language()),
  });
  const actions = createTrayActions({ keyfob, access, copy, notes, signIn, window, panel, quit });
  const tray = createTray({
    keyfob,
    approvals,
    actions,
    network,
    clock,
    preferences,
    language: () => notes.language(),
    tray: options.tray,
    ...options.trayIcon,
  });
  const shortcuts = createShortcuts({
    port: globalShortcut,
    copy: () => void actions.copySelected(),
    panel: () => panel.toggle(),
  });
  const autostart = createAutostart({
    platform,
    command: options.command,
    loginItems: app,
    configHome: env['XDG_CONFIG_HOME'] || path.join(os.homedir(), '.config'),
  });
  const ends = [
    followEvents({
      keyfob,
      approvals,
      notes,
      clock,
      wanted: () => preferences.read().notifications,
      signIn,
      showApprovals: () => window.show({ screen: 'tools' }),
      showAccount: (account) => window.show({ screen: 'details', account }),
    }),
    followSystem({
      events: systemEvents(platform),
      keyfob: {
        wake: () => keyfob.wake(),
        lock: () =>
          access.byOwner({ via: 'keyfob', route: 'vault.lock', account: null, audited: true }, () =>
            keyfob.lock(),
          ),
      },
      clipboard,
      network,
      lockWithScreen: () => preferences.read().lock_with_screen,
      quit,
      problem: (error) => notes.problem(desktopTexts[notes.language()].notes.notLockedWithScreen, error),
    }),
    // Locking Keyfob takes back what it gave to the clipboard, too.
    keyfob.on(({ type }) => {
      if (type === 'vault.locked') void clipboard.clear();
    }),
  ];
  const { shortcut_copy, shortcut_panel } = preferences.read();
  for (const { problem } of shortcuts.apply({ copy: shortcut_copy, panel: shortcut_panel })) {
    const { detail, hint } = describeProblem(commandTexts, problem);
    process.stderr.write(`${detail} ${hint ?? ''}\n`);
  }

  return {
    clipboard,
    copy,
    reopenTray: tray.reopen,
    autostart,
    online: () => network.online(),
    offerShortcut: () =>
      offerShortcut({
        port: globalShortcut,
        wayland: isWayland(platform, env),
        installed: app.isPackaged && !env['APPIMAGE'],
        hasPortal: hasShortcutPortal,
      }),
    actInPanel: createPanelActions({ panel, actions, notes }),
    takeShortcuts: (wanted) => shortcuts.apply(wanted),
    async close() {
      // The token first: whatever comes behind it may hang.
      const cleared = clipboard.close();
      for (const end of ends) end();
      shortcuts.close();
      network.close();
      tray.close();
      await cleared;
    },
  };
}

/**
 * The command that starts this very application at login: of an AppImage its file, for what it is mounted at is
 * another place each time. Null for a checkout.
 */
export function startCommand(): readonly [string] | null {
  return app.isPackaged ? [process.env['APPIMAGE'] || process.execPath] : null;
}
