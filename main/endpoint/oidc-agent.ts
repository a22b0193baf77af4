// oidc-agent's socket protocol, on a socket of its own: programs that speak to oidc-agent get tokens unchanged.
//
// One request a connection, JSON in JSON out, without framing: a message is whole when it parses. A client may
// first exchange public keys (32 bytes in base64 each way); then messages are `LENGTH:NONCE:BOX`, the numbers
// and bytes in base64, the box NaCl's secretbox under the key that box_beforenm finds. liboidc-agent and
// oidc-token 4 and 5 do; plain JSON is taken too (documented as oidc-agent's "IPC-API").
//
// Invariants: the caller is `local`, by the same approval rule and audit as on the other socket; a
// connection that has sent nothing whole after 10 s, or more than 64 KiB, is closed; what cannot be read is
// answered once and closed; nothing that is sent makes a request but a whole one.
import { parseJson } from '../api/json.ts';
import { randomBytes } from 'node:crypto';
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
import { MAC_BYTES, NONCE_BYTES, PUBLIC_KEY_BYTES, keyPair, seal, unseal } from './secretbox.ts';
import { applicationName, visitOf } from '../access/index.ts';
import type { Access, RequestContext } from '../access/index.ts';

export interface OidcAgentOptions {
  readonly access: Pick<Access, 'enter' | 'owner' | 'admit' | 'token'>;
  readonly keyfob: Pick<Keyfob, 'accounts' | 'refresh'>;
  readonly path: string;
  /** The issuer of an account, or null where its vendor has none. */
  issuerOf(account: string): string | null;
}

const WHOLE_MS = 10_000;
const MOST_BYTES = 64 * 1024;
const MOST_CONNECTIONS = 100;
/** Times that a message which came in pieces is looked at whether it is whole. */
const MOST_PIECES = 200;
const GRACE_MS = 500;

type Failure = { readonly status: 'failure'; readonly error: string; readonly info?: string };
type Reply = Failure | ({ readonly status: 'success' } & Readonly<Record<string, unknown>>);

/** Opens the socket, 0600; a stale one is out of the way already. Throws `unexpected` with the reason. */
export async function listenForOidcAgent(options: OidcAgentOptions): Promise<OpenListener> {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // The longest open one makes room: who asks is served at once, who waits for a person can ask again.
    const [oldest] = open;
    if (open.size > MOST_CONNECTIONS && oldest !== undefined) oldest.destroy();
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

interface Inbox {
  /** The next message: what `whole` makes of all that came since the last. Rejects when none can come. */
  next(whole: (bytes: Buffer) => string | null): Promise<string>;
}

function createInbox(socket: Socket): Inbox {
  let bytes = Buffer.alloc(0);
  let pieces = 0;
  let look: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    pieces += 1;
    if (bytes.length + chunk.length > MOST_BYTES || pieces > MOST_PIECES) {
      socket.pause();
      bytes = Buffer.alloc(0);
      fail(new Error('too much'));
      return;
    }
    bytes = Buffer.concat([bytes, chunk]);
    look();
  });
  for (const end of ['end', 'close'] as const) socket.once(end, () => fail(new Error('nothing more comes')));
  return {
    next: (whole) =>
      new Promise((resolve, reject) => {
        fail = reject;
        look = () => {
          try {
            const text = whole(bytes);
            if (text === null) return;
            bytes = Buffer.alloc(0);
            look = () => undefined;
            resolve(text);
          } catch (error) {
            reject(error instanceof Error ? error : new Error('unreadable'));
          }
        };
        if (bytes.length > 0) look();
      }),
  };
}

/** The text of a whole JSON object; null while it may still become one, or is none. */
function asJson(bytes: Buffer): string | null {
  const text = bytes.toString('utf8').trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

/** The text of a public key in base64. Throws when it cannot become one nor JSON. */
function asPublicKey(bytes: Buffer): string | null {
  const text = bytes.toString('latin1').trimEnd();
  if (text.trimStart().startsWith('{') || text.trim() === '') return null;
  if (!/^[A-Za-z0-9+/]{1,43}=?$/.test(text)) throw new Error('neither JSON nor a key');
  if (!text.endsWith('=')) return null;
  if (Buffer.from(text, 'base64').length !== PUBLIC_KEY_BYTES) throw new Error('not a key');
  return text;
}

/** What a whole box holds; null while it is not whole. Throws when it is none or another key's. */
function asBox(bytes: Buffer, key: Uint8Array): string | null {
  const text = bytes.toString('latin1').trimEnd();
  const parts = /^(\d{1,6})(?::([A-Za-z0-9+/]*=*)(?::([A-Za-z0-9+/]*=*))?)?$/.exec(text);
  if (parts === null) throw new Error('not a box');
  const [, length = '', nonce = '', box] = parts;
  const wanted = Number(length) + MAC_BYTES;
  if (box === undefined || box.length < 4 * Math.ceil(wanted / 3)) return null;
  const sealed = Buffer.from(box, 'base64');
  const spice = Buffer.from(nonce, 'base64');
  if (spice.length !== NONCE_BYTES || sealed.length !== wanted) throw new Error('not a box');
  const opened = unseal(sealed, spice, key);
  if (opened === null) throw new Error("another key's box");
  return new TextDecoder('utf-8', { fatal: true }).decode(opened);
}

function boxed(text: string, key: Uint8Array): string {
  const message = Buffer.from(text, 'utf8');
  const nonce = randomBytes(NONCE_BYTES);
  const box = Buffer.from(seal(message, nonce, key));
  return `${message.length}:${nonce.toString('base64')}:${box.toString('base64')}`;
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
  const visit = visitOf(
    socket,
    new Promise((resolve) => socket.once('close', () => resolve())),
    applicationName(text('application_hint') ?? ''),
  );
  /** Asks for the owner, by their own rule for callers without a key; the audit names it as a route. */
  const ask = <T>(route: string, serve: (context: RequestContext) => Promise<T>): Promise<T> =>
    access.enter({ via: 'oidc-agent', route, audited: true, visit }, (entry) => {
      const actor = access.owner('oidc-agent');
      entry.by(actor);
      return serve({ actor, entry, signal, visit });
    });
  try {
    switch (fields['request']) {
      case 'access_token': {
        const issuer = text('issuer');
        const account =
          text('account') ??
          (issuer === undefined ? undefined : byIssuer(keyfob.accounts(), issuer, issuerOf));
        const least = Number(wished);
        if (least === -1 && account !== undefined) {
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
              min_valid: Number.isFinite(least) && least > 0 ? String(Math.floor(least)) : undefined,
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
