// Keyfob's desktop application, from top to bottom.
import { app } from 'electron';
import process from 'node:process';
import type { KeychainHelper } from './adapters/keychain-process.ts';
import { createFetch } from './adapters/network.ts';
import { homePaths } from './adapters/paths.ts';
import { desktopAbilities, openInBrowser } from './desktop/abilities.ts';
import { openWindowSession } from './desktop/app-scheme.ts';
import { commandArguments, runAsCommand } from './desktop/command.ts';
import { serveCalls } from './desktop/ipc.ts';
import { startKeychainHelper } from './desktop/keychain-helper.ts';
import { beginLife, failStart, followLife, refuseTheRest } from './desktop/life.ts';
import type { Life } from './desktop/life.ts';
import { readOptions } from './desktop/options.ts';
import type { DesktopOptions } from './desktop/options.ts';
import { places } from './desktop/places.ts';
import { createWindowSignIn } from './desktop/sign-in-window.ts';
import { openBoundsStore, openPreferencesStore } from './desktop/stores.ts';
import { openSystem, startCommand } from './desktop/system.ts';
import { openOrTakeOver } from './desktop/take-over.ts';
import { createMainWindow, followTheme } from './desktop/window.ts';
import { createCallbackSignIn } from './host/callback.ts';
import { openHost, version } from './host/index.ts';
import type { Host } from './host/index.ts';
import { readyLine } from './host/ready.ts';
import { createWindowCalls } from './host/window-calls.ts';

const paths = homePaths(process.env);
const startHelper = (keytar: string): KeychainHelper => startKeychainHelper(places.keychainHelper, keytar);

async function run(options: DesktopOptions, life: Life): Promise<void> {
  refuseTheRest();
  const browser = createCallbackSignIn();
  const signIn = createWindowSignIn({
    browser,
    openExternal: openInBrowser,
    staysSignedIn: (account) => host?.parts.preferences.read().stay_signed_in.includes(account) ?? false,
  });
  const openHome = (): Promise<Host> =>
    openHost({
      kind: 'desktop',
      vault: options.vault,
      passphraseFile: options.passphraseFile,
      fetch: createFetch({ version }).fetch,
      signIn,
      keychain: { startHelper },
      preferences: openPreferencesStore,
    });
  const host = await openOrTakeOver(openHome, paths.socket);
  if (host === null) return app.exit(0);
  life.onEnd(() => browser.close());
  life.onEnd(() => host.close());
  life.onEnd(() => signIn.close());

  const { keyfob, endpoint, parts } = host;
  const preferences = (): ReturnType<typeof parts.preferences.read> => parts.preferences.read();
  life.onEnd(followTheme(parts.preferences));
  const system = openSystem({
    keyfob,
    approvals: endpoint.approvals,
    clock: parts.clock,
    window: { show: (place) => window.show(place) },
    preferences,
    assets: places.assets,
    command: startCommand(),
    quit: () => app.quit(),
  });
  life.onEnd(() => system.close());
  const calls = createWindowCalls(
    parts,
    desktopAbilities({ system, signIn, updates: false, onClose: host.onClose }),
  );
  life.onEnd(() => calls.close());
  life.onEnd(serveCalls(calls));
  const window = createMainWindow({
    session: openWindowSession(places.renderer),
    preload: places.preload,
    icon: places.icon,
    door: calls,
    bounds: openBoundsStore(paths.configFolder),
    devTools: !app.isPackaged,
  });

  const ready = await host.openDoors(options);
  for (const notice of host.status().notices) process.stderr.write(`${notice}\n`);
  if (!options.hidden) window.show();
  if (options.json) process.stdout.write(`${readyLine(ready)}\n`);
  life.hear({
    onCalled: () => window.show(),
    onAddress: (address) => {
      if (!signIn.takeAddress(address)) window.show();
    },
  });
}

function main(): void {
  const args = process.argv.slice(app.isPackaged ? 1 : 2);
  const fail = (error: unknown): void => void failStart(error, args.includes('--json'));
  try {
    const options = readOptions(args);
    if (!beginLife(paths)) return app.exit(0);
    const life = followLife();
    void app
      .whenReady()
      .then(() => run(options, life))
      .catch(fail);
  } catch (error) {
    fail(error);
  }
}

const command = commandArguments(process.argv);
if (command === null) main();
else void runAsCommand(command, { load: () => import('./cli/run.ts'), startHelper });
