// What a route is: its place, who may call it, the shapes it takes and gives, and what it does. The table of
// routes is read by the handler and by the OpenAPI description alike.
import type { z } from 'zod';

import { KeyfobError } from '../api/errors.ts';
import type { Serving } from '../access/index.ts';
import type { EventStreams } from './events.ts';
import { parse } from './parse.ts';
import type { EndpointOptions } from './types.ts';

/** What every route works with. */
export interface EndpointServices extends EndpointOptions {
  readonly streams: EventStreams;
}

/** Who may call a route: anybody; any actor; any actor, on the socket alone; the owner alone, on the socket. */
export type Audience = 'anybody' | 'actor' | 'actor-on-socket' | 'owner';

/** A request after its actor is known, before its shapes are checked. */
export interface RouteRequest extends Serving {
  readonly signal: AbortSignal;
  readonly services: EndpointServices;
  readonly params: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
  /** A header of the request, by its name in small letters; null when it is not there. */
  header(name: string): string | null;
  /** The body as text; at most 256 KiB, else `bad_request` (413). */
  text(): Promise<string>;
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
  readonly audience: Audience;
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
    if (Object.hasOwn(query, name)) throw new KeyfobError('parameter_twice', {});
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
    throw new KeyfobError('body_not_json', {});
  }
}

/** The part of a path that a route's pattern names. */
export function param(request: RouteRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new TypeError(`the route has no {${name}}`);
  return value;
}
