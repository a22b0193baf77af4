// Everything that somebody asks of Keyfob goes through here, whichever way it came: the endpoint's sockets,
// oidc-agent's, the window, the tray. Who asks is an argument; permission, approval and audit stand in one place.
//
// Invariants: a client gets nothing of an account or a scope that it may not use, and the same answer whether
// the account is there or not; a person is asked before anything is done; a client that was removed while it
// waited gets nothing.
import type { TokenAnswer } from '../api/accounts.ts';
import type { Listener } from '../api/audit.ts';
import type { ApprovalAction, Approve } from '../api/clients.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Clock } from '../oauth/ports.ts';
import type { TokenRequest } from '../accounts/views.ts';
import { ownerVia, permitAccount, permitScope, type Actor } from './actor.ts';
import { createApprovals, type Approvals, type Wish } from './approvals.ts';
import type { Audit } from './audit.ts';
import { createClients, type Clients, type ClientStore } from './clients.ts';
import { createLedger, ownText, type AuditedRequest, type Entry, type Ledger } from './ledger.ts';
import { createPairings, type Pairings } from './pairings.ts';
import type { Peer } from '../platform/peer-process.ts';

export interface AccessOptions {
  readonly keyfob: Keyfob;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly clients: ClientStore;
  /** The person's own rule for callers on the socket without a key; `always` when left out. */
  localApproval?(): Approve;
  /** Hears of what was thrown and is no KeyfobError. */
  unexpected?(thrown: unknown): void;
}

/** One request while it is served. */
export interface RequestContext {
  readonly actor: Actor;
  readonly entry: Entry;
  /** Aborted when the caller has left. */
  readonly signal?: AbortSignal;
  readonly peer?: Peer | undefined;
}

/** What the owner does at the window or the tray. */
export interface OwnerAsks extends Omit<AuditedRequest, 'peer'> {
  /** The account that it is about, or null. */
  readonly account: string | null;
}

export interface Access extends Ledger {
  readonly clients: Clients;
  readonly approvals: Approvals;
  readonly pairings: Pairings;
  readonly audit: Audit;
  /** The owner without a key, on a socket of their own: their own rule for such callers holds. */
  owner(via: Listener): Actor;
  /** Does something for the owner at the window or the tray, and keeps its line. Rejects as `serve` does. */
  byOwner<T>(asked: OwnerAsks, serve: (context: RequestContext) => T | Promise<T>): Promise<T>;
  /** The client whose key this is. Throws `client_key_required`, `too_many_attempts`. */
  client(key: string, via: Listener): Actor;
  /** A token for the actor. Throws `not_permitted`, and what `keyfob.token` throws. */
  token(request: TokenRequest, context: RequestContext): Promise<TokenAnswer>;
  /**
   * Lets the actor do something to an account, which is there. Throws `not_permitted`, `no_such_account`; a
   * person is asked for the action where the actor's rule says so, but with `permit`.
   */
  admit(
    account: string,
    context: RequestContext,
    action: Exclude<ApprovalAction, 'token' | 'export'> | 'permit',
  ): Promise<void>;
  /** Lets all secrets leave at once: never remembered. Throws `not_permitted`. */
  admitExport(context: RequestContext): Promise<void>;
  /** Stops listening to the core, refuses what waits for a person, writes down clients and audit. */
  close(): Promise<void>;
}

/** What a person sees in the question whether all secrets may leave. */
const ALL_SECRETS = '(the secrets of all accounts)';

/** Characters of a path of an API that a line keeps. */
const maxPathInLine = 200;

/** To try again and answer in time. */
const answerInTime = { type: 'answer_approval', params: {} } as const;

/** The request to an API that a token is for, as a line has it. */
function requestInLine(whole: string, method: string | undefined): string {
  // What is not repeated goes first: the beginning of a token is not known for one.
  const path = ownText(whole).slice(0, maxPathInLine);
  return method === undefined ? path : `${ownText(method)} ${path}`;
}

export function createAccess(options: AccessOptions): Access {
  const { keyfob, clock, audit } = options;
  const clients = createClients(options.clients, clock);
  const approvals = createApprovals(clock);
  const pairings = createPairings({
    approvals,
    clients,
    clock,
    checkAccount: (name) => keyfob.account(name),
  });
  const ledger = createLedger({ keyfob, audit, clock, unexpected: options.unexpected });
  const dropAccount = (name: string): void => {
    // What cannot be written now is written with the next change; in memory it holds at once.
    clients.dropAccount(name).catch(() => undefined);
  };
  const ends = [
    keyfob.on((event) => {
      if (event.type === 'vault.locked') approvals.forget();
      if (event.type === 'account.removed') approvals.forget({ account: event.account });
      // Whoever may use it hears that it is gone, and then nothing more.
      if (event.type === 'account.removed') queueMicrotask(() => dropAccount(event.account));
      if (event.type === 'account.added') dropAccount(event.account);
      if (event.type === 'account.origin_refused' || event.type === 'account.origin_allowed')
        ledger.enterOrigin(event);
    }),
    clients.onRemoved((client) => approvals.forget({ client })),
  ];

  /** Throws `not_permitted` when the client was removed, or its key ended, while its request was under way. */
  const stillThere = (actor: Actor): void => {
    if (clients.holds(actor)) return;
    throw new KeyfobError(
      'client_removed',
      { client: actor.name },
      { action: { type: 'make_client', params: {} } },
    );
  };

  const approve = async (
    wish: Omit<Wish, 'client'>,
    { actor, signal, peer }: RequestContext,
    application?: string,
  ): Promise<void> => {
    const { name: client } = actor;
    const answer = await approvals.ask({ client, ...wish }, actor.approve, { signal, peer, application });
    if (answer === 'no') throw new KeyfobError('request_refused', { client });
    if (answer === 'timeout')
      throw new KeyfobError('request_unanswered', { client }, { action: answerInTime });
    stillThere(actor);
  };

  const permit = (account: string, { actor, entry }: RequestContext): void => {
    entry.concerns(account);
    permitAccount(actor, account);
    // A name that is not there is told before a person is asked about it.
    keyfob.accountProvider(account);
  };

  return {
    ...ledger,
    clients,
    approvals,
    pairings,
    audit,
    owner: (via) => ownerVia(via, options.localApproval?.()),
    byOwner: ({ account, ...asked }, serve) =>
      ledger.enter(asked, (entry) => {
        const actor = ownerVia(asked.via);
        entry.by(actor);
        if (account !== null) entry.concerns(account);
        return serve({ actor, entry });
      }),
    client: (key, via) => clients.authenticate(key, via),
    async admit(account, context, action) {
      permit(account, context);
      if (action !== 'permit') await approve({ account, action, scope: null, audience: null }, context);
    },
    async token(request, context) {
      const { actor, entry } = context;
      const { scope = null, audience = null, application } = request;
      if (application !== undefined) entry.keep({ application });
      entry.wants({ scope, audience });
      if (request.path !== undefined) entry.about(requestInLine(request.path, request.method));
      const account = request.account ?? keyfob.selected(request.provider);
      if (request.scope !== undefined) permitScope(actor, request.scope);
      // An ID token says who the person is, whatever the access token beside it may do.
      if (request.idToken !== undefined) permitScope(actor, 'openid');
      if (account !== null) {
        permit(account, context);
        // Whoever need not be asked is looked at again below; each wait costs, and this is asked all day.
        if (actor.approve !== 'always') {
          const idToken = request.idToken !== undefined;
          await approve({ account, action: 'token', scope, audience, idToken }, context, application);
        }
      }
      const answer = await keyfob.token(account === null ? request : { ...request, account });
      // What was selected meanwhile is not what was looked at above.
      entry.concerns(answer.account);
      permitAccount(actor, answer.account);
      permitScope(actor, answer.scope);
      stillThere(actor);
      if (answer.id_token !== undefined) entry.givesIdToken();
      return answer;
    },
    async admitExport({ actor, signal }) {
      const rule = actor.approve === 'always' ? 'always' : 'ask';
      const wish = { action: 'export', account: ALL_SECRETS, scope: null, audience: null } as const;
      if ((await approvals.ask({ client: actor.name, ...wish }, rule, { signal })) === 'yes') return;
      throw new KeyfobError('export_refused', {}, { action: answerInTime });
    },
    async close() {
      for (const end of ends) end();
      approvals.close();
      ledger.flushCounted();
      await Promise.allSettled([clients.flush(), audit.close()]);
    },
  };
}
