// Headers of a standard request and its answer pass the vendor's dialect both ways: against a real server on
// loopback, in each form that a body can take.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oauth from 'oauth4webapi';
import { afterEach, describe, expect, it } from 'vitest';
import { partyOf } from '../../testing/recorded-exchange.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { createGranting, outcome, type Granted, type Outcome } from './granting.ts';
import type { Party } from './server.ts';

interface Vendor {
  readonly url: string;
  readonly requests: { headers: IncomingMessage['headers']; body: string; url: string }[];
}

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

/** A vendor that grants only to a proof that bears its nonce (RFC 9449 section 8). */
async function strictVendor(): Promise<Vendor> {
  const requests: Vendor['requests'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ headers: request.headers, body, url: request.url ?? '' });
      const proof = String(request.headers['dpop'] ?? '').split('.')[1] ?? '';
      const claims = JSON.parse(Buffer.from(proof, 'base64url').toString() || '{}') as { nonce?: string };
      const known = claims.nonce === 'nonce-1';
      response.writeHead(known ? 200 : 400, {
        'content-type': 'application/json; odd=1',
        'dpop-nonce': known ? 'nonce-2' : 'nonce-1',
        'retry-after': '7',
        'set-cookie': 'a=b',
        'www-authenticate': 'Basic realm="x"',
      });
      response.end(
        known
          ? '{"access_token":"a2","token_type":"DPoP","expires_in":60}'
          : '{"error":"use_dpop_nonce","error_description":"say the nonce"}',
      );
    });
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function grantingOf(): ReturnType<typeof createGranting> {
  return createGranting({
    fetch: (url, init) => fetch(url, init),
    clock: new VirtualClock(),
    describeFailure: String,
  });
}

const parties: [string, (url: string) => Party][] = [
  [
    'in a form',
    (url) =>
      partyOf('oauth2', 'client_credentials', { token_url: url, client_id: 'c' }, { client_secret: 's' }),
  ],
  [
    'in JSON',
    (url) =>
      partyOf(
        'oauth2-json',
        'client_credentials',
        { token_url: url, client_id: 'c' },
        { client_secret: 's' },
      ),
  ],
  [
    'in the query',
    (url) =>
      partyOf(
        'organization-api',
        'client_credentials',
        { server_address: url, client_id: 'c', client_auth: 'query' },
        { client_secret: 's' },
      ),
  ],
  [
    'in headers',
    (url) =>
      partyOf(
        'eptura-workplace',
        'direct',
        { site: url, client_id: 'c', redirect_uri: 'https://app.example.com/cb', username: 'alice' },
        { password: 'p' },
      ),
  ],
];

describe.each(parties)('a proof of possession, with parameters %s', (_name, partyAt) => {
  it('reaches the vendor, and the nonce that it asks for comes back, of a refusal too', async () => {
    const vendor = await strictVendor();
    const party = partyAt(vendor.url);
    const proof = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
    const seen: Response[] = [];
    const granted: Outcome<Granted> = await grantingOf().grant(
      party,
      'refresh_token',
      { redirect_uri: null, scope: null },
      null,
      async ({ server, client, auth, options, taking }) => {
        const ask = async (): Promise<oauth.TokenEndpointResponse> => {
          const response = await oauth.refreshTokenGrantRequest(server, client, auth, 'r1', {
            ...options,
            DPoP: proof,
          });
          seen.push(response.clone());
          return oauth.processRefreshTokenResponse(server, client, response, taking);
        };
        return ask().catch((error: unknown) => {
          if (!oauth.isDPoPNonceError(error)) throw error;
          return ask();
        });
      },
    );
    expect(granted).toMatchObject({
      ok: true,
      value: { session: { access_token: 'a2', token_type: 'dpop' } },
    });
    expect(vendor.requests).toHaveLength(2);
    expect(seen.map(({ headers }) => headers.get('dpop-nonce'))).toEqual(['nonce-1', 'nonce-2']);
    expect(seen.map(({ headers }) => headers.get('retry-after'))).toEqual(['7', '7']);
    for (const { headers } of seen) {
      expect(headers.get('date')).not.toBeNull();
      // The body is ours, and so is what describes it; a cookie or a challenge is nobody's business above.
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.has('set-cookie') || headers.has('www-authenticate')).toBe(false);
    }
  });

  it('leaves the form of the body to the dialect', async () => {
    const vendor = await strictVendor();
    const party = partyAt(vendor.url);
    const send = (
      options: oauth.TokenEndpointRequestOptions,
      parts: Parameters<Parameters<ReturnType<typeof createGranting>['grant']>[4]>[0],
    ): Promise<Response> =>
      oauth.refreshTokenGrantRequest(parts.server, parts.client, parts.auth, 'r1', options);
    const grant = (headers: Record<string, string>): Promise<unknown> =>
      grantingOf().grant(party, 'refresh_token', { redirect_uri: null, scope: null }, null, async (parts) => {
        const response = await send({ ...parts.options, headers }, parts);
        return oauth.processRefreshTokenResponse(parts.server, parts.client, response, parts.taking);
      });
    await grant({});
    await grant({ 'x-request-id': '1' });
    const [plain, told] = vendor.requests;
    expect(told?.headers['x-request-id']).toBe('1');
    const { 'x-request-id': _id, ...rest } = told?.headers ?? {};
    expect(rest).toEqual(plain?.headers);
    expect(told?.body).toBe(plain?.body);
    expect(plain?.headers['content-type'] ?? '').not.toMatch(/charset=UTF-8/);
    expect(plain?.headers['user-agent'] ?? '').not.toMatch(/oauth4webapi/);
  });
});

describe('a refusal that passed through as a standard answer', () => {
  it('is still told by the vendor’s own words', async () => {
    const vendor = await strictVendor();
    const party = partyOf(
      'oauth2',
      'client_credentials',
      { token_url: vendor.url, client_id: 'c' },
      { client_secret: 's' },
    );
    const refused = await outcome(async () => {
      const result = await grantingOf().grant(
        party,
        'client_credentials',
        { redirect_uri: null, scope: null },
        null,
        async ({ server, client, auth, options, taking }) =>
          oauth.processClientCredentialsResponse(
            server,
            client,
            await oauth.clientCredentialsGrantRequest(server, client, auth, {}, options),
            taking,
          ),
      );
      return result;
    });
    expect(refused).toMatchObject({
      ok: true,
      value: {
        ok: false,
        failing: {
          kind: 'refused',
          status: 400,
          words: { error: 'use_dpop_nonce', error_description: 'say the nonce' },
        },
      },
    });
  });
});
