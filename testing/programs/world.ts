/**
 * The world in which programs are tried: the built agent as people install it, a certified vendor, and an account `hq`
 * that a person signed in to on the vendor's pages.
 *
 * Invariants: programs start in a folder of their own as HOME, with `keyfob` on the PATH by `keyfob command install` and
 * nothing of the person's; they reach loopback alone; `close` ends and removes all of it.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { browse, settings } from '../browse.ts';
import { startCertifiedServer } from '../certified-server.ts';
import { ask, cleanUp, freePort, makeFolder, startAgent, until } from '../program.ts';
import type { Agent } from '../program.ts';
import { startApi } from './api.ts';
import type { Api, ApiOptions } from './api.ts';

const ACCOUNT = 'hq';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  /** The agent that runs now. */
  readonly agent: Agent;
  /** A folder of the programs' own, which is their HOME. */
  readonly folder: string;
  /** Writes a file below that folder and gives its path. */
  write(name: string, text: string, mode?: number): string;
  /** Runs lines in bash, in that folder, until one fails. `env`: more of the environment. */
  sh(lines: string, env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** Starts an API that takes the vendor's tokens. */
  api(options?: ApiOptions): Promise<Api>;
  /** Starts a program that serves HTTP where its arguments say (`host` is an address with a port); gives its origin. */
  serve(program: string, argumentsFor: (host: string) => readonly string[]): Promise<string>;
  /** Has something ended with the world. */
  atEnd(close: () => void): void;
  /** The token that the account has. */
  token(): Promise<string>;
  /** Signs in anew, on the vendor's pages. */
  signIn(): Promise<void>;
  signOut(): Promise<void>;
  /** Whether the vendor answers. */
  reachable(is: boolean): void;
  /** How many tokens the vendor has issued. */
  issued(): number;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it, and signs in. `tools`: folders for the PATH, before the system's. */
export async function startWorld(tools: readonly string[] = []): Promise<World> {
  const vendor = await startCertifiedServer(
    [{ client_id: 'programs', grant_types: ['authorization_code', 'refresh_token'] }],
    {},
    { scopes: ['read'] },
  );
  let isReachable = true;
  vendor.provider.use(async (ctx, next) => {
    ctx.respond = isReachable;
    if (isReachable) await next();
    else ctx.req.socket.destroy();
  });
  const folder = makeFolder();
  const home = path.join(folder, 'keyfob');
  const bin = path.join(folder, '.local', 'bin');
  const passphrase = path.join(folder, 'passphrase');
  writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 });
  const begin = (): Promise<Agent> =>
    startAgent({ home, args: ['--vault', 'file', '--passphrase-file', passphrase] });
  let agent = await begin();
  await agent.done(['command', 'install', '--dir', bin]);
  const fields = { issuer: vendor.issuer, client_id: 'programs', client_auth: 'none', scope: 'read' };
  await agent.done(['add', ACCOUNT, '--provider', 'oidc', ...settings(fields)]);
  const closers: (() => void)[] = [];
  const world: World = {
    get agent() {
      return agent;
    },
    folder,
    write(name, text, mode = 0o600) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
      return file;
    },
    sh: (lines, env = {}) =>
      runBash(lines, folder, {
        PATH: [bin, ...tools, process.env['PATH']].join(path.delimiter),
        HOME: folder,
        KEYFOB_HOME: home,
        LANG: 'C.UTF-8',
        ...env,
      }),
    async api(options) {
      const api = await startApi(vendor.provider, options);
      closers.push(() => api.close());
      return api;
    },
    async serve(program, argumentsFor) {
      const host = `127.0.0.1:${await freePort()}`;
      const env = { PATH: process.env['PATH'], HOME: folder };
      const server = spawn(program, argumentsFor(host), { env, stdio: 'ignore' });
      closers.push(() => void server.kill());
      await until(`${program} to answer`, () => ask(`http://${host}`).catch(() => null));
      return `http://${host}`;
    },
    atEnd: (close) => void closers.push(close),
    token: async () => (await agent.done(['token', ACCOUNT])).trim(),
    async signIn() {
      const login = agent.start(['login', ACCOUNT, '--no-open']);
      await browse(await login.firstLine());
      const { code, stderr } = await login.ended;
      if (code !== 0) throw new Error(`The sign-in ended with ${String(code)}: ${stderr}`);
    },
    async signOut() {
      await agent.done(['logout', ACCOUNT]);
    },
    reachable: (is) => (isReachable = is),
    issued: () => vendor.seen.filter(({ path: at, status }) => at === '/token' && status === 200).length,
    async restart() {
      await agent.stop();
      agent = await begin();
    },
    async close() {
      for (const close of closers) close();
      await cleanUp();
      vendor.close();
    },
  };
  await world.signIn();
  return world;
}

/** Runs a script to its end, with an empty standard input. */
function runBash(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-ec', script], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
