// Keyfob's desktop application, from top to bottom.
import { app } from 'electron';
import process from 'node:process';
import { createFetch } from './adapters/network.ts';
import { homePaths } from './adapters/paths.ts';
import { failStart, followLife, beginLife, refuseTheRest } from './desktop/life.ts';
import { readOptions } from './desktop/options.ts';
import type { DesktopOptions } from './desktop/options.ts';
import { openOrTakeOver } from './desktop/take-over.ts';
import { createCallbackSignIn } from './host/callback.ts';
import { openHost, version } from './host/index.ts';
import { readyLine } from './host/ready.ts';

const paths = homePaths(process.env);

async function run({ vault, passphraseFile, ...options }: DesktopOptions): Promise<void> {
  refuseTheRest();
  const signIn = createCallbackSignIn();
  const { fetch } = createFetch({ version });
  const host = await openOrTakeOver(
    () => openHost({ kind: 'desktop', vault, passphraseFile, fetch, signIn }),
    paths.socket,
  );
  if (host === null) {
    app.exit(0);
    return;
  }
  followLife({
    onCalled: () => undefined,
    onAddress: () => undefined,
    onEnd: () => host.close(),
  });
  const ready = await host.openDoors(options);
  for (const notice of host.status().notices) process.stderr.write(`${notice}\n`);
  if (options.json) process.stdout.write(`${readyLine(ready)}\n`);
}

function main(): void {
  const options = readOptions(process.argv.slice(app.isPackaged ? 1 : 2));
  if (!beginLife(paths)) app.exit(0);
  else
    void app
      .whenReady()
      .then(() => run(options))
      .catch(failStart);
}

try {
  main();
} catch (error) {
  failStart(error);
}
