// The endpoint as a function from Request to Response: no port, no socket, no file.
//
// Invariants: who asks is settled before what is asked is looked at; every answer bears no-store and
// nosniff and never a CORS header; every error leaves as a problem document; a key counts in the
// Authorization header alone. What was refused is counted, and audited without letting a flood of refusals
// push the real lines out.
import { Hono } from 'hono';

import { KeyfobError, toProblem } from '../core/errors.ts';
import type { KeyfobEvent } from '../api/events.ts';
import { statusOf, type ErrorCode } from '../api/codes.ts';
import type { ProblemDocument } from '../api/problem.ts';
import { createApprovals } from './approvals.ts';
import type { Approvals } from './approvals.ts';
import { LOCAL, createClients } from './clients.ts';
import type { Clients } from './clients.ts';
import { createEventStreams } from './events.ts';
import { createLateLines } from './late-lines.ts';
import type { EventStreams } from './events.ts';
import { describe } from './openapi.ts';
import { createPairings } from './pairings.ts';
import type { Answer, Rooms, Route } from './route.ts';
import { nothing } from '../api/common.ts';
import { route } from './route.ts';
import { pairingRoutes } from './routes/pairing.ts';
import { personRoutes } from './routes/person.ts';
import { notServed, tokenRoutes } from './routes/tokens.ts';
import { transferRoutes } from './routes/transfer.ts';
import { isOwn } from './types.ts';
import type { Caller, Door, EndpointOptions } from './types.ts';
import { applicationName } from './visitor.ts';
import type { Visit } from './visitor.ts';
import { z } from 'zod';

/** Bytes that a body may have. */
export const BODY_LIMIT = 256 * 1024;
/** Lines a minute that the audit keeps of requests nobody could be made out for. */
const NAMELESS_LINES = 30;

export interface Handler {
  /** Answers a request that came through a door; the wall has let it pass. Never rejects. */
  fetch(request: Request, door: Door, visit?: Visit): Promise<Response>;
  /** The answer to a request that was turned away before this; counts and audits it. */
  refuse(error: KeyfobError, door: Door, method: string, path: string, visit?: Visit): Response;
  readonly routes: readonly Route[];
  readonly clients: Clients;
  readonly approvals: Approvals;
  readonly streams: EventStreams;
  /** Stops listening to the core, ends streams, refuses what waits for approval, flushes clients and audit. */
  close(): Promise<void>;
}

type OriginEvent = Extract<KeyfobEvent, { type: 'account.origin_refused' | 'account.origin_allowed' }>;

interface Bindings {
  door: Door;
  visit: Visit | undefined;
}

/** Turns an error into a problem document (RFC 9457) with its headers; a `status` of its own goes before the code's. */
export function problemResponse(
  thrown: unknown,
  status?: number,
  headers: Record<string, string> = {},
): Response {
  const problem = toProblem(thrown);
  const { code, retry_after: retryAfter } = problem;
  const document: ProblemDocument = {
    type: `urn:keyfob:${code}`,
    title: code.replaceAll('_', ' '),
    status: status ?? statusOf(code),
    ...problem,
  };
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: {
      ...headers,
      'Content-Type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfter)) }),
      ...(code === 'client_key_required' ? { 'WWW-Authenticate': 'Bearer realm="keyfob"' } : {}),
      ...SAFE_HEADERS,
    },
  });
}

const SAFE_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Makes the handler and what belongs to it. */
export function createHandler(options: EndpointOptions): Handler {
  const { keyfob, clock, audit } = options;
  const clients = createClients(options.clients, clock);
  const approvals = createApprovals(clock);
  const streams = createEventStreams(clock);
  const refusals: Record<string, number> = {};
  let minute = 0;
  let nameless = 0;

  const withVisitor = createLateLines();
  const pairings = createPairings({
    approvals,
    clients,
    clock,
    checkAccount: (name) => keyfob.account(name),
  });

  const rooms: Rooms = {
    options,
    clients,
    approvals,
    streams,
    pairings,
    refused: () => ({ ...refusals }),
  };
  const routes: Route[] = [
    ...tokenRoutes,
    route({
      method: 'GET',
      path: '/v1/openapi.json',
      access: 'open',
      summary: 'This description',
      query: nothing,
      body: null,
      answers: { 200: z.looseObject({}) },
      run: () => ({ status: 200, body: description() }),
    }),
    ...pairingRoutes,
    ...personRoutes,
    ...transferRoutes,
  ];
  let described: unknown;
  const description = (): unknown => (described ??= describe(routes, options.version));

  const stops = [
    keyfob.on((event) => {
      if (event.type === 'vault.locked') approvals.forget();
      if (event.type === 'account.removed') approvals.forget({ account: event.account });
      if (event.type === 'account.origin_refused' || event.type === 'account.origin_allowed')
        recordOrigin(event);
      streams.send(event);
    }),
    audit.on((line) => streams.send({ type: 'audit', ...line })),
    approvals.on((event) => streams.send(event)),
    clients.onRemoved((name) => {
      approvals.forget({ client: name });
      streams.end(name);
    }),
  ];

  const providerOf = (account: string): string | null =>
    keyfob.accounts().find(({ name }) => name === account)?.provider ?? null;

  const record = (line: {
    readonly door: Door;
    readonly route: string;
    readonly client: string | null;
    readonly account: string | null;
    /** The account's provider before the request, which may have removed it. */
    readonly was?: string | null;
    readonly application?: string | null;
    readonly outcome: 'ok' | ErrorCode;
    readonly visit: Visit | undefined;
  }): void => {
    const { door, client, account, was = null, application = null, outcome, visit } = line;
    if (client === null) {
      const now = Math.floor(clock.wall() / 60_000);
      if (now !== minute) [minute, nameless] = [now, 0];
      nameless += 1;
      if (nameless > NAMELESS_LINES) return;
    }
    const provider = (account === null ? null : providerOf(account)) ?? was;
    // What is the name of no account may be anything: a token or a key in the wrong place.
    const known = provider === null ? null : account;
    const at = Math.floor(clock.wall() / 1000);
    const told = application === null ? {} : { application };
    audit.record(
      withVisitor({ at, client, door, account: known, provider, route: line.route, outcome, ...told }, visit),
    );
  };

  /** A line of its own: the one of the request or call behind it, where there is one, does not name the origin. */
  const recordOrigin = ({ type, account, origin }: OriginEvent): void => {
    const refused = type === 'account.origin_refused';
    audit.record({
      at: Math.floor(clock.wall() / 1000),
      client: refused ? null : LOCAL,
      door: 'keyfob',
      account,
      provider: providerOf(account),
      route: type,
      outcome: refused ? 'not_permitted' : 'ok',
      origin,
    });
  };

  const count = (code: ErrorCode): boolean => {
    if (!REFUSALS.has(code)) return false;
    refusals[code] = (refusals[code] ?? 0) + 1;
    return true;
  };

  const serve = async (
    found: Route,
    request: Request,
    { door, visit }: Bindings,
    params: Record<string, string>,
  ): Promise<Response> => {
    let client: string | null = null;
    let account: string | null = null;
    let was: string | null = null;
    let application: string | null = null;
    let kept = found.audited === true;
    const label = `${found.method} ${found.path}`;
    const keep = (outcome: 'ok' | ErrorCode): void =>
      record({ door, route: label, client, account, was, application, outcome, visit });
    try {
      const caller = identify(clients, request, door, found.access);
      if (caller !== NOBODY) client = caller.name;
      admit(found, caller, door);
      const url = new URL(request.url);
      const answer = await found.handle({
        rooms,
        caller,
        door,
        params,
        search: url.searchParams,
        signal: request.signal,
        visit,
        header: (name) => request.headers.get(name),
        text: () => readText(request),
        concerns: (name) => {
          account = name;
          was = providerOf(name);
        },
        keep(who) {
          if ('client' in who) client = who.client;
          else application = applicationName(who.application);
          kept = true;
        },
      });
      if (kept) keep('ok');
      return respond(answer);
    } catch (thrown) {
      const { code } = toProblem(thrown);
      const refused = count(code);
      if (refused || kept) keep(code);
      return problemResponse(thrown, thrown instanceof TooLarge ? 413 : undefined);
    }
  };

  const app = new Hono<{ Bindings: Bindings }>();
  const methods = new Map<string, string[]>();
  for (const each of routes) {
    const path = each.path.replaceAll(/\{(\w+)\}/g, ':$1');
    methods.set(path, [...(methods.get(path) ?? []), each.method]);
    app.on(each.method, path, (c) => serve(each, c.req.raw, c.env, c.req.param()));
  }
  // Paths and methods that are not served are told to those alone who may ask at all.
  const unserved = (
    request: Request,
    { door, visit }: Bindings,
    allow: readonly string[] | null,
  ): Response => {
    try {
      identify(clients, request, door, 'caller');
    } catch (thrown) {
      const { code } = toProblem(thrown);
      count(code);
      record({ door, route: 'other', client: null, account: null, outcome: code, visit });
      return problemResponse(thrown);
    }
    return allow === null
      ? problemResponse(notServed('path'), 404)
      : problemResponse(notServed('method'), 405, { Allow: allow.join(', ') });
  };
  for (const [path, allow] of methods) app.all(path, (c) => unserved(c.req.raw, c.env, allow));
  app.notFound((c) => unserved(c.req.raw, c.env, null));
  app.onError((thrown) => problemResponse(thrown));

  return {
    async fetch(request, door, visit) {
      try {
        // Hono would answer HEAD by running GET: a token would be fetched, a stream opened, for nobody.
        if (request.method === 'HEAD' && new URL(request.url).pathname !== '/v1/health')
          return unserved(request, { door, visit }, ['GET']);
        return await app.fetch(request, { door, visit });
      } catch (thrown) {
        return problemResponse(thrown);
      }
    },
    refuse(error, door, method, path, visit) {
      count(error.code);
      const plain = path.split('?')[0] ?? '';
      const found = routes.find((each) => each.method === method && each.path === plain);
      const label = found === undefined ? 'other' : `${found.method} ${found.path}`;
      record({ door, route: label, client: null, account: null, outcome: error.code, visit });
      return problemResponse(error);
    },
    routes,
    clients,
    approvals,
    streams,
    async close() {
      for (const stop of stops) stop();
      approvals.close();
      streams.end();
      await Promise.allSettled([clients.flush(), audit.close()]);
    },
  };
}

/** Codes that count as turned away. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'wrong_host',
  'browser_refused',
  'client_key_required',
  'too_many_attempts',
  'not_permitted',
]);

const PERSON: Caller = { name: LOCAL, local: true, accounts: null, scopes: null, approve: 'always' };
const NOBODY: Caller = { name: 'anybody', local: false, accounts: [], scopes: [], approve: 'always' };

/** Whose request it is. Throws `client_key_required`, `too_many_attempts`. */
function identify(clients: Clients, request: Request, door: Door, access: Route['access']): Caller {
  if (access === 'open') return NOBODY;
  const authorization = request.headers.get('authorization');
  const key = authorization === null ? null : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (typeof key === 'string') return clients.authenticate(key);
  if (authorization === null && isOwn(door)) return PERSON;
  throw new KeyfobError('client_key_required', 'A client key is needed here.', {
    hint: 'Make one with `keyfob client add NAME` and send it as `Authorization: Bearer kf_…`.',
  });
}

/** Throws `not_permitted` when a route is not for this caller or this door. */
function admit(found: Route, caller: Caller, door: Door): void {
  if (found.access === 'open' || found.access === 'caller') return;
  if (!isOwn(door))
    throw new KeyfobError('not_permitted', 'This is done over the socket alone.', {
      hint: 'Use the `keyfob` command, or ask on the socket that `keyfob status` names.',
    });
  if (found.access === 'person' && !caller.local)
    throw new KeyfobError('not_permitted', 'A client key is not enough for this.', {
      hint: 'Use the `keyfob` command, or ask on the socket without a key.',
    });
}

class TooLarge extends KeyfobError {
  constructor() {
    super('bad_request', `The body is larger than ${BODY_LIMIT / 1024} KiB.`, { hint: 'Send less.' });
  }
}

/** The body as text. Throws `bad_request` (413) beyond the limit, or when it is not UTF-8. */
async function readText(request: Request): Promise<string> {
  if (request.body === null) return '';
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT) throw new TooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) throw new TooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new KeyfobError('bad_request', 'The body cannot be taken: it is not UTF-8.', {
      hint: 'Send JSON in UTF-8.',
    });
  }
}

function respond(answer: Answer): Response {
  if (answer instanceof Response) {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) answer.headers.set(name, value);
    return answer;
  }
  const headers = {
    ...SAFE_HEADERS,
    ...(answer.status === 204 ? {} : { 'Content-Type': 'application/json' }),
  };
  return new Response(answer.status === 204 ? null : JSON.stringify(answer.body), {
    status: answer.status,
    headers,
  });
}
