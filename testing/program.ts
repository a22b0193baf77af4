/**
 * The built program as a person runs it: the agent, its commands and the practice vendor as processes of their own.
 *
 * Invariants: every agent lives in a fresh home below the system's temporary folder, with free ports; whatever was
 * started here is ended, and each folder removed, by `cleanUp` (call it after each file), or at the latest when
 * this process exits; no process is ever ended but by the id that was started here.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import type { AccountAnswer, TokenAnswer } from '../main/api/accounts.ts';
import type { LogEntry } from '../main/sandbox/store.ts';
import type { PracticeAccount, SandboxDescription } from '../main/sandbox/index.ts';

const command = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'keyfob.mjs');

const children = new Set<ChildProcess>();
const folders = new Set<string>();

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Ends what was started here and removes its folders. */
export async function cleanUp(): Promise<void> {
  await Promise.all(
    [...children].map(async (child) => {
      const ended = exitOf(child);
      child.kill('SIGKILL');
      await ended;
    }),
  );
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.clear();
}

/** A new empty folder that `cleanUp` removes. Short: a socket's path may have 107 bytes. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'kf-e2e-'));
  folders.add(folder);
  return folder;
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Asks again until `look` gives something (neither undefined, null nor false); throws after `within` ms. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  within = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    // The type says what the three comparisons have just shown.
    if (found !== undefined && found !== null && found !== false)
      return found as NonNullable<Exclude<T, false>>;
    if (Date.now() > end) throw new Error(`This did not happen within ${within} ms: ${what}.`);
    await sleep(50);
  }
}

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function exitOf(child: ChildProcess): Promise<Ended> {
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

export interface Result extends Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves to the first whole line of standard output; throws after `within` ms, 30,000 when left out. */
  firstLine(within?: number): Promise<string>;
  write(text: string): void;
  closeInput(): void;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it has ended and all output was read. */
  readonly ended: Promise<Result>;
}

export interface RunOptions {
  readonly home?: string;
  /** All of standard input. By default empty. `open` leaves it open for `write`. */
  readonly input?: string | { readonly open: true };
  /** More of the environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A program with arguments that runs the command, which is put behind them. */
  readonly by?: readonly string[];
}

/** The environment of the started processes: no D-Bus, no display and nothing of the person's Keyfob. */
function environment(options: RunOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  const drop = (name: string): boolean =>
    /^(KEYFOB_|VITEST|NODE_OPTIONS$|npm_|DBUS_|DISPLAY$|WAYLAND_|GNOME_KEYRING)/.test(name) ||
    /^(https?|all|no)_proxy$/i.test(name);
  for (const name of Object.keys(env)) if (drop(name)) delete env[name];
  if (options.home !== undefined) env['KEYFOB_HOME'] = options.home;
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return env;
}

/** Starts `keyfob ARGS…`. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const [program, ...before] = [...(options.by ?? []), process.execPath];
  const child = spawn(program ?? process.execPath, [...before, command, ...args], {
    env: environment(options),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdin.on('error', () => undefined);
  if (typeof options.input !== 'object') child.stdin.end(options.input ?? '');
  const ended = new Promise<Result>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    async firstLine(within) {
      const line = await Promise.race([
        until(
          'a line on standard output',
          () => (stdout.includes('\n') ? stdout.split('\n', 1)[0] : null),
          within ?? 30_000,
        ),
        ended.then(() => null),
      ]);
      if (line !== null) return line;
      const early = stdout.includes('\n') ? stdout.split('\n', 1)[0] : undefined;
      if (early !== undefined) return early;
      throw new Error(`keyfob ${args[0] ?? ''} ended without a line of output: ${stderr}`);
    },
    write: (text) => child.stdin.write(text),
    closeInput: () => child.stdin.end(),
    signal: (signal) => child.kill(signal),
    ended,
  };
}

/** Runs `keyfob ARGS…` to its end. */
export function keyfob(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return start(args, options).ended;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON, for tests that compare it; they name its type. */
  json<T = Record<string, unknown>>(): T;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
  /** The socket to ask at, instead of the URL's host. */
  readonly socket?: string;
}

/** Sends a request exactly as it is said, `Host` included, and follows nothing. */
export function ask(url: string, question: HttpQuestion = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: question.method ?? 'GET',
        headers: question.headers ?? {},
        agent: false,
        ...(question.socket === undefined ? {} : { socketPath: question.socket }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode, headers } = response;
          resolve({ status: statusCode ?? 0, headers, text, json: <T>() => JSON.parse(text) as T });
        });
      },
    );
    request.on('error', reject);
    request.end(question.body);
  });
}

export interface Ready {
  readonly ready: true;
  readonly pid: number;
  readonly socket: string;
  readonly endpoint: string | null;
  readonly console: string | null;
}

export interface Agent {
  readonly home: string;
  readonly ready: Ready;
  readonly process: Running;
  /** Runs a command against it. */
  run(args: readonly string[], input?: string): Promise<Result>;
  /** Runs a command that has to end with 0, and gives its standard output. */
  done(args: readonly string[], input?: string): Promise<string>;
  /** Starts a command against it. */
  start(args: readonly string[], input?: RunOptions['input']): Running;
  /** Adds a practice account, or one like it, under a name. */
  add(account: PracticeAccount, name?: string): Promise<string>;
  accounts(): Promise<AccountAnswer[]>;
  account(name: string): Promise<AccountAnswer>;
  /** `token NAME --format json`. */
  token(name: string, ...more: string[]): Promise<TokenAnswer>;
  /** Asks over the socket, without a key. */
  ask(route: string, question?: HttpQuestion): Promise<HttpAnswer>;
  /** Ends it with a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Result>;
}

export interface AgentOptions {
  readonly home?: string;
  /** Arguments of `serve` behind `--json` and the ports. By default the memory vault. */
  readonly args?: readonly string[];
  readonly env?: RunOptions['env'];
  /** Ms that it may take to be ready. */
  readonly within?: number;
  /** As of `RunOptions`, for `serve` alone. */
  readonly by?: readonly string[];
}

/** Starts `keyfob serve --json` with free ports and waits for its ready line. */
export async function startAgent(options: AgentOptions = {}): Promise<Agent> {
  const home = options.home ?? path.join(makeFolder(), 'home');
  const at: RunOptions = { home, ...(options.env === undefined ? {} : { env: options.env }) };
  const serve = ['serve', '--json', '--port', '0', '--console-port', '0'];
  const running = start([...serve, ...(options.args ?? ['--vault', 'memory'])], {
    ...at,
    ...(options.by === undefined ? {} : { by: options.by }),
  });
  const ready = JSON.parse(await running.firstLine(options.within)) as Ready;
  const agent: Agent = {
    home,
    ready,
    process: running,
    run: (args, input) => keyfob(args, { ...at, ...(input === undefined ? {} : { input }) }),
    async done(args, input) {
      const { code, stdout, stderr } = await agent.run(args, input);
      if (code !== 0) throw new Error(`keyfob ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
      return stdout;
    },
    start: (args, input) => start(args, { ...at, ...(input === undefined ? {} : { input }) }),
    async add(account, name = account.name) {
      await agent.done(['add', name, ...fieldsOf(account)], linesOf(account));
      return name;
    },
    accounts: async () => (await agent.ask('/v1/accounts')).json<AccountAnswer[]>(),
    async account(name) {
      const found = (await agent.accounts()).find((one) => one.name === name);
      if (found === undefined) throw new Error(`There is no account ${name}.`);
      return found;
    },
    token: async (name, ...more) =>
      JSON.parse(await agent.done(['token', name, ...more, '--format', 'json'])) as TokenAnswer,
    ask: (route, question = {}) =>
      ask(`http://keyfob.localhost${route}`, { ...question, socket: ready.socket }),
    async stop(signal = 'SIGTERM') {
      running.signal(signal);
      return running.ended;
    },
  };
  return agent;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, so not a pipe's name.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The arguments of `add` behind the name for a practice account. */
export function fieldsOf(
  account: Pick<PracticeAccount, 'provider' | 'grant' | 'settings' | 'secrets'>,
): string[] {
  return [
    ...['--provider', account.provider, '--grant', account.grant],
    ...Object.entries(account.settings).flatMap(([field, value]) => ['--set', `${field}=${value}`]),
    ...Object.keys(account.secrets).flatMap((field) => ['--secret', field]),
  ];
}

/** Its secrets as lines of standard input. */
export function linesOf(account: Pick<PracticeAccount, 'secrets'>): string {
  return Object.values(account.secrets)
    .map((value) => `${value}\n`)
    .join('');
}

export interface Practice {
  readonly description: SandboxDescription;
  /** A practice account, with changes. */
  account(name: string, changes?: Partial<PracticeAccount>): PracticeAccount;
  /** Orders something: lifetimes, failures, ends. */
  control(order: Record<string, unknown>): Promise<void>;
  log(): Promise<LogEntry[]>;
  /** Token requests so far, of one vendor or all. */
  tokenRequests(vendor?: string): Promise<LogEntry[]>;
}

/** Starts `keyfob sandbox --json` on a free port. */
export async function startPractice(): Promise<Practice> {
  const running = start(['sandbox', '--json', '--port', '0']);
  const description = JSON.parse(await running.firstLine()) as SandboxDescription;
  const practice: Practice = {
    description,
    account(name, changes = {}) {
      const found = description.accounts.find((one) => one.name === name);
      if (found === undefined) throw new Error(`The practice vendor has no account ${name}.`);
      return { ...found, ...changes };
    },
    async control(order) {
      const answer = await ask(`${description.url}/control`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
      });
      if (answer.status !== 200) throw new Error(`The practice vendor refused the order: ${answer.text}`);
    },
    log: async () => (await ask(`${description.url}/control/log`)).json<LogEntry[]>(),
    tokenRequests: async (vendor) =>
      (await practice.log()).filter(
        (entry) => entry.step === 'token' && (vendor === undefined || entry.vendor === vendor),
      ),
  };
  return practice;
}

/** Calls a practice API with what `/v1/token` gave, and nothing else. */
export function callApi(url: string, token: Pick<TokenAnswer, 'headers' | 'query'>): Promise<HttpAnswer> {
  const target = new URL(url);
  for (const [name, value] of Object.entries(token.query)) target.searchParams.append(name, value);
  return ask(target.href, { headers: { ...token.headers } });
}
