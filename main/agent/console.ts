// The agent's console: a page on 127.0.0.1 for the person at this machine.
//
// Invariants: exact Host and own origin only; the page itself holds nothing; data is for a session alone,
// which is had once for each one-time secret that stands in a link's fragment (so it is in no request line
// and no log); sessions die with the agent; tokens are never sent.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Keyfob } from '../core/keyfob.ts';
import { consolePage } from './console-page.ts';
import { hostFits, json, plain, readBody, show } from '../host/http.ts';

export interface ConsoleOptions {
  readonly keyfob: Pick<Keyfob, 'accounts' | 'providers' | 'locked' | 'on'>;
  /** 0 picks a free one. */
  readonly port: number;
  readonly version: string;
  /** What a newcomer types to get a first token, in order. */
  readonly commands: readonly string[];
}

export interface Console {
  /** Without a secret: what may stand in a status. */
  readonly url: string;
  /** A fresh address that opens the page once. */
  link(): string;
  close(): Promise<void>;
}

/** Ms that a question for news is held. */
const HOLD_MS = 25_000;
/** One-time secrets and sessions that are kept; the oldest go. */
const KEPT = 50;

/** Opens the console, or says in a sentence why it cannot be. */
export async function openConsole(options: ConsoleOptions): Promise<Console | { readonly problem: string }> {
  const { keyfob, commands, version } = options;
  const secrets = new Set<string>();
  const sessions = new Set<string>();
  const waiting = new Set<() => void>();
  let revision = 0;
  let ended = false;

  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16 * 1024, requireHostHeader: false },
    (incoming, outgoing) => {
      incoming.on('error', () => undefined);
      outgoing.on('error', () => undefined);
      handle(incoming, outgoing).catch(() => outgoing.destroy());
    },
  );
  const code = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    try {
      server.listen({ host: '127.0.0.1', port: options.port, exclusive: true }, () => resolve(null));
    } catch {
      resolve('not a port');
    }
  });
  if (code !== null) {
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    return {
      problem: `Port ${options.port} ${why}, so there is no console; choose another with --console-port.`,
    };
  }
  server.on('error', () => undefined);
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}/`;

  const stopListening = keyfob.on(() => {
    revision += 1;
    for (const tell of [...waiting]) tell();
  });

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (!hostFits(incoming, [host])) return plain(outgoing, 421, 'This is not the address of the console.');
    const { pathname, searchParams } = new URL(incoming.url ?? '/', url);
    const asked = `${incoming.method ?? ''} ${pathname}`;
    if (!fromHere(incoming, asked === 'GET /'))
      return plain(outgoing, 403, 'Only the console itself may ask.');
    switch (asked) {
      case 'GET /':
        return show(outgoing, 200, consolePage(commands, version));
      case 'POST /session':
        return enter(incoming, outgoing);
      case 'GET /accounts':
        return tellAccounts(incoming, outgoing, Number(searchParams.get('after')));
      default:
        return plain(outgoing, 404, 'There is nothing here.');
    }
  };

  /** No Origin or the own one; no fetch from other sites, who may at most link to the page. */
  const fromHere = (incoming: IncomingMessage, isPage: boolean): boolean => {
    const { origin } = incoming.headers;
    if (origin !== undefined && origin !== `http://${host}`) return false;
    const site = incoming.headers['sec-fetch-site'];
    const page = isPage && (incoming.headers['sec-fetch-dest'] ?? 'document') === 'document';
    return site === undefined || site === 'same-origin' || page;
  };

  const enter = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const secret = secretIn((await readBody(incoming, 1_024)) ?? '');
    if (secret === null || !secrets.delete(hashOf(secret)))
      return plain(outgoing, 401, 'This secret is not good.');
    const session = randomBytes(32).toString('base64url');
    keep(sessions, hashOf(session));
    json(outgoing, 200, { session });
  };

  const tellAccounts = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    after: number,
  ): Promise<void> => {
    const session = incoming.headers['x-keyfob-session'];
    if (typeof session !== 'string' || !sessions.has(hashOf(session)))
      return plain(outgoing, 401, 'This session is over.');
    if (after === revision && !ended) await news(incoming);
    const names = new Map(keyfob.providers().map(({ id, name }) => [id, name]));
    const accounts = keyfob.accounts();
    json(outgoing, 200, {
      revision,
      now: Date.now() / 1000,
      locked: keyfob.locked,
      accounts: accounts.map((account) => ({
        name: account.name,
        provider_name: names.get(account.provider) ?? account.provider,
        state: account.state,
        expires_at: account.expires_at,
        next_refresh_at: account.next_refresh_at,
        selected: account.selected,
        selected_for_provider: account.selected_for_provider,
        has_siblings: accounts.filter((one) => one.provider === account.provider).length > 1,
        notice: account.notice,
      })),
    });
  };

  /** Resolves at the next event of the core, after 25 s, or when the page has left. */
  const news = async (incoming: IncomingMessage): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, HOLD_MS);
    waiting.add(resolve);
    incoming.socket.once('close', resolve);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
    incoming.socket.off('close', resolve);
  };

  return {
    url,
    link() {
      const secret = randomBytes(32).toString('base64url');
      keep(secrets, hashOf(secret));
      return `${url}#s=${secret}`;
    },
    async close() {
      ended = true;
      stopListening();
      sessions.clear();
      secrets.clear();
      for (const tell of [...waiting]) tell();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function keep(set: Set<string>, value: string): void {
  set.add(value);
  for (const oldest of set) {
    if (set.size <= KEPT) break;
    set.delete(oldest);
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function secretIn(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('secret' in value)) return null;
    return typeof value.secret === 'string' ? value.secret : null;
  } catch {
    return null;
  }
}
