// Keyfob's desktop application: what is settled before Electron is ready, and the icon in the tray. All else is
// loaded once the icon is there: nobody waits for it then.
import './platform/no-inspector.ts';
import { app } from 'electron';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { KeychainHelper } from './vaults/keychain-process.ts';
import { homePaths } from './platform/paths.ts';
import { commandArguments, runAsCommand } from './desktop/command.ts';
import { startKeychainHelper } from './desktop/keychain-helper.ts';
import { startApp, denyByDefault } from './desktop/app-lifecycle.ts';
import type { AppLifecycle } from './desktop/app-lifecycle.ts';
import type { DesktopOptions } from './desktop/options.ts';
import { followDock } from './desktop/dock.ts';
import { readEarlyPreferences } from './desktop/early-preferences.ts';
import { ownFiles } from './desktop/own-files.ts';
import { openTrayIcon } from './desktop/tray-icon.ts';

// Chromium would keep a key for its cookies in the keyring, and ask to have it unlocked. Whoever wants that says so.
if (process.platform === 'linux' && !app.commandLine.hasSwitch('password-store')) {
  app.commandLine.appendSwitch('password-store', 'basic');
}

// On Wayland global shortcuts go through the desktop's portal, once Chromium is told so (Electron, `globalShortcut`).
if (process.platform === 'linux') {
  const features = [app.commandLine.getSwitchValue('enable-features'), 'GlobalShortcutsPortal'];
  app.commandLine.appendSwitch('enable-features', features.filter(Boolean).join(','));
}

const paths = homePaths(process.env);
const startHelper = (keytar: string): KeychainHelper => startKeychainHelper(ownFiles.keychainHelper, keytar);

async function run(options: DesktopOptions, lifecycle: AppLifecycle): Promise<void> {
  denyByDefault();
  followDock();
  const tray = openTrayIcon(ownFiles.tray, readEarlyPreferences(paths.configFolder), () => app.quit());
  const { runDesktop } = await import('./desktop/run.ts');
  await runDesktop({ options, lifecycle, tray, paths, startHelper });
}

const command = commandArguments(process.argv);
if (command === null) startApp(paths, run);
else {
  // Chromium keeps nothing, least of all where the settings are.
  for (const name of ['userData', 'crashDumps'] as const) app.setPath(name, os.devNull);
  runAsCommand(command, path.join(process.resourcesPath, 'command'));
}
