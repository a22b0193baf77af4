// For tests: a stand-in for the host on a socket of its own, which records what is sent, and a way to run the
// command line from its source as a process.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { statusOf, type ErrorCode } from '../api/codes.ts';
import { homePaths } from '../platform/paths.ts';
import { isPipe, makePipeKey, requireProof } from '../platform/pipe-proof.ts';

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly route: string;
  readonly body: unknown;
}

/** Status and JSON; undefined holds the answer back until the other side goes away. */
export type Reply = readonly [status: number, json?: unknown] | undefined;
export type Respond = (asked: Asked, response: http.ServerResponse) => Reply | Promise<Reply>;

export interface TestHost {
  readonly home: string;
  readonly asked: Asked[];
  /** What is answered from now on. */
  respond: Respond;
  /** Resolves when a request with this method and route has come. */
  saw(method: string, route: string): Promise<Asked>;
  close(): Promise<void>;
}

/** A home without a host. */
export async function makeHome(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'kf-cli-'));
}

/** Starts a stand-in for the host in a home of its own. */
export async function startTestHost(): Promise<TestHost> {
  const home = await makeHome();
  const asked: Asked[] = [];
  const waiting: { method: string; route: string; tell: (asked: Asked) => void }[] = [];
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const one: Asked = {
        method: request.method ?? '',
        route: request.url ?? '',
        body: text === '' ? null : (JSON.parse(text) as unknown),
      };
      asked.push(one);
      for (const waiter of waiting)
        if (waiter.method === one.method && waiter.route === one.route) waiter.tell(one);
      void Promise.resolve(host.respond(one, response)).then((reply) => {
        if (reply === undefined) return;
        const [status, json] = reply;
        const type = status >= 400 ? 'application/problem+json' : 'application/json';
        response.writeHead(status, { 'content-type': type });
        response.end(json === undefined ? '' : JSON.stringify(json));
      });
    });
  });
  const host: TestHost = {
    home,
    asked,
    respond: () => problem('bad_request', 'The test did not say what to answer.'),
    saw(method, route) {
      const already = asked.find((one) => one.method === method && one.route === route);
      if (already !== undefined) return Promise.resolve(already);
      return new Promise((tell) => waiting.push({ method, route, tell }));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(home, { recursive: true, force: true });
    },
  };
  const { socket, configFolder } = homePaths({ KEYFOB_HOME: home });
  if (isPipe(socket)) requireProof(server, makePipeKey(path.join(configFolder, 'pipe-key')));
  await new Promise<void>((ready) => server.listen(socket, ready));
  return host;
}

/** A problem document as the host sends it. */
export function problem(
  code: ErrorCode,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  return [
    statusOf(code),
    { type: `urn:keyfob:${code}`, title: code, status: statusOf(code), code, detail, ...more },
  ];
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves with standard output once it holds a whole line. */
  readonly firstLine: Promise<string>;
}

/** The script that `node` runs for `keyfob`. */
export const entry = path.join(import.meta.dirname, 'index.ts');

/** The environment of a home; its user is a stranger to this machine. */
export function envOf(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    KEYFOB_HOME: home,
    NODE_NO_WARNINGS: '1',
    // So that each start need not strip the types of the sources anew: see vitest.config.ts.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
  };
}

/** Starts `keyfob ARGS` in a home; standard input stays open unless `input` is given. */
export function start(
  home: string,
  args: readonly string[],
  input?: string | Buffer,
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [entry, ...args], { env: { ...envOf(home), ...env } });
  let out = '';
  let err = '';
  const line = Promise.withResolvers<string>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    if (out.includes('\n')) line.resolve(out.split('\n', 1)[0] ?? '');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  // A command that ends without reading closes the pipe.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      line.resolve(out);
      resolve({ code, out, err });
    });
  });
  return { child, ended, firstLine: line.promise };
}

/** Runs `keyfob ARGS` to its end. */
export function keyfob(
  home: string,
  args: readonly string[],
  input: string | Buffer = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return start(home, args, input, env).ended;
}
