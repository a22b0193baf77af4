/**
 * An authorization server on loopback for many clients at once, which knows at any time what is true: which access
 * tokens live, which grants do, and which refresh token came when. For the list of faults and the soak.
 *
 * Invariants: a refresh token of the rotating kinds is good once, and one that comes again ends its grant with all its tokens (RFC
 * 9700 §4.14.2); the clock that decides is this process's; every secret begins with `loopback-`, so that one that
 * strays is found. Paths end in `/token` or `/device`; what stands before is the caller's.
 */
import { randomBytes } from 'node:crypto';
import { answerJson, serveOnLoopback } from './loopback-server.ts';

/**
 * Of what kind an account of it is: which refresh tokens it gets, and how it signs in. `password_rotating` has both a
 * stored password and refresh tokens.
 */
export type AccountKind = 'rotating' | 'reusable' | 'client_credentials' | 'password' | 'password_rotating';

export interface VendorClient {
  readonly kind: AccountKind;
  /** Seconds that each access token lives. */
  readonly lifetime: number;
  /** Another one from now on, as a person would change it in the vendor's console. */
  secret: string;
}

/** What one request with a refresh token came to. */
export interface RefreshNote {
  readonly client: string;
  readonly token: string;
  /** Unix ms. */
  readonly at: number;
  /** `unknown`: never given, or of a grant that ended. */
  readonly outcome: 'granted' | 'reused' | 'unknown';
  /** The access token and refresh token that were given for it. */
  readonly gave: readonly string[];
}

export interface LoopbackVendor {
  readonly origin: string;
  /** Takes a client of a new secret, or gives the one that is there. */
  client(id: string, kind: AccountKind, lifetime: number): VendorClient;
  /** Ms of its life that an access token has left; below 0: it has ended so long ago; -Infinity: it was never given. */
  leftOf(accessToken: string): number;
  /** Whether a client can still come to a token by itself: its newest grant lives, or it needs none. */
  grantIsGood(client: string): boolean;
  readonly requests: number;
  close(): Promise<void>;
}

interface Grant {
  readonly client: string;
  refreshToken: string;
  readonly spent: Set<string>;
  ended: boolean;
}

const secretText = (what: string): string => `loopback-${what}-${randomBytes(16).toString('base64url')}`;
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const byKind: Readonly<Record<AccountKind, string>> = {
  rotating: deviceGrant,
  reusable: deviceGrant,
  client_credentials: 'client_credentials',
  password: 'password',
  password_rotating: 'password',
};
const hasPassword = (kind: AccountKind): boolean => byKind[kind] === 'password';

type Answer = readonly [status: number, body: unknown];
const refused = (error: string, status = 400): Answer => [status, { error }];

/** Starts one on a free port. */
export async function startLoopbackVendor(
  onRefresh: (note: RefreshNote) => void = () => undefined,
): Promise<LoopbackVendor> {
  const clients = new Map<string, VendorClient>();
  /** Unix ms of their ends. */
  const accessTokens = new Map<string, number>();
  const grants = new Map<string, Grant>();
  const byRefreshToken = new Map<string, Grant>();
  const devices = new Map<string, string>();
  let requests = 0;

  function give(client: VendorClient): Record<string, unknown> {
    const accessToken = secretText('access');
    const { lifetime } = client;
    accessTokens.set(accessToken, Date.now() + lifetime * 1000);
    return { access_token: accessToken, token_type: 'Bearer', expires_in: lifetime };
  }

  function rotate(grant: Grant): Record<string, unknown> {
    grant.refreshToken = secretText('refresh');
    byRefreshToken.set(grant.refreshToken, grant);
    return { refresh_token: grant.refreshToken };
  }

  function signIn(id: string, client: VendorClient): Answer {
    if (client.kind === 'client_credentials' || client.kind === 'password') return [200, give(client)];
    const grant: Grant = { client: id, refreshToken: '', spent: new Set(), ended: false };
    grants.set(id, grant);
    return [200, { ...give(client), ...rotate(grant) }];
  }

  function refresh(id: string, client: VendorClient, token: string): Answer {
    const grant = byRefreshToken.get(token);
    const note = (outcome: RefreshNote['outcome'], gave: readonly string[] = []): void =>
      onRefresh({ client: id, token, at: Date.now(), outcome, gave });
    if (grant?.client !== id || grant.ended) {
      note(grant?.spent.has(token) === true ? 'reused' : 'unknown');
      return refused('invalid_grant');
    }
    if (grant.spent.has(token)) {
      grant.ended = true;
      note('reused');
      return refused('invalid_grant');
    }
    let body = give(client);
    if (client.kind !== 'reusable') {
      grant.spent.add(token);
      body = { ...body, ...rotate(grant) };
    }
    note(
      'granted',
      Object.values(body).filter((one) => typeof one === 'string' && one.startsWith('loopback-')) as string[],
    );
    return [200, body];
  }

  function answer(path: string, given: URLSearchParams): Answer {
    const id = given.get('client_id') ?? '';
    const client = clients.get(id);
    if (client?.secret !== given.get('client_secret')) return refused('invalid_client', 401);
    if (path.endsWith('/device')) {
      const code = secretText('device');
      devices.set(code, id);
      const page = `${origin}/activate`;
      return [
        200,
        { device_code: code, user_code: 'ABCD', verification_uri: page, expires_in: 600, interval: 1 },
      ];
    }
    const grant = given.get('grant_type');
    if (grant === 'refresh_token') return refresh(id, client, given.get('refresh_token') ?? '');
    if (grant !== byKind[client.kind]) return refused('unsupported_grant_type');
    if (grant === 'password' && given.get('password') !== client.secret) return refused('invalid_grant');
    if (grant !== deviceGrant) return signIn(id, client);
    const code = given.get('device_code') ?? '';
    const mine = devices.get(code) === id;
    devices.delete(code);
    return mine ? signIn(id, client) : refused('invalid_grant');
  }

  const { origin, close } = await serveOnLoopback(({ url, form }, response) => {
    requests += 1;
    const [status, json] = answer(url, form);
    answerJson(response, status, json, { connection: 'close' });
  });
  return {
    origin,
    client(id, kind, lifetime) {
      const client = clients.get(id) ?? { kind, lifetime, secret: secretText('secret') };
      clients.set(id, client);
      return client;
    },
    leftOf(accessToken) {
      return (accessTokens.get(accessToken) ?? -Infinity) - Date.now();
    },
    grantIsGood: (id) => clients.get(id)?.kind === 'password_rotating' || grants.get(id)?.ended !== true,
    get requests() {
      return requests;
    },
    close,
  };
}

/** What `POST /v1/accounts` wants for an account of a client; `at`: where its requests go, through a proxy maybe. */
export function accountOf(name: string, { kind, secret }: VendorClient, at: string) {
  const isDevice = byKind[kind] === deviceGrant;
  return {
    name,
    provider: 'oauth2',
    grant: isDevice ? 'device_code' : byKind[kind],
    settings: {
      token_url: `${at}/token`,
      client_id: name,
      client_auth: 'post',
      ...(isDevice ? { device_url: `${at}/device` } : {}),
      ...(hasPassword(kind) ? { username: 'somebody' } : {}),
    },
    secrets: { client_secret: secret, ...(hasPassword(kind) ? { password: secret } : {}) },
  };
}
