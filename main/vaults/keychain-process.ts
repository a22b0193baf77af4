// The system keychain through keytar, in a process of its own. The only place that loads keytar.
//
// Why a process: keytar's calls into libsecret block a thread of libuv's pool for as long as the keyring
// shows a prompt (for ever, where nobody sees it), and while one blocks, `process.exit` waits for it too;
// `findCredentials` on a locked collection ends the whole process with a segmentation fault. Here both end
// the helper alone, and the next call starts a new one.
//
// Invariants: one call at a time; a helper whose call failed is not used again (libsecret holds on to a service that
// has gone, and says so for ever); secrets travel over the IPC channel only, never in arguments or the environment;
// the helper ends with its parent, however that ends (its channel closes), and not by the
// terminal's Ctrl-C before the parent has written its last; an idle helper keeps its parent not alive.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import { createQueue } from '../platform/serial-queue.ts';

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
  /** Resolves when keytar is loaded; nothing is asked of the keychain. */
  load(): Promise<void>;
  get(account: string): Promise<string | null>;
  /** `withinMs`: how long it may take at least, where a person may be asked. */
  set(account: string, password: string, withinMs?: number): Promise<void>;
  delete(account: string): Promise<boolean>;
  find(): Promise<{ account: string; password: string }[]>;
  /** Ends the helper; the next call starts a new one. */
  close(): void;
}

/** The process that loads keytar, as its parent sees it. */
export interface KeychainHelper {
  /** Sends a call; `failed` is told when it cannot be sent. */
  send(message: readonly string[], failed: (why: string) => void): void;
  onMessage(hear: (message: unknown) => void): void;
  /** `cannot start`: it never ran. */
  onEnd(hear: (end: { readonly kind: 'ended' | 'cannot start'; readonly text: string }) => void): void;
  /** Forgets all listeners. */
  forgetListeners(): void;
  /** While a call is under way, the helper keeps its parent alive; otherwise not. */
  hold(on: boolean): void;
  kill(): void;
}

/** Starts the helper's source with the file of the package keytar as its last argument. */
export type StartKeychainHelper = (keytarPath: string) => KeychainHelper;

/**
 * The helper's source. Plain CommonJS in a text: it runs the same from the sources, from a bundle, from
 * Electron as Node, and as a file in a utility process of Electron.
 */
export const keychainHelperSource = `
process.on('SIGUSR1', () => {});
const path = require('node:path');
const why = (error) => String((error && error.message) || error);
const port = process.parentPort;
const say = (message) => (port ? port.postMessage(message) : process.send(message));
const hear = (act) => (port ? port.on('message', (event) => act(event.data)) : process.on('message', act));
const file = process.argv[process.argv.length - 1];
let keytar = null;
let reason = '';
try {
  keytar = require(file);
} catch (error) {
  reason = why(error);
  // keytar hides the loader's own words (a missing libsecret): ask the loader again.
  const root = path.join(path.dirname(file), '..');
  const built = process.platform + '-' + process.arch;
  for (const file of ['build/Release/keytar.node', 'prebuilds/' + built + '/keytar.node']) {
    const full = path.join(root, file);
    if (!require('node:fs').existsSync(full)) continue;
    try { process.dlopen({ exports: {} }, full); } catch (error) { reason = why(error); }
  }
}
const calls = {
  load: () => true,
  get: (service, account) => keytar.getPassword(service, account),
  set: (service, account, password) => keytar.setPassword(service, account, password),
  delete: (service, account) => keytar.deletePassword(service, account),
  find: (service) => keytar.findCredentials(service),
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) process.on(signal, () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
hear(async ([call, ...args]) => {
  if (keytar === null) return void say({ kind: 'not_loaded', text: reason });
  try {
    const value = await calls[call](...args);
    say({ kind: 'value', value });
  } catch (error) {
    say({ kind: 'failed', text: why(error) });
  }
});
`;

export interface KeytarOptions {
  readonly service: string;
  /** Bounds each call. */
  readonly timeoutMs: number;
  /** Ms without a call after which the helper ends, to give its memory back; omitted, it stays. */
  readonly idleMs?: number | undefined;
  /** For hosts where the package `keytar` is not found from this file. */
  readonly keytarPath?: string | undefined;
  /** Omitted, this program runs itself as Node. */
  readonly startHelper?: StartKeychainHelper | undefined;
}

/** Ms for a list: gnome-keyring takes 3 ms for each entry. */
const findLimit = 60_000;

/** The person said no, or nobody could be asked: asking again would show the prompt once more. */
const dismissed = /locked collection|interaction is not allowed|cancell?ed|dismissed/i;

/** Makes the calls for a service; nothing is started or loaded before the first. */
export function createKeytar(options: KeytarOptions): Keytar {
  const inTurn = createQueue();
  const { startHelper = forkHelper } = options;
  let child: KeychainHelper | null = null;
  /** Whether the helper has answered: what fails then may be a service that was started anew. */
  let proven = false;
  let idle: NodeJS.Timeout | undefined;

  const close = (): void => {
    clearTimeout(idle);
    child?.kill();
    child = null;
    proven = false;
  };

  const start = (): KeychainHelper => {
    let keytarPath = options.keytarPath;
    try {
      keytarPath ??= createRequire(import.meta.url).resolve('keytar');
    } catch (error) {
      throw new KeytarError({ kind: 'not_loaded', text: error instanceof Error ? error.message : '' });
    }
    return startHelper(keytarPath);
  };

  const ask = async (message: readonly string[], withinMs: number): Promise<unknown> => {
    child ??= start();
    const used = child;
    used.hold(true);
    try {
      const answer = await answerTo(used, message, withinMs);
      proven = true;
      return answer;
    } finally {
      used.hold(false);
    }
  };

  const call = (message: readonly string[], withinMs = options.timeoutMs): Promise<unknown> =>
    inTurn(async () => {
      clearTimeout(idle);
      try {
        return await ask(message, withinMs).catch((error: unknown) => {
          const again =
            proven &&
            error instanceof KeytarError &&
            error.failure.kind === 'failed' &&
            !dismissed.test(error.failure.text);
          close();
          if (!again) throw error;
          return ask(message, withinMs);
        });
      } catch (error) {
        close();
        throw error;
      } finally {
        if (options.idleMs !== undefined && child !== null) idle = setTimeout(close, options.idleMs).unref();
      }
    });

  const { service } = options;
  return {
    async load() {
      await call(['load']);
    },
    async get(account) {
      const value = await call(['get', service, account]);
      return typeof value === 'string' ? value : null;
    },
    async set(account, password, withinMs) {
      await call(['set', service, account, password], Math.max(withinMs ?? 0, options.timeoutMs));
    },
    async delete(account) {
      return (await call(['delete', service, account])) === true;
    },
    async find() {
      // The shape is keytar's own (keytar.d.ts).
      return ((await call(['find', service], findLimit)) ?? []) as { account: string; password: string }[];
    },
    close,
  };
}

function answerTo(child: KeychainHelper, message: readonly string[], timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.forgetListeners();
      act();
    };
    const fail = (failure: KeytarFailure): void => {
      settle(() => {
        reject(new KeytarError(failure));
      });
    };
    const timer = setTimeout(() => {
      fail({ kind: 'hung' });
    }, timeoutMs);
    child.onMessage((raw) => {
      // The helper's answers have this shape alone.
      const answer = raw as
        { kind: 'value'; value: unknown } | { kind: 'not_loaded' | 'failed'; text: string };
      if (answer.kind !== 'value') fail(answer);
      else
        settle(() => {
          resolve(answer.value);
        });
    });
    child.onEnd(({ kind, text }) => {
      fail(kind === 'ended' ? { kind: 'died', signal: text } : { kind: 'not_loaded', text });
    });
    child.send(message, (text) => {
      fail({ kind: 'died', signal: text });
    });
  });
}

/** Runs this very program as Node, whatever it is, with the helper's source. */
function forkHelper(keytarPath: string): KeychainHelper {
  const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  delete env['NODE_OPTIONS'];
  // fork's first argument is a file; with `-e` among the options for Node, it is the script's argument.
  const child = fork(keytarPath, [], {
    execArgv: ['-e', keychainHelperSource, '--'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
    env,
  });
  child.unref();
  child.channel?.unref();
  return {
    send: (message, failed) =>
      void child.send([...message], (error) => {
        if (error !== null) failed(error.message);
      }),
    onMessage: (hear) => void child.on('message', hear),
    onEnd(hear) {
      child.on('exit', (code, signal) => {
        hear({ kind: 'ended', text: signal ?? `exit ${String(code)}` });
      });
      child.on('error', (error) => {
        hear({ kind: 'cannot start', text: error.message });
      });
    },
    // What stays heard: an error without a listener would end this process.
    forgetListeners: () => void child.removeAllListeners().on('error', () => undefined),
    hold(on) {
      if (on) child.channel?.ref();
      else child.channel?.unref();
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
