// The endpoint's client: what the command line uses to speak to the running host over its socket.
//
// Invariants: it loads node:http, the error codes and the look at the socket's owner, nothing else, so that a
// script's `keyfob token` starts fast. Nothing is sent to a socket that could be another user's. It holds no state between requests. Every promise rejects with a KeyfobError; a problem document of
// the host comes out with its own code, sentence and hint.
import type { ApprovalView, ClientView, NewClient } from '../api/clients.ts';
import type { AuditFilter } from '../api/audit-filter.ts';
import type { AuditLine } from '../api/audit.ts';
import type { OneTimeAddress, StatusAnswer } from '../api/status.ts';
import type { ImportResultAnswer } from '../api/transfer.ts';
import http from 'node:http';
import { checkOwnSocket } from './own-socket.ts';
import { KeyfobError, ReceivedProblem } from '../api/errors.ts';
import type { ProblemDocument } from '../api/problem.ts';
import { isErrorCode } from '../api/codes.ts';
import type {
  AccountAnswer,
  AccountChange,
  ChangedAccountAnswer,
  NewAccount,
  RevokedAccountAnswer,
  TokenAnswer,
} from '../api/accounts.ts';
import type { AddedProviderAnswer, ProviderView } from '../api/providers.ts';
import type { SignInAnswer } from '../api/sign-ins.ts';
import type { TokenRequest } from '../accounts/views.ts';

/** A host answers within this many ms, a waiting approval and a slow vendor included. */
const ANSWER_WITHIN = 180_000;

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The host's answer; `json` is null where it has no body. */
interface HostAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface ServerEvent {
  readonly type: string;
  /** The JSON of `data:`. */
  readonly data: unknown;
}

export interface EventStream {
  /** Resolves when the host ended the stream or `close` was called. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface RequestOptions {
  /** A body that is JSON already, sent as it stands. */
  readonly text?: string;
}

export type Client = ReturnType<typeof createClient>;

/**
 * Makes a client of the host behind a socket.
 *
 * Errors: `not_running` when nothing listens there or the host ended meanwhile, `not_permitted` when the
 * socket is another user's or could be, `unexpected` for an answer that is not Keyfob's, and every code of the host.
 */
export function createClient(options: { readonly socketPath: string }) {
  async function request(
    method: Method,
    route: string,
    body?: unknown,
    extra: RequestOptions = {},
  ): Promise<HostAnswer> {
    const text = extra.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const { status, text: answered } = await exchange(options.socketPath, method, route, text);
    let json: unknown = null;
    if (answered !== '') {
      try {
        json = JSON.parse(answered) as unknown;
      } catch (cause) {
        throw notKeyfob(status, cause);
      }
    }
    if (status >= 200 && status < 300) return { status, json };
    throw fromProblem(status, json);
  }

  /** As `request`, and takes the answer for what docs/endpoint.md says of the route. */
  async function ask<T>(method: Method, route: string, body?: unknown): Promise<T> {
    const { json } = await request(method, route, body);
    // The host is the other half of this program and as old as it is; its shapes are checked by its own tests.
    return json as T;
  }

  const account = (name: string, step = ''): string => `/v1/accounts/${encodeURIComponent(name)}${step}`;
  const signIn = (id: string, step = ''): string => `/v1/sign-ins/${encodeURIComponent(id)}${step}`;

  return {
    request,

    token(query: TokenRequest): Promise<TokenAnswer> {
      const search = new URLSearchParams();
      if (query.account !== undefined) search.set('account', query.account);
      if (query.provider !== undefined) search.set('provider', query.provider);
      if (query.minValid !== undefined) search.set('min_valid', String(query.minValid));
      if (query.scope !== undefined) search.set('scope', query.scope);
      if (query.audience !== undefined) search.set('audience', query.audience);
      const text = search.toString();
      return ask('GET', text === '' ? '/v1/token' : `/v1/token?${text}`);
    },
    status: (): Promise<StatusAnswer> => ask('GET', '/v1/status'),
    stop: (): Promise<null> => ask('POST', '/v1/stop', {}),
    lock: (): Promise<{ locked: boolean }> => ask('POST', '/v1/lock', {}),
    unlock: (passphrase?: string, newVault = false): Promise<{ locked: boolean }> =>
      ask('POST', '/v1/unlock', {
        ...(passphrase === undefined ? {} : { passphrase }),
        ...(newVault ? { new_vault: true } : {}),
      }),
    console: (): Promise<OneTimeAddress> => ask('POST', '/v1/console', {}),

    providers: (): Promise<ProviderView[]> => ask('GET', '/v1/providers'),
    provider: (id: string): Promise<unknown> => ask('GET', `/v1/providers/${encodeURIComponent(id)}`),
    /** Sends a profile's text as it stands, so that the host can name its lines. */
    async addProvider(text: string): Promise<AddedProviderAnswer> {
      const { json } = await request('POST', '/v1/providers', undefined, { text });
      return json as AddedProviderAnswer; // as in `ask`
    },

    accounts: (): Promise<AccountAnswer[]> => ask('GET', '/v1/accounts'),
    add: (account: NewAccount): Promise<AccountAnswer> => ask('POST', '/v1/accounts', account),
    set: (name: string, change: AccountChange): Promise<ChangedAccountAnswer> =>
      ask('PATCH', account(name), change),
    use: (name: string): Promise<AccountAnswer> => ask('POST', account(name, '/use'), {}),
    refresh: (name: string): Promise<AccountAnswer> => ask('POST', account(name, '/refresh'), {}),
    /** Tells that an API refused a token (hex SHA-256): refreshed once, if it is still the one in hand. */
    rejected: (name: string, hash: string): Promise<AccountAnswer> =>
      ask('POST', account(name, '/refresh'), { rejected: hash }),
    revoke: (name: string): Promise<RevokedAccountAnswer> => ask('POST', account(name, '/revoke'), {}),
    logout: (name: string): Promise<AccountAnswer> => ask('POST', account(name, '/logout'), {}),
    remove: (name: string): Promise<null> => ask('DELETE', account(name)),

    /** Either `account` (signed in at once) or `sign_in` (a person has to act). */
    login: (
      name: string,
      choice: { paste?: boolean; browser?: boolean; timeout?: number },
    ): Promise<{ account?: AccountAnswer; sign_in?: SignInAnswer }> =>
      ask('POST', account(name, '/login'), choice),
    /** A sign-in as it stands, or as it ends within `wait` seconds (at most 30). */
    signIn: (id: string, wait = 0): Promise<SignInAnswer> =>
      ask('GET', signIn(id, wait > 0 ? `?wait=${wait}` : '')),
    pasteRedirect: (id: string, url: string): Promise<SignInAnswer> =>
      ask('POST', signIn(id, '/redirect'), { url }),
    cancelSignIn: (id: string): Promise<null> => ask('DELETE', signIn(id)),

    clients: (): Promise<ClientView[]> => ask('GET', '/v1/clients'),
    addClient: (client: NewClient): Promise<{ client: ClientView; key: string }> =>
      ask('POST', '/v1/clients', client),
    removeClient: (name: string): Promise<null> => ask('DELETE', `/v1/clients/${encodeURIComponent(name)}`),

    approvals: (): Promise<ApprovalView[]> => ask('GET', '/v1/approvals'),
    answerApproval: (id: string, allow: boolean): Promise<unknown> =>
      ask('POST', `/v1/approvals/${encodeURIComponent(id)}`, { allow }),

    /** The document as the host made it: see docs/endpoint.md. */
    exportAccounts: (choice: { secrets: boolean; passphrase?: string }): Promise<unknown> =>
      ask('POST', '/v1/export', choice),
    importAccounts: (from: {
      document: unknown;
      passphrase?: string;
    }): Promise<{ results: ImportResultAnswer[] }> => ask('POST', '/v1/import', from),

    audit({ refused, ...rest }: AuditFilter & { readonly limit?: number | undefined }): Promise<AuditLine[]> {
      const wanted = { ...rest, refused: refused === true ? 'true' : undefined };
      const query = Object.entries(wanted).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
      );
      return ask('GET', ['/v1/audit', ...(query.length === 0 ? [] : [query.join('&')])].join('?'));
    },
    events: (listener: (event: ServerEvent) => void): Promise<EventStream> =>
      openEvents(options.socketPath, listener),
  };
}

/** One exchange over the socket: status and the whole text. */
function exchange(
  socket: string,
  method: Method,
  route: string,
  body: string | undefined,
): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = {
    host: 'localhost',
    accept: 'application/json',
    connection: 'close',
  };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  return new Promise((resolve, reject) => {
    checkOwnSocket(socket);
    const outgoing = http.request(
      { socketPath: socket, method, path: route, headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', (error) => reject(fromNetwork(error)));
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    outgoing.setTimeout(ANSWER_WITHIN, () => {
      reject(new KeyfobError('hangs', {}, { action: { type: 'start', params: {} } }));
      outgoing.destroy();
    });
    outgoing.on('error', (error) => reject(fromNetwork(error)));
    outgoing.end(body);
  });
}

/**
 * Opens `GET /v1/events` and calls back for each event until the stream ends. Resolves once the host has
 * begun to send; errors as `createClient`.
 */
async function openEvents(socket: string, listener: (event: ServerEvent) => void): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    checkOwnSocket(socket);
    const outgoing = http.request(
      {
        socketPath: socket,
        method: 'GET',
        path: '/v1/events',
        headers: { host: 'localhost', accept: 'text/event-stream' },
        agent: false,
      },
      (incoming) => {
        incoming.setEncoding('utf8');
        if (incoming.statusCode !== 200) {
          let text = '';
          incoming.on('data', (chunk: string) => (text += chunk));
          incoming.on('end', () => reject(fromProblem(incoming.statusCode ?? 0, parseOrNull(text))));
          return;
        }
        const push = eventParser(listener);
        incoming.on('data', push);
        const ended = new Promise<void>((done) => {
          incoming.on('close', done);
          incoming.on('error', () => done());
        });
        resolve({ ended, close: () => outgoing.destroy() });
      },
    );
    outgoing.on('error', (error) => reject(fromNetwork(error)));
    outgoing.end();
  });
}

/** Takes the text of an event stream in pieces and calls back for each whole event (WHATWG HTML 9.2.6). */
export function eventParser(listener: (event: ServerEvent) => void): (chunk: string) => void {
  let rest = '';
  let type = '';
  let data: string[] = [];
  return (chunk) => {
    rest += chunk;
    const lines = rest.split(/\r\n|\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        const json = data.length === 0 ? null : parseOrNull(data.join('\n'));
        if (json !== null) listener({ type: type === '' ? 'message' : type, data: json });
        type = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
    }
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Reads a problem document (RFC 9457) into an error; what is not one is `unexpected`. */
export function fromProblem(status: number, json: unknown): KeyfobError {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return notKeyfob(status);
  const document: Partial<ProblemDocument> = { ...json };
  const { code, detail, hint = '', error, error_description, field, origins, retry_after } = document;
  if (!isErrorCode(code) || typeof detail !== 'string') return notKeyfob(status);
  // The host's own sentences are shown: it may be of another version, and name other things in them.
  return new ReceivedProblem({
    code,
    reason: 'text',
    params: { text: detail, hint },
    ...(error === undefined ? {} : { error }),
    ...(error_description === undefined ? {} : { error_description }),
    ...(field === undefined ? {} : { field }),
    ...(origins === undefined ? {} : { origins }),
    ...(retry_after === undefined ? {} : { retry_after }),
  });
}

const doctor = { type: 'look_at_doctor', params: {} } as const;
const start = { type: 'start', params: {} } as const;

function notKeyfob(status: number, cause?: unknown): KeyfobError {
  return new KeyfobError('not_keyfob', { status }, { cause });
}

function fromNetwork(error: NodeJS.ErrnoException): KeyfobError {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
      return new KeyfobError('none_running', {}, { action: start, cause: error });
    case 'ECONNRESET':
    case 'EPIPE':
      return new KeyfobError('ended_meanwhile', {}, { action: start, cause: error });
    case 'EACCES':
    case 'EPERM':
      return new KeyfobError('socket_not_open', {}, { action: start, cause: error });
    default:
      return error.code === undefined
        ? new KeyfobError('socket_unusable', {}, { action: doctor, cause: error })
        : new KeyfobError('socket_unusable_said', { code: error.code }, { action: doctor, cause: error });
  }
}
