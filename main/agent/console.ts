// The agent's console: the window as a page on 127.0.0.1, for the person at this machine.
//
// Invariants: exact Host and own origin only; the files hold nothing of anybody; calls and news are for a
// session alone, which is had once for each one-time secret that stands in a link's fragment (so it is in no
// request line and no log) and is said in a header (a cookie would go to every other server on this host);
// sessions die with the agent. A secret is good for minutes. Another user of the machine is refused everything
// and uses nothing up; where the user cannot be told, a session also wants six digits.
import { limitConnections, serverTimeouts } from '../platform/connections.ts';
import { parseJson } from '../api/json.ts';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { looksUpPeers, peerUser } from '../platform/peer-user.ts';
import type { FindPeerUser, PeerUser } from '../platform/peer-user.ts';
import { consoleConfirmationPage, digitsWanted, otherUserPage } from '../host/confirmation-pages.ts';
import { createConfirmationCode, tellOnStandardError } from '../host/confirmation.ts';
import type { ConfirmationCode } from '../host/confirmation.ts';
import { ADDRESS_MS, hostFits, isPrefetch, json, plain, readBody, show } from '../host/http.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { OneTimeAddress } from '../api/status.ts';
import type { News } from '../api/window.ts';
import { QUIET_HEADERS } from '../host/pages.ts';
import type { WindowCalls } from '../host/window-calls.ts';
import { readWindowFile } from '../host/window-files.ts';
import { sha256Hex } from '../platform/digest.ts';

export interface ConsoleOptions {
  readonly calls: Pick<WindowCalls, 'call' | 'listen'>;
  /** The folder of the built window. */
  readonly files: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Whose a connection is; the system's own answer when left out. */
  readonly peerUser?: FindPeerUser;
  /** Says a sentence where only the person at this Keyfob reads it; standard error when left out. */
  readonly tell?: (sentence: string) => void;
}

export interface Console {
  /** Without a secret: what may stand in a status. */
  readonly url: string;
  /** A fresh address that opens the page once. */
  link(): OneTimeAddress;
  close(): Promise<void>;
}

/** One-time secrets and sessions that are kept; the oldest go. */
const KEPT = 50;
/** Streams of news that are open at a time; a browser opens six at most. */
const STREAMS = 60;
/** Connections: a browser opens six at most. */
const limits = { idle: 60, all: 150 };
/** Bytes of news that may wait in a stream that is not read. */
const BACKLOG = 4 * 1024 * 1024;
/** Bytes of a call: an export file is the longest thing that is sent. */
const LONGEST_CALL = 64 * 1024 * 1024;

/** Opens the console, or says why it cannot be. */
export async function openConsole(options: ConsoleOptions): Promise<Console | { readonly problem: Message }> {
  const { calls, files, peerUser: findUser = peerUser, tell = tellOnStandardError } = options;
  if ((await readWindowFile(files, '/')) === null) {
    return { problem: message('console_not_built', {}, { type: 'build', params: {} }) };
  }
  const secrets = new Map<string, { readonly code: ConfirmationCode; readonly until: number }>();
  const sessions = new Map<string, true>();
  const news = createNewsStreams(calls);

  const server = createServer(
    { ...serverTimeouts, maxHeaderSize: 16 * 1024, requireHostHeader: false },
    (incoming, outgoing) => {
      incoming.on('error', () => undefined);
      outgoing.on('error', () => undefined);
      handle(incoming, outgoing).catch(() => outgoing.destroy());
    },
  );
  limitConnections(server, limits);
  const opened = await listen(server, options.port);
  if ('problem' in opened) return opened;
  const host = `127.0.0.1:${opened.port}`;
  const url = `http://${host}/`;

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (!hostFits(incoming, [host])) return plain(outgoing, 421, 'This is not the address of the console.');
    const { pathname } = new URL(incoming.url ?? '/', url);
    const asked = `${incoming.method ?? ''} ${pathname}`;
    const isPage = asked === 'GET /' || asked === 'GET /confirm';
    if (!isFromHere(incoming, host, isPage)) return plain(outgoing, 403, 'Only the console itself may ask.');
    const user = await findUser(incoming.socket);
    if (user === 'other') return show(outgoing, 403, otherUserPage());
    // A page that is shown ahead would use its address up.
    if (isPage && isPrefetch(incoming.headers)) return plain(outgoing, 503, 'Open this address to go on.');
    if (asked === 'GET /confirm') return show(outgoing, 200, consoleConfirmationPage());
    if (asked === 'POST /session') return enter(incoming, outgoing, user);
    if (asked === 'GET /news') return withSession(incoming, outgoing, () => news.open(outgoing));
    const name = /^POST \/call\/([a-z_.]{1,64})$/.exec(asked)?.[1];
    if (name !== undefined)
      return withSession(incoming, outgoing, () => answerCall(name, incoming, outgoing));
    const file = incoming.method === 'GET' ? await readWindowFile(files, pathname) : null;
    if (file === null) return plain(outgoing, 404, 'There is nothing here.');
    outgoing.writeHead(200, { ...QUIET_HEADERS, ...file.headers }).end(file.body);
  };

  const enter = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    user: PeerUser,
  ): Promise<void> => {
    const { secret, digits } = wishIn((await readBody(incoming, 1_024)) ?? '');
    const key = secret === null ? '' : sha256Hex(secret);
    const kept = secrets.get(key);
    if (kept === undefined || Date.now() > kept.until) {
      secrets.delete(key);
      return plain(outgoing, 401, 'This secret is not good.');
    }
    if (user === 'unknown') {
      const { code } = kept;
      code.announce();
      const judged = digits === null ? null : code.judge(digits);
      if (judged === 'ended') secrets.delete(key);
      if (judged !== 'right') return json(outgoing, 403, digitsWanted(code.left, judged !== null));
    }
    secrets.delete(key);
    const session = randomBytes(32).toString('base64url');
    keep(sessions, sha256Hex(session), true);
    json(outgoing, 200, { session });
  };

  /** Before anything of the body is read. */
  const withSession = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    go: () => void | Promise<void>,
  ): Promise<void> => {
    const session = incoming.headers['x-keyfob-session'];
    if (typeof session === 'string' && sessions.has(sha256Hex(session))) return go();
    return plain(outgoing, 401, 'This session is over.');
  };

  const answerCall = async (
    name: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> => {
    if (!/^application\/json(;|$)/.test(incoming.headers['content-type'] ?? ''))
      return plain(outgoing, 415, 'A call is JSON.');
    const body = await readBody(incoming, LONGEST_CALL);
    if (body === null) return plain(outgoing, 413, 'This is too long for a call.');
    const request = parsed(body);
    if (request === undefined) return plain(outgoing, 400, 'A call is JSON.');
    json(outgoing, 200, await calls.call(name, request));
  };

  return {
    url,
    link() {
      const secret = randomBytes(32).toString('base64url');
      const confirmation = createConfirmationCode('The console', tell);
      keep(secrets, sha256Hex(secret), { code: confirmation, until: Date.now() + ADDRESS_MS });
      return {
        url: `${url}#s=${secret}`,
        confirmation_code: looksUpPeers ? confirmation.digits : null,
      };
    },
    async close() {
      sessions.clear();
      secrets.clear();
      news.end();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // What was just written still leaves; nobody is waited for.
        setImmediate(() => {
          server.closeAllConnections();
        });
      });
    },
  };
}

/** Listens on 127.0.0.1; the port, or a sentence why it cannot be. */
async function listen(server: Server, wanted: number): Promise<{ port: number } | { problem: Message }> {
  const code = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    try {
      server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => resolve(null));
    } catch {
      resolve('not a port');
    }
  });
  if (code === null) {
    server.on('error', () => undefined);
    // A server that listens on TCP has an address with a port.
    return { port: (server.address() as AddressInfo).port };
  }
  const port = wanted;
  return {
    problem:
      code === 'EADDRINUSE'
        ? message('console_port_in_use', { port })
        : message('console_port_unusable', { port, code }),
  };
}

/** Whether a request has no Origin or the own one, and is no fetch of other sites, who may at most link to the page. */
function isFromHere(incoming: IncomingMessage, host: string, isPage: boolean): boolean {
  const { origin } = incoming.headers;
  if (origin !== undefined && origin !== `http://${host}`) return false;
  const site = incoming.headers['sec-fetch-site'];
  const page = isPage && (incoming.headers['sec-fetch-dest'] ?? 'document') === 'document';
  return site === undefined || site === 'same-origin' || page;
}

/** News as lines of JSON, for as long as a page listens and reads. */
function createNewsStreams(calls: Pick<WindowCalls, 'listen'>) {
  const streams = new Set<ServerResponse>();
  return {
    open(outgoing: ServerResponse): void {
      if (streams.size >= STREAMS) return plain(outgoing, 503, 'Too many pages listen.');
      outgoing.writeHead(200, { ...QUIET_HEADERS, 'Content-Type': 'application/x-ndjson' });
      outgoing.flushHeaders();
      streams.add(outgoing);
      const leave = calls.listen((news) => {
        outgoing.write(`${JSON.stringify(news)}\n`);
        if (outgoing.writableLength > BACKLOG) outgoing.destroy();
      });
      outgoing.once('close', () => {
        leave();
        streams.delete(outgoing);
      });
    },
    end(): void {
      const last: News = { type: 'connection', state: 'ended' };
      for (const stream of streams) stream.end(`${JSON.stringify(last)}\n`);
    },
  };
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) break;
    map.delete(oldest);
  }
}

/** What the page sends for a session. */
function wishIn(body: string): { secret: string | null; digits: string | null } {
  const value = parsed(body);
  const text = (name: string): string | null => {
    const given: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : null;
    return typeof given === 'string' ? given : null;
  };
  return { secret: text('secret'), digits: text('digits') };
}

/** Undefined when the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
