// keytar's own process on the desktop: a utility process, since a package's runtime does not run as Node.
import { utilityProcess } from 'electron';
import process from 'node:process';
import type { KeychainHelper } from '../vaults/keychain-process.ts';

/** Starts the helper from its file (the build makes it of `keychainHelperSource`). */
export function startKeychainHelper(file: string, keytarPath: string): KeychainHelper {
  const child = utilityProcess.fork(file, [keytarPath], { serviceName: 'Keyfob keychain', stdio: 'ignore' });
  let ended = false;
  child.once('exit', () => (ended = true));
  return {
    send(message, failed) {
      if (ended) failed('the helper has ended');
      else child.postMessage(message);
    },
    onMessage: (hear) => void child.on('message', hear),
    onEnd: (hear) =>
      void child.on('exit', (code) => {
        hear({ kind: 'ended', text: `exit ${String(code)}` });
      }),
    forgetListeners: () =>
      void child
        .removeAllListeners('message')
        .removeAllListeners('exit')
        .once('exit', () => (ended = true)),
    // An application lives until it is told to end, whatever is under way.
    hold: () => undefined,
    // The helper minds no SIGTERM (a session that ends sends one before the last word is written), and one
    // that hangs in a prompt minds nothing else.
    kill() {
      if (!ended && child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
    },
  };
}
