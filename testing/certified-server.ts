// The certified `oidc-provider` on loopback, with the features that a test wants.
//
// Invariant: its own pages sign in whoever asks, as `alice`; it keeps everything in memory.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';

export interface CertifiedServer {
  readonly issuer: string;
  /** Requests that came, but for its pages: path, status, and parameters of the token endpoint and its like. */
  readonly seen: { path: string; status: number; form: Record<string, unknown>; dpop: string }[];
  readonly provider: Provider;
  close(): void;
}

/** Starts one. `clients`: with defaults of an application that signs people in. */
export async function startCertifiedServer(
  clients: readonly ClientMetadata[],
  features: NonNullable<Configuration['features']> = {},
  more: Configuration = {},
): Promise<CertifiedServer> {
  // The issuer has to be known before the server is there: a port is taken first.
  const server = createServer((request, response) => void provider.callback()(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, so not a pipe's name.
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const seen: CertifiedServer['seen'] = [];
  const provider = new Provider(issuer, {
    clients: clients.map((client) => ({
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...client,
    })),
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true }, ...features },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    cookies: { keys: ['for tests'] },
    ...more,
  });
  provider.use(async (ctx, next) => {
    await next();
    const form: Record<string, unknown> = { ...ctx['oidc']?.params };
    seen.push({ path: ctx.path, status: ctx.status, form, dpop: ctx.get('dpop') });
  });
  return {
    issuer,
    seen,
    provider,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
