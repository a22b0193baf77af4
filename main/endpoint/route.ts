// What a route is: its place, who may call it, the shapes it takes and gives, and what it does. The table of
// routes is read by the handler and by the OpenAPI description alike.
import { parseJson } from '../api/json.ts';
import type { z } from 'zod';

import { KeyfobError } from '../api/errors.ts';
import type { RequestContext } from '../access/index.ts';
import type { EventStreams } from './events.ts';
import { parse } from './parse.ts';
import type { EndpointOptions } from './types.ts';

/** What every route works with. */
export interface EndpointServices extends EndpointOptions {
  readonly streams: EventStreams;
  /** Of the routes, for programs (OpenAPI). */
  description(): unknown;
}

/** Who may call a route: anybody; any actor; any actor, on the socket alone; the owner alone, on the socket. */
export type Audience = 'anybody' | 'actor' | 'actor-on-socket' | 'owner';

/** A request as any server has it. */
export interface PlainRequest {
  readonly params: Readonly<Record<string, string>>;
  /** What stands behind the question mark of its URL. */
  readonly queryText: string;
  /** Aborted when the caller has left; made when it is looked at. */
  readonly signal: AbortSignal;
  /** A header of the request, by its name in small letters; null when it is not there. */
  header(name: string): string | null;
  /** The body as text; at most 256 KiB, else `bad_request` (413). */
  text(): Promise<string>;
}

/** A request after its actor is known, before its shapes are checked. */
export interface RouteRequest extends RequestContext, PlainRequest {
  readonly signal: AbortSignal;
  readonly services: EndpointServices;
}

/** A request whose shapes are checked. */
export interface Call<Q, B> extends RouteRequest {
  readonly query: Q;
  readonly body: B;
}

/** A status with a JSON body (`undefined`: none), a text (`text/plain`), or a whole response. */
export type RouteAnswer =
  | { readonly status: 200 | 201 | 202 | 204; readonly body?: unknown }
  | { readonly status: 200; readonly text: string }
  | Response;

interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{name}` for what varies, as OpenAPI writes it. */
  readonly path: string;
  readonly audience: Audience;
  readonly summary: string;
  /** Successful answers by status; null for one without a JSON body. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** A request that prefers `text/plain` gets that. */
  readonly plainText?: true;
  /** The audit keeps a line of each such request. */
  readonly audited?: boolean;
}

/** A route of any shapes: what `run` is given must have come through `readCall` of this very route. */
export interface Route extends RouteFacts {
  /** `METHOD /path`, as the audit names it. */
  readonly label: string;
  readonly query: z.ZodType;
  readonly body: z.ZodType | null;
  run(call: Call<unknown, unknown>): RouteAnswer | Promise<RouteAnswer>;
}

interface RouteDefinition<Q, B> extends RouteFacts {
  readonly query: z.ZodType<Q>;
  /** Null when the route reads the body by itself, or takes none (GET). */
  readonly body: z.ZodType<B> | null;
  run(call: Call<Q, B>): RouteAnswer | Promise<RouteAnswer>;
}

/** Makes a route; what `run` takes follows from its schemas. */
export function route<Q, B = undefined>(definition: RouteDefinition<Q, B>): Route {
  return { ...definition, label: `${definition.method} ${definition.path}` };
}

/** Checks the query of a request against its route's schema. Throws `bad_request`. */
export function readQuery({ query }: Pick<Route, 'query'>, text: string): unknown {
  let good = goodQueries.get(query);
  if (good === undefined) goodQueries.set(query, (good = new Map<string, unknown>()));
  if (good.has(text)) return good.get(text);
  const read = parse(query, queryOf(new URLSearchParams(text)), 'query');
  if (good.size >= MAX_GOOD) good.clear();
  if (text.length <= MAX_GOOD_LENGTH) good.set(text, Object.freeze(read));
  return read;
}

/** Queries that were read before, by schema and text: the same text is read in the same way each time. */
const goodQueries = new WeakMap<z.ZodType, Map<string, unknown>>();
const MAX_GOOD = 100;
/** Longer ones are read anew. */
const MAX_GOOD_LENGTH = 200;

/** Checks the body of a request against its route's schema. Throws `bad_request`. */
export async function readBody(schema: z.ZodType, request: PlainRequest): Promise<unknown> {
  return parse(schema, jsonOf(await request.text()), 'body');
}

/**
 * Whether an `Accept` header prefers `text/plain` to JSON (RFC 9110 section 12.5.1): by weight, then by order. Both
 * are what a route that has a plain text can answer; without a word of either it is JSON.
 */
export function prefersPlainText(accept: string | null): boolean {
  if (accept === null) return false;
  let best = { plain: false, weight: 0 };
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((each) => each.trim());
    if (!['text/plain', 'text/*', 'application/json', 'application/*', '*/*'].includes(type)) continue;
    const stated = parameters.find((each) => each.startsWith('q='));
    const weight = stated === undefined ? 1 : Number(stated.slice(2));
    if (weight > best.weight) best = { plain: type.startsWith('text/'), weight };
  }
  return best.plain;
}

/** The query as an object. Throws `bad_request` for a parameter that is given twice. */
function queryOf(search: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of search) {
    if (Object.hasOwn(query, name)) throw new KeyfobError('parameter_twice', {});
    query[name] = value;
  }
  return { ...query };
}

/** The body as JSON; an empty one is an empty object. Throws `bad_request`. */
function jsonOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return parseJson(text);
  } catch {
    throw new KeyfobError('body_not_json', {});
  }
}

/** The part of a path that a route's pattern names. */
export function param(request: RouteRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new TypeError(`the route has no {${name}}`);
  return value;
}
