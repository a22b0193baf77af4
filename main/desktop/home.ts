// The home as the desktop opens it: sign-ins in a window, vendors over Chromium's network, the keychain behind
// a utility process. Where an agent has the home, taking over from it is offered.
import type { StartKeychainHelper } from '../vaults/keychain-process.ts';
import type { Preferences } from '../api/preferences.ts';
import { createFetch } from '../platform/network.ts';
import type { HomePaths } from '../platform/paths.ts';
import { createCallbackSignIn } from '../host/callback.ts';
import { openHost, version } from '../host/index.ts';
import type { Host } from '../host/index.ts';
import { openInBrowser } from './abilities.ts';
import type { AppLifecycle } from './app-lifecycle.ts';
import type { DesktopOptions } from './options.ts';
import { readEarlyPreferences } from './early-preferences.ts';
import { currentLanguage } from './language.ts';
import { createWindowSignIn } from './sign-in-window.ts';
import type { WindowSignIn } from './sign-in-window.ts';
import { openPreferencesStore } from './stores.ts';
import { openOrTakeOver } from './take-over.ts';
import { createVendorFetch } from './vendor-fetch.ts';

/** Ms: an application that waits in the tray keeps no process for calls that come every hour. */
const keychainIdle = 2_000;

export interface DesktopHome {
  readonly host: Host;
  readonly signIn: WindowSignIn;
  preferences(): Preferences;
}

/** Opens the home; null: the person leaves it to the agent. Throws as `openHost` does. */
export async function openHome(
  paths: HomePaths,
  { vault, passphraseFile, newVault }: Pick<DesktopOptions, 'vault' | 'passphraseFile' | 'newVault'>,
  startHelper: StartKeychainHelper,
  lifecycle: AppLifecycle,
): Promise<DesktopHome | null> {
  let host: Host | null = null;
  const browser = createCallbackSignIn({
    language: () => host?.services.preferences.read().language ?? 'system',
  });
  const signIn = createWindowSignIn({
    browser,
    openExternal: openInBrowser,
    staysSignedIn: (account) => host?.services.preferences.read().stay_signed_in.includes(account) ?? false,
    language: () => currentLanguage(host?.services.preferences.read() ?? { language: 'system' }),
  });
  const open = (): Promise<Host> =>
    openHost({
      kind: 'desktop',
      vault,
      passphraseFile,
      newVault,
      fetch: createVendorFetch({ version, latin1: createFetch({ version }) }),
      signIn,
      startLocked: true,
      keychain: { startHelper, idleMs: keychainIdle },
      preferences: openPreferencesStore,
    });
  const opened = await openOrTakeOver(
    open,
    paths.socket,
    currentLanguage(readEarlyPreferences(paths.configFolder)),
  );
  if (opened === null) return null;
  host = opened;
  lifecycle.holdEnd(() => opened.keyfob.spending);
  lifecycle.onEnd(() => browser.close());
  lifecycle.onEnd(() => opened.close());
  lifecycle.onEnd(() => signIn.close());
  return { host: opened, signIn, preferences: () => opened.services.preferences.read() };
}
