// The OpenAPI 3.1 description of the endpoint, made from the table of routes and their schemas.
import { z } from 'zod';

import { problemDocument } from '../api/problem.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return json;
}

function parameters(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = schemaOf(route.query, 'input');
  const properties = (query['properties'] ?? {}) as Record<string, Json>;
  const required = (query['required'] ?? []) as string[];
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
  return [...inPath, ...inQuery];
}

function contentOf(status: number, schema: z.ZodType | null, plainText: boolean): Json {
  const text = { schema: { type: 'string' } };
  if (schema !== null) {
    const json = { schema: schemaOf(schema, 'output') };
    return { content: { 'application/json': json, ...(plainText ? { 'text/plain': text } : {}) } };
  }
  return status === 204 ? {} : { content: { 'text/event-stream': text } };
}

function operation(route: Route): Json {
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    {
      description: status === '204' ? 'Done' : route.summary,
      ...contentOf(Number(status), schema, route.plainText === true),
    },
  ]);
  const body =
    route.method === 'GET'
      ? {}
      : {
          requestBody: {
            required: false,
            content: {
              'application/json': { schema: route.body === null ? {} : schemaOf(route.body, 'input') },
            },
          },
        };
  const who: Record<Route['audience'], string> = {
    anybody: 'No key is needed.',
    actor: 'On the socket without a key or with one; on TCP with one.',
    'actor-on-socket': 'On the socket alone, without a key or with one.',
    owner: 'On the socket alone, without a key.',
  };
  const fault = {
    description: 'A problem document (RFC 9457) with a stable `code`',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: who[route.audience],
    parameters: parameters(route),
    ...body,
    ...(route.audience === 'anybody' ? { security: [] } : {}),
    responses: {
      ...Object.fromEntries(answers),
      '4XX': fault,
      '5XX': fault,
    },
  };
}

/** The name of an operation in generated clients: `postAccountsByNameRefresh`. */
function operationId({ method, path }: Route): string {
  const steps = path
    .split('/')
    .slice(2)
    .flatMap((step) => (step.startsWith('{') ? ['by', step.slice(1, -1)] : step.split(/[-.]/)));
  return [method.toLowerCase(), ...steps.map((step) => step.charAt(0).toUpperCase() + step.slice(1))].join(
    '',
  );
}

/** Describes the routes to programs. */
export function describe(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  return {
    openapi: '3.1.0',
    info: { title: "Keyfob's local endpoint", version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: 'http://127.0.0.1:15393' }],
    // A key, or (on the socket) none.
    security: [{ clientKey: [] }, {}],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemDocument, 'output') },
      securitySchemes: {
        clientKey: { type: 'http', scheme: 'bearer', description: 'A client key, `kf_…`' },
      },
    },
  };
}
