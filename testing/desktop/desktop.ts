// The real application in a session: started by Playwright, which reaches its windows, or plainly, as a desktop
// starts it. What it says is read from files in both cases.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { _electron as electron } from '@playwright/test';
import type { ElectronApplication, Page } from '@playwright/test';

import { firstArguments } from '../../scripts/electron-runtime.mjs';
import { keyfob, start, until } from '../program.ts';
import type { Result, RunOptions, Running } from '../program.ts';
import { takePicture } from './pictures.ts';
import { desktopMain, findElectron } from './parts.ts';
import type { Runtime } from './parts.ts';
import type { DesktopSession } from './session.ts';

export interface DesktopOptions {
  /** The home (KEYFOB_HOME); omitted, a new one in the session's folder. */
  readonly home?: string;
  /** Arguments behind the application; omitted: `--json --port 0`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Another application, by its folder or main file; omitted, the desktop's build. */
  readonly application?: string;
  /** Another binary. Packaged, it is started without an application. */
  readonly binary?: string;
  readonly packaged?: boolean;
}

export interface ReadyLine {
  readonly ready: true;
  readonly pid: number;
  readonly socket: string;
  readonly endpoint: string | null;
}

/** The application, plainly started. */
export interface PlainDesktop {
  readonly home: string;
  /** For example `Electron 33.2.1`. */
  readonly runtime: string;
  readonly process: ChildProcess;
  /** The main process. */
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits for the ready line of `--json`. */
  ready(): Promise<ReadyLine>;
  /** Runs `keyfob ARGS…` with the same home. */
  keyfob(args: readonly string[], input?: RunOptions['input']): Promise<Result>;
  /** Starts `keyfob ARGS…` with the same home. */
  startKeyfob(args: readonly string[], input?: RunOptions['input']): Running;
  /** Keeps a picture of the screen as `test-results/desktop/NAME.png`, and gives its path. */
  screenshot(name: string): Promise<string>;
  /** Asks it to end (SIGTERM) and waits for the end. Gives the exit code. */
  close(): Promise<number | null>;
  /** Ends it as `kill -9` does, and waits. */
  kill(): Promise<void>;
}

/** The application with Playwright's hands on it. */
export interface Desktop extends PlainDesktop {
  readonly app: ElectronApplication;
  windows(): Page[];
  /** Waits for a window whose address or title is like that. */
  window(like: RegExp): Promise<Page>;
  /** Keeps a picture of a page, as the person sees it, as `test-results/desktop/NAME.png`. */
  pageshot(page: Page, name: string): Promise<string>;
}

const kit = path.dirname(fileURLToPath(import.meta.url));
let starts = 0;

function runtimeOf(): Runtime {
  const found = findElectron();
  if (found === null) throw new Error('There is no Electron here: `npm run electron:test`.');
  if (!existsSync(desktopMain)) throw new Error('The desktop is not built: `npm run build`.');
  return found;
}

interface Prepared {
  readonly runtime: Runtime;
  readonly binary: string;
  readonly args: string[];
  readonly home: string;
  readonly log: string;
  readonly env: Record<string, string>;
}

function prepare(session: DesktopSession, options: DesktopOptions): Prepared {
  const runtime = runtimeOf();
  starts += 1;
  const home = options.home ?? path.join(session.folder, `home-${starts}`);
  const log = path.join(session.folder, `desktop-${starts}`);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(session.env)) if (value !== undefined) env[name] = value;
  Object.assign(env, { KEYFOB_HOME: home }, options.env);
  const application =
    options.application === undefined
      ? runtime.application
      : [...firstArguments(runtime.version), options.application];
  const root = process.getuid?.() === 0 && session.user === null;
  const args = [
    ...sandboxArguments(root),
    '--disable-gpu',
    ...(options.packaged === true ? [] : application),
  ];
  args.push(...(options.args ?? ['--json', '--port', '0']));
  return { runtime, binary: options.binary ?? runtime.binary, args, home, log, env };
}

/** Root needs --no-sandbox. There is no GPU in a virtual display, nor one that a sandboxed process could share. */
function sandboxArguments(root: boolean): string[] {
  return root ? ['--no-sandbox'] : ['--in-process-gpu'];
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function plain(session: DesktopSession, prepared: Prepared, child: ChildProcess): PlainDesktop {
  const { home, log, runtime } = prepared;
  const stdout = (): string => readText(`${log}.out`);
  const stderr = (): string => readText(`${log}.err`);
  const ended = new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
  let over = false;
  void ended.then(() => (over = true));
  process.on('exit', () => void child.kill('SIGKILL'));
  return {
    home,
    runtime: `Electron ${runtime.version}`,
    process: child,
    pid: child.pid ?? -1,
    stdout,
    stderr,
    async ready() {
      const all = (): string => `${stdout()}${stderr()}`;
      const line = await until(
        'the ready line',
        () => {
          if (over) throw new Error(`The desktop ended before it was ready:\n${all()}`);
          return stdout()
            .split('\n')
            .slice(0, -1)
            .find((one) => one.startsWith('{"ready"'));
        },
        20_000,
      ).catch((error: unknown) => {
        throw new Error(`The desktop is not ready. It has said:\n${all()}`, { cause: error });
      });
      return JSON.parse(line) as ReadyLine;
    },
    keyfob: (args, input) => keyfob(args, { home, ...(input === undefined ? {} : { input }) }),
    startKeyfob: (args, input) => start(args, { home, ...(input === undefined ? {} : { input }) }),
    screenshot: (name) => takePicture(session.env, name),
    async close() {
      child.kill('SIGTERM');
      const code = await ended;
      if (stderr().includes('that nobody expected')) throw new Error(`An error escaped:\n${stderr()}`);
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Starts the application as a desktop does. */
export function startPlainDesktop(session: DesktopSession, options: DesktopOptions = {}): PlainDesktop {
  const prepared = prepare(session, options);
  const { binary, args, env, log } = prepared;
  const stdio = ['ignore', openSync(`${log}.out`, 'a'), openSync(`${log}.err`, 'a')] as const;
  const child = spawn(binary, args, { env, cwd: session.folder, stdio: [...stdio], ...session.user });
  return plain(session, prepared, child);
}

/**
 * Asked again where the answer was lost: V8 holds the promise that an inspector waits for weakly, and in the first
 * moments of a start a collection of garbage may take it.
 */
async function versionsOf(app: ElectronApplication, tries = 3): Promise<NodeJS.ProcessVersions> {
  try {
    // A text: Vitest rewrites what a function refers to.
    return await app.evaluate<NodeJS.ProcessVersions>('process.versions');
  } catch (error) {
    if (tries === 1 || !/promise was garbage collected/.test(String(error))) throw error;
    return versionsOf(app, tries - 1);
  }
}

/** Starts the application through Playwright, which opens debugging ports in it. */
export async function startDesktop(session: DesktopSession, options: DesktopOptions = {}): Promise<Desktop> {
  if (session.user !== null) throw new Error('Playwright starts it for who runs the tests alone.');
  const prepared = prepare(session, options);
  const app = await electron.launch({
    executablePath: path.join(kit, 'launch.sh'),
    args: prepared.args,
    cwd: session.folder,
    env: { ...prepared.env, KEYFOB_TEST_ELECTRON: prepared.binary, KEYFOB_TEST_LOG: prepared.log },
    timeout: 30_000,
  });
  const base = plain(session, prepared, app.process());
  const versions = await versionsOf(app);
  return {
    ...base,
    runtime: `Electron ${versions['electron'] ?? ''} (Chromium ${versions['chrome'] ?? ''}, Node ${versions.node})`,
    app,
    windows: () => app.windows(),
    window: (like) =>
      until(`a window like ${String(like)}`, async () => {
        for (const page of app.windows()) {
          if (like.test(page.url()) || like.test(await page.title().catch(() => ''))) return page;
        }
        return null;
      }),
    pageshot: (page, name) => takePicture(session.env, name, page),
  };
}
