// The endpoint over the real façade: a virtual clock, and a vendor in memory that grants whatever it is asked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { createAccess, openAudit } from '../main/access/index.ts';
import type { Access } from '../main/access/index.ts';
import type { ClientStore } from '../main/access/index.ts';
import type { KeyfobWithSettings } from '../main/accounts/create.ts';
import type { SignIn } from '../main/accounts/ports.ts';
import { createEndpoint } from '../main/endpoint/index.ts';
import type { LocalEndpoint } from '../main/endpoint/index.ts';
import { createHooks } from '../main/host/hooks.ts';
import { openTokenFiles } from '../main/host/token-files.ts';
import type { HttpListener } from '../main/endpoint/types.ts';
import { emptyHome, json, openKit } from './core-kit.ts';
import type { Answer, Asked, Kit } from './core-kit.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { ClientRecord, Approve } from '../main/api/clients.ts';
import type { HostStatus } from '../main/api/status.ts';

/** An account of client credentials at the kit's vendor. */
export interface KitAccount {
  readonly name: string;
  /** `oauth2` when left out. */
  readonly provider?: 'oauth2' | 'oidc';
  /** Selected over all (the first that says so) and for its provider. */
  readonly selected?: boolean;
  /** Added, and never signed in to. */
  readonly signedOut?: boolean;
}

export interface EndpointKit extends AsyncDisposable {
  readonly keyfob: KeyfobWithSettings;
  /** What the façade stands on: its vendor's answer can be set, its events be read. */
  readonly core: Kit;
  readonly clock: VirtualClock;
  readonly access: Access;
  readonly endpoint: LocalEndpoint;
  /** Requests that reached the vendor since the kit was opened. */
  readonly asked: readonly Asked[];
  /** What was kept of clients. */
  readonly kept: { records: readonly ClientRecord[] };
  readonly folder: string;
  /** How often the host was asked to end. */
  stops: number;
  /** The person's rule for callers without a key. */
  localApproval: Approve;
  /** Asks without a port; `key` goes into the Authorization header. */
  ask(request: string, options?: AskOptions): Promise<Response>;
  /** How many listen to the façade. */
  listeners(): number;
}

export interface AskOptions {
  readonly listener?: HttpListener;
  readonly key?: string;
  readonly accept?: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export const kitIssuer = 'https://id.example.com/realm';

/** Seconds that the vendor's tokens live. */
export const kitLifetime = 3600;

/** What the kit's host says of itself. */
export const kitStatus: HostStatus = {
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

/**
 * A vendor that grants: the first token of a client is `token-of-CLIENT`, those after it are numbered. Without a scope
 * in the request they are for `read`.
 */
function granting(): Answer {
  const given = new Map<string, number>();
  return ({ url, parameters }) => {
    if (url.endsWith('/.well-known/openid-configuration')) {
      return json({
        issuer: kitIssuer,
        authorization_endpoint: `${kitIssuer}/authorize`,
        token_endpoint: `${kitIssuer}/token`,
      });
    }
    const client = parameters['client_id'] ?? '';
    const count = (given.get(client) ?? 0) + 1;
    given.set(client, count);
    return json({
      access_token: `token-of-${client}${count === 1 ? '' : `-${count}`}`,
      token_type: 'Bearer',
      expires_in: kitLifetime,
      scope: parameters['scope'] ?? 'read',
    });
  };
}

/** Adds an account and signs in to it, as it says. */
export async function addAccount({ keyfob }: Kit, account: KitAccount): Promise<void> {
  const { name, provider = 'oauth2' } = account;
  await keyfob.add({
    name,
    provider,
    grant: 'client_credentials',
    settings: {
      ...(provider === 'oidc'
        ? { issuer: kitIssuer, scope: 'read' }
        : { token_url: 'https://vendor.example/token' }),
      client_id: name,
      client_auth: 'post',
    },
    secrets: { client_secret: `secret-of-${name}` },
  });
  if (account.signedOut !== true) await keyfob.login(name);
}

/** Opens it with these accounts. */
export async function endpointKit(
  accounts: readonly KitAccount[] = [],
  signIn: SignIn = emptyHome().signIn,
): Promise<EndpointKit> {
  const folder = mkdtempSync(join(tmpdir(), 'keyfob-endpoint-'));
  const core = await openKit(granting(), { ...emptyHome(), signIn });
  const { keyfob, clock } = core;
  for (const account of accounts) await addAccount(core, account);
  // The first is selected last, so that it stays selected over all.
  for (const { name } of accounts.filter(({ selected }) => selected === true).toReversed())
    await keyfob.use(name);
  core.asked.length = 0;
  core.events.length = 0;
  let listeners = 0;
  const { on } = keyfob;
  keyfob.on = (listener) => {
    const off = on(listener);
    listeners += 1;
    return () => {
      listeners -= 1;
      off();
    };
  };
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
  const tokenFiles = openTokenFiles({ keyfob, access, clock: core.clock });
  const endpoint = createEndpoint({
    tokenFiles,
    hooks: createHooks({ keyfob }),
    keyfob,
    access,
    clock,
    version: '9.9.9',
    status: () => kitStatus,
    stop: () => void (kit.stops += 1),
    desktop: () => null,
    consoleLink: () => ({ url: 'http://127.0.0.1:2/#s=x', confirmation_code: '123456' }),
  });
  const kit: EndpointKit = {
    keyfob,
    core,
    clock,
    access,
    endpoint,
    asked: core.asked,
    kept,
    folder,
    localApproval: 'always',
    stops: 0,
    listeners: () => listeners,
    async ask(request, options = {}) {
      const [method = 'GET', path = '/'] = request.split(' ');
      const { body, key, accept, signal } = options;
      const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await endpoint.handler.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method,
          headers: {
            ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
            ...(accept === undefined ? {} : { Accept: accept }),
          },
          body: text,
          ...(signal === undefined ? {} : { signal }),
        }),
        options.listener ?? 'socket',
      );
      await expectAsDescribed(endpoint, method, path, answer);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      access.approvals.close();
      await endpoint.close();
      await access.close();
      await keyfob.stop();
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
type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;

const descriptions = new WeakMap<LocalEndpoint, Promise<Described>>();

/** What an endpoint says of itself, asked for once. */
function describedBy(endpoint: LocalEndpoint): Promise<Described> {
  const asked = new Request('http://127.0.0.1/v1/openapi.json');
  const known =
    descriptions.get(endpoint) ??
    endpoint.handler.fetch(asked, 'socket').then(async (answer) => (await answer.json()) as Described);
  descriptions.set(endpoint, known);
  return known;
}

const schemas = new WeakMap<object, z.ZodType>();

/** A schema of a description, made ready once. */
function compiled(schema: JsonSchema): z.ZodType {
  const known = schemas.get(schema) ?? z.fromJSONSchema(schema);
  schemas.set(schema, known);
  return known;
}

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
  const described = await describedBy(endpoint);
  if (type.startsWith('application/problem+json')) {
    compiled(described.components.schemas.Problem).parse(JSON.parse(text));
    return;
  }
  const plain = path.split('?', 1)[0] ?? '';
  const template = Object.keys(described.paths).find((one) =>
    new RegExp(`^${one.replaceAll(/\{[^}]*\}/g, '[^/]+')}$`).test(plain),
  );
  const response = described.paths[template ?? '']?.[method.toLowerCase()]?.responses[String(answer.status)];
  if (response === undefined) {
    throw new Error(
      `${method} ${plain} answered ${String(answer.status)}, which the description does not know`,
    );
  }
  const plainText = type.startsWith('text/plain');
  const schema = response.content?.[plainText ? 'text/plain' : 'application/json']?.schema;
  if (plainText && schema === undefined) throw new Error(`${method} ${plain} is not described as plain text`);
  if (plainText) return;
  if (schema !== undefined) {
    compiled(schema).parse(JSON.parse(text));
  } else if (text !== '') {
    throw new Error(`${method} ${plain} answered with a body that the description does not know`);
  }
}
