// Keyfob's client for programs: tokens by name, and a fetch that puts them where the vendor wants them.
import { createHash } from 'node:crypto';

import { KeyfobClientError } from './error.ts';
import { eventReader } from './event-reader.ts';
import { checkOwnSocket, checkWay } from './own-socket.ts';
import { socketPath } from './places.ts';
import { canSendAgain, sendWithToken } from './send-token.ts';
import { ask, openStream } from './wire.ts';
import type { Wire } from './wire.ts';

export { KeyfobClientError } from './error.ts';
export { socketPath } from './places.ts';

export interface KeyfobClientOptions {
  /** The socket's path; omitted, where `keyfob` looks (KEYFOB_HOME, then the platform's own places). */
  readonly socket?: string;
  /** Instead of the socket: the endpoint on TCP, `http://127.0.0.1:15393`. Needs a key. */
  readonly url?: string | URL;
  /** A client key (`kf_…`). Without one the caller is the person, on the socket. */
  readonly key?: string;
  /** What sends requests to vendors; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface TokenOptions {
  /** The account; omitted, the selected one. */
  readonly account?: string;
  /** Instead: the account that is selected for a provider. */
  readonly provider?: string;
  /** Seconds that the token must still be valid; strict when said. */
  readonly minValid?: number;
  readonly scope?: string;
  readonly audience?: string;
  /** The ID token too, which must be there. */
  readonly idToken?: true;
  /** With `url`: the request to the API that it is for; a token that is bound to a key (DPoP) comes with a proof for it. */
  readonly method?: string;
  readonly url?: string | URL;
  /** What the API asked for with the header `DPoP-Nonce`. */
  readonly nonce?: string;
  readonly signal?: AbortSignal;
}

export interface Token {
  readonly account: string;
  readonly provider: string;
  readonly access_token: string;
  readonly token_type: string;
  /** Unix seconds, or null. */
  readonly expires_at: number | null;
  /** Seconds, or null. */
  readonly expires_in: number | null;
  readonly scope: string | null;
  /** With `idToken`. */
  readonly id_token?: string;
  /** Unix seconds, with `idToken`. */
  readonly id_token_expires_at?: number;
  /** What to send to the vendor's API. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

export interface Account {
  readonly name: string;
  readonly provider: string;
  readonly grant: string;
  readonly state:
    'signed_out' | 'signing_in' | 'live' | 'refreshing' | 'retrying' | 'sign_in_needed' | 'locked';
  /** Unix seconds, or null. */
  readonly expires_at: number | null;
  /** Unix seconds, or null. */
  readonly next_refresh_at: number | null;
  readonly scope: string | null;
  readonly selected: boolean;
  readonly selected_for_provider: boolean;
  readonly notice: string | null;
}

/** `type` says which event it is: `token.refreshed`, `account.sign_in_needed`, …; no event holds a secret. */
export interface KeyfobEvent {
  readonly type: string;
  readonly account?: string;
  readonly [field: string]: unknown;
}

export interface EventStream {
  /** Resolves when the stream has ended, whoever ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface KeyfobClient {
  /** A token that is valid, for at least `minValid` seconds if said. */
  token(options?: TokenOptions): Promise<Token>;
  /** The accounts that the caller may use. */
  accounts(): Promise<Account[]>;
  /**
   * Has Keyfob refresh now. With `rejected`, the token that the API refused, it does so once and only while
   * that is the one in hand; the token itself is not sent, but its SHA-256.
   */
  refresh(account: string, options?: { readonly rejected?: string }): Promise<Account>;
  /** Calls back for each event until the stream ends. Resolves when it has begun. */
  events(listener: (event: KeyfobEvent) => void): Promise<EventStream>;
  /**
   * As the global `fetch`, with the account's token in the request. On a 401 it tells Keyfob which token was
   * refused and tries once more with the new one, when the body can be sent again and there is a new one;
   * else the 401 is the answer. A token that is bound to a key (DPoP) goes with its proof, and once more with the
   * nonce that the API asks for.
   */
  fetch(input: string | URL, init?: RequestInit, options?: TokenOptions): Promise<Response>;
}

/** Makes a client. Nothing is connected to before something is asked. Throws `bad_request` for a wrong `url`. */
export function createKeyfobClient(options: KeyfobClientOptions = {}): KeyfobClient {
  const wire = wireOf(options);
  const fetchVendor = options.fetch ?? globalThis.fetch;

  const client: KeyfobClient = {
    token({ minValid, signal, url, idToken, ...rest } = {}) {
      const query = new URLSearchParams();
      const wishes = {
        ...rest,
        min_valid: minValid,
        id_token: idToken === true ? 1 : undefined,
        url: url === undefined ? undefined : withoutQuery(url),
      };
      for (const [name, value] of Object.entries(wishes))
        if (value !== undefined) query.set(name, String(value));
      return ask(wire, 'GET', `/v1/token?${query.toString()}`, undefined, signal);
    },
    accounts: () => ask(wire, 'GET', '/v1/accounts'),
    refresh(account, { rejected } = {}) {
      const body =
        rejected === undefined
          ? {}
          : { rejected: createHash('sha256').update(rejected, 'utf8').digest('hex') };
      return ask(wire, 'POST', `/v1/accounts/${encodeURIComponent(account)}/refresh`, body);
    },
    async events(listener) {
      const incoming = await openStream(wire, '/v1/events');
      incoming.setEncoding('utf8');
      incoming.on('data', eventReader(listener));
      const ended = new Promise<void>((resolve) => {
        incoming.on('close', resolve);
        incoming.on('error', () => resolve());
      });
      return { ended, close: () => void incoming.destroy() };
    },
    async fetch(input, init = {}, wishes = {}) {
      const request = { method: init.method?.toUpperCase() ?? 'GET', url: input };
      let token = await client.token({ ...wishes, ...request });
      let first = await sendWithToken(fetchVendor, input, init, token);
      const nonce = token.headers['DPoP'] === undefined ? null : first.headers.get('dpop-nonce');
      if (first.status === 401 && nonce !== null && canSendAgain(init.body)) {
        await first.body?.cancel();
        token = await client.token({ ...wishes, account: token.account, ...request, nonce });
        first = await sendWithToken(fetchVendor, input, init, token);
      }
      // Where a redirect leads to another origin the token is not sent on, so it was not refused there.
      const isElsewhere = first.redirected && new URL(first.url).origin !== new URL(input).origin;
      if (first.status !== 401 || isElsewhere) return first;
      await client.refresh(token.account, { rejected: token.access_token });
      if (!canSendAgain(init.body)) return first;
      // By its name: what is selected may have changed, and the request is this account's.
      const fresh = await client.token({ ...wishes, account: token.account, ...request });
      if (fresh.access_token === token.access_token) return first;
      await first.body?.cancel();
      return sendWithToken(fetchVendor, input, init, fresh);
    },
  };
  return client;
}

function wireOf({ socket, url, key }: KeyfobClientOptions): Wire {
  if (url !== undefined) {
    const parsed = new URL(url);
    if (socket !== undefined || parsed.protocol !== 'http:' || !isLoopback(parsed.hostname))
      throw new KeyfobClientError('bad_request', 'This is not where a Keyfob answers.', {
        hint: 'Give either `socket`, or `url` as http://127.0.0.1:PORT.',
      });
    return { key, endpoint: () => ({ url: parsed }) };
  }
  return {
    key,
    endpoint() {
      if (socket !== undefined) {
        // One that was handed over, to a container say, stands in a folder of the system's.
        checkWay(socket);
        return { socket };
      }
      const found = socketPath();
      checkOwnSocket(found);
      return { socket: found };
    },
  };
}

/** A proof says nothing of the query, which may hold what Keyfob need not know. */
function withoutQuery(input: string | URL): string {
  const { origin, pathname } = new URL(input);
  return origin + pathname;
}

/** The key and the tokens never leave this machine in plain text. */
function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === 'localhost' || host === '[::1]';
}
