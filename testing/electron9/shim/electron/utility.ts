// Electron 22's utilityProcess, over a forked process of the runtime as Node (`child.cjs` gives it a
// parentPort).
import { fork } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';
import process from 'node:process';

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: string[];
  readonly cwd?: string;
  readonly stdio?: 'ignore' | 'inherit' | 'pipe';
}

class Utility extends EventEmitter {
  readonly #child: ChildProcess;
  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    child.on('message', (message) => this.emit('message', message));
    child.once('exit', (code) => this.emit('exit', code ?? 1));
    child.once('error', () => this.emit('exit', 1));
    setImmediate(() => this.emit('spawn'));
  }
  get pid(): number | undefined {
    return this.#child.pid;
  }
  get stdout() {
    return this.#child.stdout;
  }
  get stderr() {
    return this.#child.stderr;
  }
  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object); // what can be cloned, as JSON here
  }
  kill(): boolean {
    return this.#child.kill();
  }
}

export const utilityProcess = {
  fork(file: string, args: readonly string[] = [], options: Options = {}): Utility {
    const { stdio = 'inherit', env = process.env, cwd, execArgv = [] } = options;
    const streams: StdioOptions = ['ignore', stdio, stdio, 'ipc'];
    const child = fork(file, [...args], {
      stdio: streams,
      execArgv,
      env: { ...env, ELECTRON_RUN_AS_NODE: '1', KEYFOB_SHIM_PARENT_PORT: '1' },
      ...(cwd === undefined ? {} : { cwd }),
    });
    return new Utility(child);
  },
};
