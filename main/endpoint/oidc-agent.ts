// oidc-agent's socket protocol, on a socket of its own: programs that speak to oidc-agent get tokens unchanged.
//
// One request a connection, JSON in JSON out (oidc-agent-messages.ts). liboidc-agent and oidc-token 4 and 5 exchange
// keys first; plain JSON is taken too (documented as oidc-agent's "IPC-API").
//
// Invariants: the caller is `local`, by the same approval rule and audit as on the other socket; a
// connection that has sent nothing whole after 10 s is closed; what cannot be read is answered once and closed.
import { parseJson } from '../api/json.ts';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

import { KeyfobError, toProblem } from '../api/errors.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { tokenQuery } from '../api/accounts.ts';
import type { AccountView } from '../api/accounts.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import { bindPrivately } from './listeners.ts';
import type { OpenListener } from './listeners.ts';
import { parse } from './parse.ts';
import { asBox, asJson, asPublicKey, boxed, createInbox } from './oidc-agent-messages.ts';
import { keyPair } from './secretbox.ts';
import { applicationName, peerOf } from '../platform/peer-process.ts';
import type { Access, RequestContext } from '../access/index.ts';

export interface OidcAgentOptions {
  readonly access: Pick<Access, 'enter' | 'owner' | 'admit' | 'token'>;
  readonly keyfob: Pick<Keyfob, 'accounts' | 'refresh'>;
  readonly path: string;
  /** The issuer of an account, or null where its vendor has none. */
  issuerOf(account: string): string | null;
}

const WHOLE_MS = 10_000;
const MAX_CONNECTIONS = 100;
const GRACE_MS = 500;

type Failure = { readonly status: 'failure'; readonly error: string; readonly info?: string };
type Reply = Failure | ({ readonly status: 'success' } & Readonly<Record<string, unknown>>);

/** Opens the socket, 0600; a stale one is out of the way already. Throws `unexpected` with the reason. */
export async function listenForOidcAgent(options: OidcAgentOptions): Promise<OpenListener> {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // The longest open one makes way: who asks is served at once, who waits for a person can ask again.
    const [oldest] = open;
    if (open.size > MAX_CONNECTIONS && oldest !== undefined) oldest.destroy();
    void serve(socket, options).catch(() => socket.destroy());
  });
  await bindPrivately(server, options.path, 'own folder');
  return {
    port: 0,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      const cut = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, GRACE_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function serve(socket: Socket, options: OidcAgentOptions): Promise<void> {
  const gone = new AbortController();
  socket.on('error', () => socket.destroy());
  socket.once('close', () => gone.abort());
  const late = setTimeout(() => socket.destroy(), WHOLE_MS);
  const inbox = createInbox(socket);
  let key: Uint8Array | null = null;
  let reply: Reply;
  try {
    let text = await inbox.next((bytes) => asJson(bytes) ?? asPublicKey(bytes));
    if (!text.startsWith('{')) {
      const own = keyPair();
      key = own.sharedWith(Buffer.from(text, 'base64'));
      socket.write(Buffer.from(own.publicKey).toString('base64'));
      const shared = key;
      text = await inbox.next((bytes) => asBox(bytes, shared));
    }
    clearTimeout(late);
    reply = await answer(parseJson(text), socket, gone.signal, options);
  } catch {
    clearTimeout(late);
    reply = failure('Bad Request: this cannot be read', 'Send one JSON object, plain or in a box.');
  }
  const text = JSON.stringify(reply);
  // In one piece: clients read once.
  socket.end(key === null ? text : boxed(text, key));
  setTimeout(() => socket.destroy(), GRACE_MS).unref();
}

function failure(error: string, info?: string): Failure {
  return { status: 'failure', error, ...(info === undefined ? {} : { info }) };
}

/** Answers one request. Rejects for what is not an object. */
async function answer(
  asked: unknown,
  socket: Socket,
  signal: AbortSignal,
  { access, keyfob, issuerOf }: OidcAgentOptions,
): Promise<Reply> {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) throw new Error('not an object');
  const fields: Readonly<Record<string, unknown>> = { ...asked };
  const text = (name: string): string | undefined => {
    const value = fields[name];
    if (value !== undefined && typeof value !== 'string') throw new Error('not a text');
    return value === '' ? undefined : value;
  };
  // What is no text names no account: it must not get the token of the one that is selected.
  for (const name of ['account', 'issuer', 'scope', 'audience', 'application_hint']) text(name);
  const wished = fields['min_valid_period'] ?? 0;
  if (typeof wished !== 'number' && typeof wished !== 'string') throw new Error('not a number');
  const peer = peerOf(socket, applicationName(text('application_hint') ?? ''));
  /** Asks for the owner, by their own rule for callers without a key; the audit names it as a route. */
  const ask = <T>(route: string, serve: (context: RequestContext) => Promise<T>): Promise<T> =>
    access.enter({ via: 'oidc-agent', route, audited: true, peer }, (entry) => {
      const actor = access.owner('oidc-agent');
      entry.by(actor);
      return serve({ actor, entry, signal, peer });
    });
  try {
    switch (fields['request']) {
      case 'access_token': {
        const issuer = text('issuer');
        const account =
          text('account') ??
          (issuer === undefined ? undefined : byIssuer(keyfob.accounts(), issuer, issuerOf));
        const minimum = Number(wished);
        if (minimum === -1 && account !== undefined) {
          await ask('POST /v1/accounts/{name}/refresh', async (context) => {
            await access.admit(account, context, 'permit');
            await keyfob.refresh(account, {});
          });
        }
        const token = await ask('GET /v1/token', (context) => {
          const { min_valid: minValid, ...query } = parse(
            tokenQuery,
            {
              account,
              scope: text('scope'),
              audience: text('audience'),
              // 0 is "no wish" there, and -1 "a new one".
              min_valid: Number.isFinite(minimum) && minimum > 0 ? String(Math.floor(minimum)) : undefined,
            },
            'query',
          );
          return access.token({ ...query, minValid }, context);
        });
        return {
          status: 'success',
          access_token: token.access_token,
          issuer: issuerOf(token.account) ?? token.provider,
          // Clients read a number; 0 where the vendor does not say when the token ends.
          expires_at: token.expires_at ?? 0,
        };
      }
      case 'loaded_accounts': {
        const loaded = keyfob.accounts().filter(({ state }) => state !== 'signed_out');
        return { status: 'success', info: loaded.map(({ name }) => name) };
      }
      case 'check':
        return { status: 'success' };
      default:
        return failure(
          'Bad Request: Keyfob gives access tokens here, and nothing else',
          'Add accounts and sign in with `keyfob`; ask here for access_token or loaded_accounts.',
        );
    }
  } catch (error) {
    const { detail, hint } = describeProblem(commandTexts, toProblem(error));
    return failure(detail, hint ?? undefined);
  }
}

/**
 * The account for an issuer: one with that issuer (of several the selected one), or the one that is selected
 * for the provider of that id. Throws `no_such_account`.
 */
function byIssuer(
  accounts: readonly AccountView[],
  issuer: string,
  issuerOf: OidcAgentOptions['issuerOf'],
): string {
  const bare = (url: string): string => url.replace(/\/+$/, '');
  const fits = accounts.filter(({ name }) => bare(issuerOf(name) ?? '') === bare(issuer));
  const found =
    fits.find(({ selected }) => selected) ??
    fits.find(({ selected_for_provider: chosen }) => chosen) ??
    fits[0] ??
    accounts.find(({ provider, selected_for_provider: chosen }) => chosen && provider === issuer);
  if (found !== undefined) return found.name;
  throw new KeyfobError('issuer_unknown', {}, { action: { type: 'list_accounts', params: {} } });
}
