// The desktop from top to bottom, behind the icon that is in the tray already.
//
// Invariant: each thing is made of those above it: notes, window, system, abilities, calls; what the calls have to
// tell is told to the window.
import { app } from 'electron';
import type { Tray } from 'electron';
import process from 'node:process';
import type { StartKeychainHelper } from '../vaults/keychain-process.ts';
import type { HomePaths } from '../platform/paths.ts';
import { readyLine } from '../host/listening.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';
import { createWindowCalls } from '../host/window-calls.ts';
import { desktopAbilities, openInBrowser } from './abilities.ts';
import { setAppMenu } from './app-menu.ts';
import { startsHidden } from './autostart.ts';
import { openWindowSession } from './app-scheme.ts';
import { openHome } from './home.ts';
import { serveCalls } from './ipc.ts';
import { currentLanguage } from './language.ts';
import type { AppLifecycle } from './app-lifecycle.ts';
import { createNotes } from './notes.ts';
import type { DesktopOptions } from './options.ts';
import { ownFiles } from './own-files.ts';
import { createPanel } from './panel.ts';
import { openBoundsStore } from './stores.ts';
import { systemNotes } from './system-notes.ts';
import { openSystem, startCommand } from './system.ts';
import { createTrayPresence, showsNotes } from './tray-presence.ts';
import { readTrayState } from './tray-state.ts';
import { openUpdates } from './updates.ts';
import { linkOpener, tellNoBrowser } from './window-links.ts';
import { createMainWindow, followTheme } from './window.ts';

export interface DesktopStart {
  readonly options: DesktopOptions;
  readonly lifecycle: AppLifecycle;
  /** The icon; see `openTrayIcon`. */
  readonly tray: Tray;
  readonly paths: HomePaths;
  readonly startHelper: StartKeychainHelper;
}

/** Runs it from the icon in the tray to the listeners that are open. Electron must be ready. */
export async function runDesktop(start: DesktopStart): Promise<void> {
  const { options, lifecycle, tray, paths, startHelper } = start;
  const home = await openHome(paths, options, startHelper, lifecycle);
  if (home === null) return app.exit(0);
  const { host, signIn, preferences } = home;
  const { keyfob, access, services } = host;
  const hidden = startsHidden(options.hidden, process.platform, app);
  lifecycle.onEnd(followTheme(services.preferences));
  const menu = (): void => setAppMenu(process.platform, desktopTexts[currentLanguage(preferences())].menu);
  menu();
  lifecycle.onEnd(services.preferences.on(menu));
  const notes = createNotes(systemNotes(process.platform), {
    wanted: () => preferences().notifications,
    language: () => currentLanguage(preferences()),
  });
  const presence = createTrayPresence({
    state: () => readTrayState(process.platform, process.env, process.pid),
    reopen: () => system.reopenTray(),
    showsNotes: () => showsNotes(process.platform),
    clock: services.clock,
    hidden,
    changed: () => calls.tell({ type: 'overview' }),
    preferences: services.preferences,
    notes,
    open: () => window.show(),
  });
  const ownPage = {
    session: openWindowSession(ownFiles.renderer),
    preload: ownFiles.preload,
    devTools: !app.isPackaged,
  };
  lifecycle.onEnd(() => presence.end());
  const window = createMainWindow({
    ...ownPage,
    icon: ownFiles.icon,
    bounds: openBoundsStore(paths.configFolder),
    onClose: () => presence.closed(),
    onLink: linkOpener({
      keyfob,
      open: openInBrowser,
      failed: () => tellNoBrowser(notes),
    }),
  });
  const panel = createPanel({ ...ownPage, icon: ownFiles.icon, platform: process.platform });
  lifecycle.onEnd(() => panel.close());
  const system = openSystem({
    keyfob,
    access,
    clock: services.clock,
    window,
    notes,
    panel,
    preferences: services.preferences,
    tray,
    trayIcon: ownFiles.tray,
    command: startCommand(),
    quit: () => app.quit(),
  });
  lifecycle.onEnd(() => notes.close());
  lifecycle.onEnd(() => system.close());
  const updates = openUpdates(services.preferences, notes);

  const abilities = desktopAbilities({
    system,
    signIn,
    updates: updates.possible,
    presence,
    onClose: host.onClose,
  });
  const calls = createWindowCalls(services, abilities);
  lifecycle.onEnd(() => calls.close());
  lifecycle.onEnd(serveCalls(calls, panel));
  lifecycle.onEnd(calls.listen(window.tell));
  lifecycle.onEnd(calls.listen(panel.tell));
  const keepPanelReady = (): void => {
    panel.keepReady(preferences().shortcut_panel !== null);
  };
  lifecycle.onEnd(services.preferences.on(keepPanelReady));
  host.setDesktop({ showPanel: () => panel.toggle(), copy: system.copy });

  const ready = await host.listen(options);
  for (const notice of host.status().notices) process.stderr.write(`${sentenceOf(commandTexts, notice)}\n`);
  if (!hidden) window.show();
  presence.follow();
  keepPanelReady();
  if (options.json) process.stdout.write(`${readyLine(ready)}\n`);
  // First of all: from then on nothing new is served.
  lifecycle.onEnd(() => void keyfob.stop());
  lifecycle.hear({
    onCalled: () => window.show(),
    onAddress: (address) => {
      if (!signIn.takeAddress(address)) window.show();
    },
  });
}
