// The endpoint's client: what the command line uses to speak to the running host over its socket.
//
// Invariants: it loads node:http, the error codes and the look at the socket's owner, nothing else, so that a
// script's `keyfob token` starts fast. It holds no state between requests. Every promise rejects with a KeyfobError.
import type { LabelsChange } from '../api/account-labels.ts';
import type { ApprovalView, ClientView, NewClient } from '../api/clients.ts';
import type { AuditFilter } from '../api/audit-filter.ts';
import type { AuditLine } from '../api/audit.ts';
import type { ClipboardAnswer, ClipboardRequest } from '../api/clipboard.ts';
import type { OneTimeAddress, StatusAnswer } from '../api/status.ts';
import type { ImportResultAnswer } from '../api/transfer.ts';
import type {
  AccountAnswer,
  AccountApi,
  AccountChange,
  ChangedAccountAnswer,
  NewAccount,
  RefreshedAccountAnswer,
  RevokedAccountAnswer,
  TokenAnswer,
} from '../api/accounts.ts';
import type { AddedProviderAnswer, ProviderView } from '../api/providers.ts';
import type { LoginOptions, SignInAnswer } from '../api/sign-ins.ts';
import type { Hook, HookView, NewHook } from '../api/hooks.ts';
import type { TokenFile, TokenFileView } from '../api/token-files.ts';
import type { TokenRequest } from '../accounts/views.ts';
import { exchange, openEvents, readAnswer } from './client-transport.ts';
import type { EventStream, Method, ServerEvent } from './client-transport.ts';
import { tokenRoute } from './client-request.ts';

/** The host's answer; `json` is null where it has no body. */
interface HostAnswer {
  readonly status: number;
  readonly json: unknown;
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
    const send = () => exchange(options.socketPath, method, route, text);
    let { status, text: answered } = await send();
    // The host slept before it had read the request, and did nothing (RFC 9110 section 15.5.9).
    if (status === 408) ({ status, text: answered } = await send());
    return { status, json: readAnswer(status, answered) };
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

    token: (query: TokenRequest): Promise<TokenAnswer> => ask('GET', tokenRoute(query)),
    copy: (wanted: ClipboardRequest): Promise<ClipboardAnswer> => ask('POST', '/v1/clipboard', wanted),
    status: (): Promise<StatusAnswer> => ask('GET', '/v1/status'),
    showPanel: (): Promise<null> => ask('POST', '/v1/panel', {}),
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
    setLabels: (name: string, change: LabelsChange): Promise<AccountAnswer> =>
      ask('PATCH', account(name, '/labels'), change),
    api: (name: string): Promise<AccountApi> => ask('GET', account(name, '/api')),
    use: (name: string): Promise<AccountAnswer> => ask('POST', account(name, '/use'), {}),
    refresh: (name: string): Promise<AccountAnswer> => ask('POST', account(name, '/refresh'), {}),
    /** Tells that an API refused a token (hex SHA-256): refreshed once, if it is still the one in hand. */
    rejected: (name: string, hash: string, application?: string): Promise<RefreshedAccountAnswer> =>
      ask('POST', account(name, '/refresh'), {
        rejected: hash,
        ...(application === undefined ? {} : { application }),
      }),
    revoke: (name: string): Promise<RevokedAccountAnswer> => ask('POST', account(name, '/revoke'), {}),
    logout: (name: string): Promise<AccountAnswer> => ask('POST', account(name, '/logout'), {}),
    remove: (name: string): Promise<null> => ask('DELETE', account(name)),

    /** Either `account` (signed in at once) or `sign_in` (a person has to act). */
    login: (
      name: string,
      choice: LoginOptions,
    ): Promise<{ account?: AccountAnswer; sign_in?: SignInAnswer; joined?: true }> =>
      ask('POST', account(name, '/login'), choice),
    /** A sign-in as it stands, or as it ends within `wait` seconds (at most 30). */
    signIn: (id: string, wait = 0): Promise<SignInAnswer> =>
      ask('GET', signIn(id, wait > 0 ? `?wait=${wait}` : '')),
    pasteRedirect: (id: string, url: string): Promise<SignInAnswer> =>
      ask('POST', signIn(id, '/redirect'), { url }),
    cancelSignIn: (id: string): Promise<null> => ask('DELETE', signIn(id)),

    hooks: (): Promise<HookView[]> => ask('GET', '/v1/hooks'),
    addHook: (hook: NewHook): Promise<Hook> => ask('POST', '/v1/hooks', hook),
    removeHook: (id: string): Promise<null> => ask('DELETE', `/v1/hooks/${encodeURIComponent(id)}`),
    tokenFiles: (): Promise<TokenFileView[]> => ask('GET', '/v1/token-files'),
    addTokenFile: (file: TokenFile): Promise<TokenFileView> => ask('POST', '/v1/token-files', file),
    removeTokenFile: (path: string): Promise<null> =>
      ask('DELETE', `/v1/token-files?path=${encodeURIComponent(path)}`),
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
