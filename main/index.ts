// Keyfob's desktop application, from top to bottom.
import { app } from 'electron';
import process from 'node:process';
import type { KeychainHelper } from './adapters/keychain-process.ts';
import { createFetch } from './adapters/network.ts';
import { homePaths } from './adapters/paths.ts';
import { commandArguments, runAsCommand } from './desktop/command.ts';
import { startKeychainHelper } from './desktop/keychain-helper.ts';
import { beginLife, failStart, followLife, refuseTheRest } from './desktop/life.ts';
import type { Life } from './desktop/life.ts';
import { readOptions } from './desktop/options.ts';
import type { DesktopOptions } from './desktop/options.ts';
import { places } from './desktop/places.ts';
import { openOrTakeOver } from './desktop/take-over.ts';
import { createCallbackSignIn } from './host/callback.ts';
import { openHost, version } from './host/index.ts';
import { readyLine } from './host/ready.ts';

const paths = homePaths(process.env);
const startHelper = (keytar: string): KeychainHelper => startKeychainHelper(places.keychainHelper, keytar);

async function run({ vault, passphraseFile, ...options }: DesktopOptions, life: Life): Promise<void> {
  refuseTheRest();
  const signIn = createCallbackSignIn();
  const { fetch } = createFetch({ version });
  const host = await openOrTakeOver(
    () => openHost({ kind: 'desktop', vault, passphraseFile, fetch, signIn, keychain: { startHelper } }),
    paths.socket,
  );
  if (host === null) {
    app.exit(0);
    return;
  }
  life.onEnd(() => host.close());
  const ready = await host.openDoors(options);
  for (const notice of host.status().notices) process.stderr.write(`${notice}\n`);
  if (options.json) process.stdout.write(`${readyLine(ready)}\n`);
  life.hear({ onCalled: () => undefined, onAddress: () => undefined });
}

function main(): void {
  const args = process.argv.slice(app.isPackaged ? 1 : 2);
  const quiet = args.includes('--json');
  const fail = (error: unknown): void => void failStart(error, quiet);
  try {
    const options = readOptions(args);
    if (!beginLife(paths)) {
      app.exit(0);
      return;
    }
    const life = followLife();
    app
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
