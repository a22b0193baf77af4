// The system keychain through keytar, in a process of its own. The only place that loads keytar.
//
// Why a process: keytar's calls into libsecret block a thread of libuv's pool for as long as the keyring
// shows a prompt (for ever, where nobody sees it), and while one blocks, `process.exit` waits for it too;
// `findCredentials` on a locked collection ends the whole process with a segmentation fault. Here both end
// the helper alone, and the next call starts a new one.
//
// Invariants: one call at a time; secrets travel over the IPC channel only, never in arguments or the
// environment; the helper ends with its parent, however that ends (its channel closes), and not by the
// terminal's Ctrl-C before the parent has written its last; an idle helper keeps its parent not alive.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import { createQueue } from './atomic-file.ts';

/** Why a call came to nothing: keytar's own words, no answer in time, or the helper's death. */
export type KeytarFailure =
  | { readonly kind: 'not_loaded' | 'failed'; readonly text: string }
  | { readonly kind: 'hung' }
  | { readonly kind: 'died'; readonly signal: string };

/** Thrown by every call of Keytar. */
export class KeytarError extends Error {
  readonly failure: KeytarFailure;
  constructor(failure: KeytarFailure) {
    super('text' in failure ? failure.text : failure.kind);
    this.name = 'KeytarError';
    this.failure = failure;
  }
}

/** keytar's calls that Keyfob uses, for one service. Each rejects with a KeytarError. */
export interface Keytar {
  get(account: string): Promise<string | null>;
  set(account: string, password: string): Promise<void>;
  delete(account: string): Promise<boolean>;
  find(): Promise<{ account: string; password: string }[]>;
  /** Ends the helper; the next call starts a new one. */
  close(): void;
}

// Plain CommonJS in a text: it runs the same from the sources, from a bundle and from Electron as Node.
const helper = `
const path = require('node:path');
const why = (error) => String((error && error.message) || error);
let keytar = null;
let reason = '';
try {
  keytar = require(process.argv[1]);
} catch (error) {
  reason = why(error);
  // keytar hides the loader's own words (a missing libsecret): ask the loader again.
  const root = path.join(path.dirname(process.argv[1]), '..');
  const built = process.platform + '-' + process.arch;
  for (const file of ['build/Release/keytar.node', 'prebuilds/' + built + '/keytar.node']) {
    const full = path.join(root, file);
    if (!require('node:fs').existsSync(full)) continue;
    try { process.dlopen({ exports: {} }, full); } catch (error) { reason = why(error); }
  }
}
const calls = {
  get: (service, account) => keytar.getPassword(service, account),
  set: (service, account, password) => keytar.setPassword(service, account, password),
  delete: (service, account) => keytar.deletePassword(service, account),
  find: (service) => keytar.findCredentials(service),
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', async ([call, ...args]) => {
  if (keytar === null) return void process.send({ kind: 'not_loaded', text: reason });
  try {
    const value = await calls[call](...args);
    process.send({ kind: 'value', value });
  } catch (error) {
    process.send({ kind: 'failed', text: why(error) });
  }
});
`;

/**
 * Makes the calls for a service; nothing is started or loaded before the first. `timeoutMs` bounds each
 * call. `keytarPath` is for hosts where the package `keytar` is not found from this file.
 */
export function createKeytar(options: { service: string; timeoutMs: number; keytarPath?: string }): Keytar {
  const inTurn = createQueue();
  let child: ChildProcess | null = null;

  const close = (): void => {
    child?.kill('SIGKILL');
    child = null;
  };

  const start = (): ChildProcess => {
    let keytarPath = options.keytarPath;
    try {
      keytarPath ??= createRequire(import.meta.url).resolve('keytar');
    } catch (error) {
      throw new KeytarError({ kind: 'not_loaded', text: error instanceof Error ? error.message : '' });
    }
    const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    delete env['NODE_OPTIONS'];
    // fork's first argument is a file; with `-e` among the options for Node, it is the script's argument.
    const started = fork(keytarPath, [], {
      execArgv: ['-e', helper, '--'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env,
    });
    started.unref();
    started.channel?.unref();
    return started;
  };

  const call = (...message: string[]): Promise<unknown> =>
    inTurn(async () => {
      child ??= start();
      const used = child;
      used.channel?.ref();
      try {
        return await answerTo(used, message, options.timeoutMs);
      } catch (error) {
        if (error instanceof KeytarError && error.failure.kind !== 'failed') close();
        throw error;
      } finally {
        used.channel?.unref();
      }
    });

  const { service } = options;
  return {
    async get(account) {
      const value = await call('get', service, account);
      return typeof value === 'string' ? value : null;
    },
    async set(account, password) {
      await call('set', service, account, password);
    },
    async delete(account) {
      return (await call('delete', service, account)) === true;
    },
    async find() {
      // The shape is keytar's own (keytar.d.ts).
      return ((await call('find', service)) ?? []) as { account: string; password: string }[];
    },
    close,
  };
}

function answerTo(child: ChildProcess, message: string[], timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      act();
    };
    const fail = (failure: KeytarFailure): void => {
      settle(() => {
        reject(new KeytarError(failure));
      });
    };
    // The helper's answers have this shape alone.
    const onMessage = (raw: unknown): void => {
      const answer = raw as
        { kind: 'value'; value: unknown } | { kind: 'not_loaded' | 'failed'; text: string };
      if (answer.kind !== 'value') fail(answer);
      else
        settle(() => {
          resolve(answer.value);
        });
    };
    const onExit = (code: number | null, signal: string | null): void => {
      fail({ kind: 'died', signal: signal ?? `exit ${String(code)}` });
    };
    const onError = (error: Error): void => {
      fail({ kind: 'not_loaded', text: error.message });
    };
    const timer = setTimeout(() => {
      fail({ kind: 'hung' });
    }, timeoutMs);
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    child.send(message, (error) => {
      if (error !== null) fail({ kind: 'died', signal: error.message });
    });
  });
}
