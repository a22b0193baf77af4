// What a route is: its place, who may call it, the shapes it takes and gives, and what it does. The table of
// routes is read by the handler and by the OpenAPI description alike.
import type { z } from 'zod';

import { KeyfobError } from '../core/errors.ts';
import type { Approvals } from './approvals.ts';
import type { Clients } from './clients.ts';
import type { EventStreams } from './events.ts';
import type { Pairings } from './pairings.ts';
import type { Caller, Door, EndpointOptions } from './types.ts';
import { parse } from './parse.ts';
import type { Visit } from './visitor.ts';

/** What every route works with. */
export interface Rooms {
  readonly options: EndpointOptions;
  readonly clients: Clients;
  readonly approvals: Approvals;
  readonly streams: EventStreams;
  readonly pairings: Pairings;
  /** Requests turned away since the start, by code. */
  refused(): Record<string, number>;
}

/**
 * Who may call a route: anybody; any caller; any caller, on the socket alone; the person alone (client
 * `local` on the socket).
 */
export type Access = 'open' | 'caller' | 'caller-on-socket' | 'person';

/** A request after its caller is known, before its shapes are checked. */
export interface RouteRequest {
  readonly rooms: Rooms;
  readonly caller: Caller;
  readonly door: Door;
  readonly params: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
  readonly signal: AbortSignal;
  /** Who is at the other end; undefined where there is no connection. */
  readonly visit: Visit | undefined;
  /** A header of the request, by its name in small letters; null when it is not there. */
  header(name: string): string | null;
  /** The body as text; at most 256 KiB, else `bad_request` (413). */
  text(): Promise<string>;
  /** Tells the audit which account the request is about. */
  concerns(account: string): void;
  /** Has the audit keep a line of this request: of a client, or of a program that only says its name. */
  keep(who: { readonly client: string } | { readonly application: string }): void;
}

export interface Call<Q, B> extends RouteRequest {
  readonly query: Q;
  readonly body: B;
}

/** A status with a JSON body (`undefined`: none), or a whole response. */
export type Answer = { readonly status: 200 | 201 | 202 | 204; readonly body?: unknown } | Response;

interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{name}` for what varies, as OpenAPI writes it. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  /** Successful answers by status; null for one without a JSON body. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** The audit keeps a line of each such request. */
  readonly audited?: boolean;
}

export interface Route extends RouteFacts {
  readonly query: z.ZodType;
  readonly body: z.ZodType | null;
  handle(request: RouteRequest): Promise<Answer>;
}

interface RouteDefinition<Q, B> extends RouteFacts {
  readonly query: z.ZodType<Q>;
  /** Null when the route reads the body by itself, or takes none (GET). */
  readonly body: z.ZodType<B> | null;
  run(call: Call<Q, B>): Answer | Promise<Answer>;
}

/** Makes a route whose query and body are checked before it runs. */
export function route<Q, B = undefined>(definition: RouteDefinition<Q, B>): Route {
  return {
    ...definition,
    async handle(request) {
      const query = parse(definition.query, queryOf(request.search), 'query');
      const { body: schema } = definition;
      // Without a schema B is undefined: nothing else can have been inferred for it.
      const body = schema === null ? (undefined as B) : parse(schema, jsonOf(await request.text()), 'body');
      return definition.run({ ...request, query, body });
    },
  };
}

/** The query as an object. Throws `bad_request` for a parameter that is given twice. */
function queryOf(search: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of search) {
    if (Object.hasOwn(query, name))
      throw new KeyfobError('bad_request', 'The query cannot be taken: a parameter is given twice.', {
        hint: 'Give each parameter once.',
      });
    query[name] = value;
  }
  return { ...query };
}

/** The body as JSON; an empty one is an empty object. Throws `bad_request`. */
function jsonOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw new SyntaxError('__proto__');
      return value;
    });
  } catch {
    throw new KeyfobError('bad_request', 'The body cannot be taken: it is not JSON.', {
      hint: 'Send a JSON object, as `Content-Type: application/json`.',
    });
  }
}

/** Throws `not_permitted` unless the caller may use the account; says the same whether there is one or not. */
export function permit(caller: Caller, account: string): void {
  if (caller.accounts === null || caller.accounts.includes(account)) return;
  throw new KeyfobError('not_permitted', `The client ${caller.name} may not use this account.`, {
    hint: 'Ask for one of its own (GET /v1/accounts), or make a client that may with `keyfob client add`.',
  });
}

/**
 * Throws `not_permitted` unless every word of a scope is one that the caller may get. A token whose scope is
 * not known is none for a caller with limits.
 */
export function permitScope(caller: Caller, scope: string | null): void {
  const { name, scopes } = caller;
  if (scopes === null) return;
  const words = scope?.split(' ').filter((word) => word !== '') ?? [];
  if (words.length > 0 && words.every((word) => scopes.includes(word))) return;
  throw new KeyfobError('not_permitted', `The client ${name} may not get a token with this scope.`, {
    hint: `Ask for one of its own with scope=: ${scopes.join(' ')}.`,
  });
}

/**
 * Asks the person when the caller's rule says so. Throws `not_permitted` for a no, for no answer in time,
 * and for a client that was removed meanwhile.
 */
export async function approved(request: RouteRequest, account: string): Promise<void> {
  const { caller, rooms, signal } = request;
  const rule = caller.local ? (rooms.options.localApproval?.() ?? 'always') : caller.approve;
  const answer = await rooms.approvals.ask(caller.name, account, rule, signal, request.visit);
  if (answer === 'no')
    throw new KeyfobError('not_permitted', `The request of ${caller.name} was not allowed.`, {
      hint: 'The person at this machine said no; ask them.',
    });
  if (answer === 'timeout')
    throw new KeyfobError('not_permitted', `Nobody answered the request of ${caller.name} in time.`, {
      hint: 'Try again and answer it within 60 s, with `keyfob approve`.',
    });
  stillHere(request);
}

/** Throws `not_permitted` when the caller's client was removed while its request was under way. */
export function stillHere({ rooms, caller }: RouteRequest): void {
  if (rooms.clients.holds(caller)) return;
  throw new KeyfobError('not_permitted', `The client ${caller.name} was removed.`, {
    hint: 'Make a new key with `keyfob client add`.',
  });
}

/** The part of a path that a route's pattern names. */
export function param(request: RouteRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new TypeError(`the route has no {${name}}`);
  return value;
}
