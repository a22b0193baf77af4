// The agent's console: the window as a page on 127.0.0.1, for the person at this machine.
//
// Invariants: exact Host and own origin only; the files hold nothing of anybody; calls and news are for a
// session alone, which is had once for each one-time secret that stands in a link's fragment (so it is in no
// request line and no log) and is said in a header (a cookie would go to every other server on this host);
// sessions die with the agent. A secret is good for minutes. Another user of the machine is refused everything
// and uses nothing up; where the user cannot be told, a session also wants six digits.
import { limitConnections, serverTimeouts } from '../platform/connections.ts';
import { listenOn } from '../platform/listen.ts';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { looksUpPeers, peerUser } from '../platform/peer-user.ts';
import type { FindPeerUser } from '../platform/peer-user.ts';
import { consoleConfirmationPage, otherUserPage } from '../host/confirmation-pages.ts';
import { tellOnStandardError } from '../host/confirmation.ts';
import { hostFits, isPrefetch, json, plain, readBody, show } from '../host/http.ts';
import { pageLanguage } from '../host/page-language.ts';
import type { Language } from '../messages/language.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { OneTimeAddress } from '../api/status.ts';
import { QUIET_HEADERS } from '../host/pages.ts';
import { createNewsStreams } from './console-news.ts';
import { createSessions, jsonOf } from './console-sessions.ts';
import type { WindowCalls } from '../host/window-calls.ts';
import { readWindowFile } from '../host/window-files.ts';

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
  /** What the settings say of the language; the browser's own when left out. */
  readonly language?: () => Language | 'system';
}

export interface Console {
  /** Without a secret: what may stand in a status. */
  readonly url: string;
  /** A fresh address that opens the page once. */
  link(): OneTimeAddress;
  close(): Promise<void>;
}

/** Connections: a browser opens six at most. */
const limits = { idle: 60, all: 150 };
/** Bytes of a call: an export file is the longest thing that is sent. */
const LONGEST_CALL = 64 * 1024 * 1024;

/** Opens the console, or says why it cannot be. */
export async function openConsole(options: ConsoleOptions): Promise<Console | { readonly problem: Message }> {
  const { calls, files, peerUser: findUser = peerUser, tell = tellOnStandardError } = options;
  if ((await readWindowFile(files, '/')) === null) {
    return { problem: message('console_not_built', {}, { type: 'build', params: {} }) };
  }
  const language = pageLanguage(options.language);
  const sessions = createSessions(tell, language);
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
    if (user === 'other') return show(outgoing, 403, otherUserPage(language(incoming)));
    // A page that is shown ahead would use its address up.
    if (isPage && isPrefetch(incoming.headers)) return plain(outgoing, 503, 'Open this address to go on.');
    if (asked === 'GET /confirm') return show(outgoing, 200, consoleConfirmationPage(language(incoming)));
    if (asked === 'POST /session') return sessions.enter(incoming, outgoing, user);
    if (asked === 'GET /news') return sessions.admit(incoming, outgoing, () => news.open(outgoing));
    const name = /^POST \/call\/([a-z_.]{1,64})$/.exec(asked)?.[1];
    if (name !== undefined)
      return sessions.admit(incoming, outgoing, () => answerCall(name, incoming, outgoing));
    const file = incoming.method === 'GET' ? await readWindowFile(files, pathname) : null;
    if (file === null) return plain(outgoing, 404, 'There is nothing here.');
    outgoing.writeHead(200, { ...QUIET_HEADERS, ...file.headers }).end(file.body);
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
    const request = jsonOf(body);
    if (request === undefined) return plain(outgoing, 400, 'A call is JSON.');
    json(outgoing, 200, await calls.call(name, request));
  };

  return {
    url,
    link() {
      const { secret, digits } = sessions.invite();
      return { url: `${url}#s=${secret}`, confirmation_code: looksUpPeers ? digits : null };
    },
    async close() {
      sessions.end();
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
  const code = await listenOn(server, { host: '127.0.0.1', port: wanted, exclusive: true });
  if (code === null) {
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
