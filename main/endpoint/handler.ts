// The endpoint as a function from Request to Response: no port, no socket, no file. `serve` is the same for a request
// whose route is known already (short-way.ts).
//
// Invariants: who asks is settled before what is asked is looked at; every answer bears no-store and
// nosniff and never a CORS header; every error leaves as a problem document; a key counts in the
// Authorization header alone. Every request is audited by a line or counted (access/line-budget.ts).
import { Hono } from 'hono';

import type { Actor, Entry } from '../access/index.ts';
import type { Peer } from '../platform/peer-process.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import type { EndpointEvent } from '../api/events.ts';
import { createEventStreams } from './events.ts';
import type { EventStreams } from './events.ts';
import { eventAnswer } from './sentences.ts';
import { describe } from './openapi.ts';
import { problemAnswer, problemResponse, responseOf, wholeAnswer, type WholeAnswer } from './response.ts';
import { readBody, readQuery } from './route.ts';
import type { Call, EndpointServices, PlainRequest, Route } from './route.ts';
import { routes } from './routes/index.ts';
import { isOwn } from './types.ts';
import type { HttpListener, EndpointOptions } from './types.ts';

/** Bytes that a body may have. */
const BODY_LIMIT = 256 * 1024;

export interface Handler {
  /** Answers a request of a listener that hostGuard has let pass. Never rejects. */
  fetch(request: Request, listener: HttpListener, peer?: Peer): Promise<Response>;
  /** As `fetch`, of a route: says who asks, judges and runs it. Never rejects. */
  serve(found: Route, asked: PlainRequest, bindings: Bindings): Promise<WholeAnswer | Response>;
  /** The answer to a request that was turned away before this; counts and audits it. */
  refuse(error: KeyfobError, listener: HttpListener, method: string, path: string, peer?: Peer): Response;
  readonly routes: readonly Route[];
  readonly streams: EventStreams;
  /** Stops listening to the core and ends streams. */
  close(): void;
}

/** Where a request came in, and from whom. */
export interface Bindings {
  readonly listener: HttpListener;
  readonly peer: Peer | undefined;
}

/** Makes the handler and what belongs to it. */
export function createHandler(options: EndpointOptions): Handler {
  const { keyfob, access } = options;
  const streams = createEventStreams(options.clock, access.clients);
  let described: unknown;
  const services: EndpointServices = {
    ...options,
    streams,
    description: () => (described ??= describe(routes, options.version)),
  };

  const tell = (event: EndpointEvent): void => {
    streams.send(event);
    options.hooks.hear(event);
  };
  const stops = [
    keyfob.on((event) => tell(eventAnswer(event))),
    access.audit.on((line) => tell({ type: 'audit', ...line })),
    access.approvals.on(tell),
    access.clients.onRemoved((name) => streams.end(name)),
  ];

  const serve: Handler['serve'] = async (found, asked, { listener, peer }) => {
    try {
      const audited = found.audited === true;
      return await access.enter({ via: listener, route: found.label, audited, peer }, async (entry) => {
        const actor = identify(options, asked.header('authorization'), listener, found.audience);
        if (found.audience !== 'anybody') entry.by(actor);
        admit(found, actor, listener);
        const call = new IdentifiedCall(asked, services, actor, entry, peer);
        call.query = readQuery(found, asked.queryText);
        if (found.body !== null) call.body = await readBody(found.body, asked);
        return wholeAnswer(await found.run(call));
      });
    } catch (thrown) {
      return problemAnswer(thrown, thrown instanceof TooLarge ? 413 : undefined);
    }
  };

  const serveRequest = async (
    found: Route,
    request: Request,
    bindings: Bindings,
    params: Record<string, string>,
  ): Promise<Response> => {
    const asked: PlainRequest = {
      params,
      queryText: new URL(request.url).search.slice(1),
      signal: request.signal,
      header: (name) => request.headers.get(name),
      text: () => readText(request),
    };
    const answer = await serve(found, asked, bindings);
    return answer instanceof Response ? answer : responseOf(answer);
  };

  const app = new Hono<{ Bindings: Bindings }>();
  const methods = new Map<string, string[]>();
  for (const each of routes) {
    const path = each.path.replaceAll(/\{(\w+)\}/g, ':$1');
    methods.set(path, [...(methods.get(path) ?? []), each.method]);
    app.on(each.method, path, (c) => serveRequest(each, c.req.raw, c.env, c.req.param()));
  }
  // Paths and methods that are not served are told to those alone who may ask at all.
  const unserved = (
    request: Request,
    { listener, peer }: Bindings,
    allow: readonly string[] | null,
  ): Response => {
    try {
      identify(options, request.headers.get('authorization'), listener, 'actor');
    } catch (thrown) {
      access.refuse({ via: listener, route: 'other', peer }, toProblem(thrown).code);
      return problemResponse(thrown);
    }
    return allow === null
      ? problemResponse(new KeyfobError('unknown_route', {}), 404)
      : problemResponse(new KeyfobError('wrong_method', {}), 405, ['allow', allow.join(', ')]);
  };
  for (const [path, allow] of methods) app.all(path, (c) => unserved(c.req.raw, c.env, allow));
  app.notFound((c) => unserved(c.req.raw, c.env, null));
  app.onError((thrown) => problemResponse(thrown));

  return {
    async fetch(request, listener, peer) {
      try {
        // Hono would answer HEAD by running GET: a token would be fetched, a stream opened, for nobody.
        if (request.method === 'HEAD' && new URL(request.url).pathname !== '/v1/health')
          return unserved(request, { listener, peer }, ['GET']);
        return await app.fetch(request, { listener, peer });
      } catch (thrown) {
        return problemResponse(thrown);
      }
    },
    serve,
    refuse(error, listener, method, path, peer) {
      const plain = path.split('?')[0] ?? '';
      const found = routes.find((each) => each.method === method && each.path === plain);
      access.refuse({ via: listener, route: found?.label ?? 'other', peer }, error.code);
      return problemResponse(error);
    },
    routes,
    streams,
    close() {
      for (const stop of stops) stop();
      streams.end();
    },
  };
}

/** A request whose caller is known; its query and body are put to it once they are checked. */
class IdentifiedCall implements Call<unknown, unknown> {
  readonly #asked: PlainRequest;
  readonly services: EndpointServices;
  readonly actor: Actor;
  readonly entry: Entry;
  readonly peer: Peer | undefined;
  readonly params: PlainRequest['params'];
  readonly queryText: string;
  query: unknown;
  body: unknown;

  constructor(
    asked: PlainRequest,
    services: EndpointServices,
    actor: Actor,
    entry: Entry,
    peer: Peer | undefined,
  ) {
    this.#asked = asked;
    this.services = services;
    this.actor = actor;
    this.entry = entry;
    this.peer = peer;
    this.params = asked.params;
    this.queryText = asked.queryText;
    this.query = undefined;
    this.body = undefined;
  }

  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  header(name: string): string | null {
    return this.#asked.header(name);
  }

  text(): Promise<string> {
    return this.#asked.text();
  }
}

/** Whose request it is. Throws `client_key_required`, `too_many_attempts`. */
function identify(
  { access }: EndpointOptions,
  authorization: string | null,
  via: HttpListener,
  audience: Route['audience'],
): Actor {
  if (audience === 'anybody')
    return { kind: 'client', name: 'anybody', via, accounts: [], scopes: [], approve: 'always' };
  const key = authorization === null ? null : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (typeof key === 'string') return access.client(key, via);
  if (authorization === null && isOwn(via)) return access.owner(via);
  throw new KeyfobError('client_key_missing', {}, { action: { type: 'send_client_key', params: {} } });
}

/** Throws `not_permitted` when a route is not for this actor or not on this listener. */
function admit(found: Route, actor: Actor, via: HttpListener): void {
  if (found.audience === 'anybody' || found.audience === 'actor') return;
  if (!isOwn(via))
    throw new KeyfobError('socket_only', {}, { action: { type: 'ask_on_socket', params: {} } });
  if (found.audience === 'owner' && actor.kind !== 'owner') throw new KeyfobError('owner_only', {});
}

class TooLarge extends KeyfobError {
  constructor() {
    super('body_too_large', { kib: BODY_LIMIT / 1024 });
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
    throw new KeyfobError('body_not_utf8', {});
  }
}
