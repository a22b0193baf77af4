// Keyfob's desktop application, from top to bottom.
import './platform/no-inspector.ts';
import { app } from 'electron';
import process from 'node:process';
import type { KeychainHelper } from './adapters/keychain-process.ts';
import { homePaths } from './adapters/paths.ts';
import { desktopAbilities, openInBrowser } from './desktop/abilities.ts';
import { openWindowSession } from './desktop/app-scheme.ts';
import { commandArguments, runAsCommand } from './desktop/command.ts';
import { openHome } from './desktop/home.ts';
import { serveCalls } from './desktop/ipc.ts';
import { startKeychainHelper } from './desktop/keychain-helper.ts';
import { live, refuseTheRest } from './desktop/life.ts';
import type { Life } from './desktop/life.ts';
import type { DesktopOptions } from './desktop/options.ts';
import { places } from './desktop/places.ts';
import { openBoundsStore } from './desktop/stores.ts';
import { openSystem, startCommand } from './desktop/system.ts';
import { openTrayIcon } from './desktop/tray.ts';
import { openUpdates } from './desktop/updates.ts';
import { linkOpener } from './desktop/window-links.ts';
import { createMainWindow, followTheme } from './desktop/window.ts';
import { readyLine } from './host/ready.ts';
import { createWindowCalls } from './host/window-calls.ts';

const paths = homePaths(process.env);
const startHelper = (keytar: string): KeychainHelper => startKeychainHelper(places.keychainHelper, keytar);

async function run(options: DesktopOptions, life: Life): Promise<void> {
  refuseTheRest();
  const tray = openTrayIcon(places.tray, () => app.quit());
  const home = await openHome(paths, options, startHelper, life);
  if (home === null) return app.exit(0);
  const { host, signIn, preferences } = home;
  const { keyfob, endpoint, parts } = host;
  life.onEnd(followTheme(parts.preferences));
  const system = openSystem({
    keyfob,
    approvals: endpoint.approvals,
    audit: parts.audit,
    clock: parts.clock,
    window: { show: (place) => window.show(place) },
    preferences,
    tray,
    trayPlace: places.tray,
    command: startCommand(),
    quit: () => app.quit(),
  });
  life.onEnd(() => system.close());
  const updates = openUpdates(parts.preferences, system);

  const abilities = desktopAbilities({ system, signIn, updates: updates.possible, onClose: host.onClose });
  const calls = createWindowCalls(parts, abilities);
  life.onEnd(() => calls.close());
  life.onEnd(serveCalls(calls));
  const window = createMainWindow({
    session: openWindowSession(places.renderer),
    preload: places.preload,
    icon: places.icon,
    door: calls,
    bounds: openBoundsStore(paths.configFolder),
    devTools: !app.isPackaged,
    onLink: linkOpener({ keyfob, open: openInBrowser, tell: system.tell }),
  });

  const ready = await host.openDoors(options);
  for (const notice of host.status().notices) process.stderr.write(`${notice}\n`);
  if (!options.hidden) window.show();
  if (options.json) process.stdout.write(`${readyLine(ready)}\n`);
  // First of all: from then on nothing new is served.
  life.onEnd(() => void keyfob.stop());
  life.hear({
    onCalled: () => window.show(),
    onAddress: (address) => {
      if (!signIn.takeAddress(address)) window.show();
    },
  });
}

const command = commandArguments(process.argv);
if (command === null) live(paths, run);
else void runAsCommand(command, { load: () => import('./cli/run.ts'), startHelper });
