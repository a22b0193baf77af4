// An endpoint over the façade in memory, for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { createAccess, openAudit } from '../main/access/index.ts';
import type { Access } from '../main/access/index.ts';
import type { ClientStore } from '../main/access/index.ts';
import { createEndpoint } from '../main/endpoint/index.ts';
import type { LocalEndpoint } from '../main/endpoint/index.ts';
import type { HttpListener } from '../main/endpoint/types.ts';
import { fakeKeyfob } from './fake-keyfob.ts';
import type { FakeKeyfob } from './fake-keyfob.ts';
import { handClock } from './hand-clock.ts';
import type { HandClock } from './hand-clock.ts';
import type { ClientRecord, Approve } from '../main/api/clients.ts';
import type { HostStatus } from '../main/api/status.ts';
import type { AccountView } from '../main/api/accounts.ts';

export interface EndpointKit extends AsyncDisposable {
  readonly keyfob: FakeKeyfob;
  readonly clock: HandClock;
  readonly access: Access;
  readonly endpoint: LocalEndpoint;
  /** What was kept of clients. */
  readonly kept: { records: readonly ClientRecord[] };
  readonly folder: string;
  /** How often the host was asked to end. */
  stops: number;
  /** The person's rule for callers without a key. */
  localApproval: Approve;
  /** Asks without a port; `key` goes into the Authorization header. */
  ask(request: string, options?: AskOptions): Promise<Response>;
}

export interface AskOptions {
  readonly door?: HttpListener;
  readonly key?: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const status: HostStatus = {
  host: 'agent',
  version: '9.9.9',
  platform: 'linux',
  pid: 1,
  home: null,
  socket: '/run/keyfob.sock',
  endpoint: null,
  console: null,
  vault: { kind: 'memory', locked: false, why: null, away: null },
  notices: [],
};

export function endpointKit(...accounts: AccountView[]): EndpointKit {
  const folder = mkdtempSync(join(tmpdir(), 'keyfob-endpoint-'));
  const keyfob = fakeKeyfob(...accounts);
  const clock = handClock();
  const kept: { records: readonly ClientRecord[] } = { records: [] };
  const clients: ClientStore = {
    read: () => kept.records,
    write: async (records) => void (kept.records = records),
  };
  const access = createAccess({
    keyfob,
    clock,
    audit: openAudit(join(folder, 'audit')),
    clients,
    localApproval: () => kit.localApproval,
  });
  const endpoint = createEndpoint({
    keyfob,
    access,
    clock,
    version: '9.9.9',
    status: () => status,
    stop: () => void (kit.stops += 1),
    consoleLink: () => ({ url: 'http://127.0.0.1:2/#s=x', confirmation_code: '123456' }),
  });
  const kit: EndpointKit = {
    keyfob,
    clock,
    access,
    endpoint,
    kept,
    folder,
    localApproval: 'always',
    stops: 0,
    async ask(request, options = {}) {
      const [method = 'GET', path = '/'] = request.split(' ');
      const { body, key, signal } = options;
      const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await endpoint.handler.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method,
          headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
          body: text,
          ...(signal === undefined ? {} : { signal }),
        }),
        options.door ?? 'socket',
      );
      await expectAsDescribed(endpoint, method, path, answer);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      access.approvals.close();
      await endpoint.close();
      await access.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return kit;
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Record<string, Content> }>>>>;
  readonly components: { readonly schemas: { readonly Problem: JsonSchema } };
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}
type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** Holds every answer against what `GET /v1/openapi.json` says of its route: status, type and shape. */
async function expectAsDescribed(
  endpoint: LocalEndpoint,
  method: string,
  path: string,
  answer: Response,
): Promise<void> {
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream') || method === 'HEAD') {
    return;
  }
  const text = await answer.clone().text();
  const asked = new Request('http://127.0.0.1/v1/openapi.json');
  const described = (await (await endpoint.handler.fetch(asked, 'socket')).json()) as Described;
  if (type.startsWith('application/problem+json')) {
    z.fromJSONSchema(described.components.schemas.Problem).parse(JSON.parse(text));
    return;
  }
  const plain = path.split('?', 1)[0] ?? '';
  const place = Object.keys(described.paths).find((one) =>
    new RegExp(`^${one.replaceAll(/\{[^}]*\}/g, '[^/]+')}$`).test(plain),
  );
  const response = described.paths[place ?? '']?.[method.toLowerCase()]?.responses[String(answer.status)];
  if (response === undefined) {
    throw new Error(
      `${method} ${plain} answered ${String(answer.status)}, which the description does not know`,
    );
  }
  const schema = response.content?.['application/json']?.schema;
  if (schema !== undefined) {
    z.fromJSONSchema(schema).parse(JSON.parse(text));
  } else if (text !== '') {
    throw new Error(`${method} ${plain} answered with a body that the description does not know`);
  }
}
