// What a sender constraint adds to a request reaches the vendor, and the headers of the answer reach it: against a
// real server on loopback, in each form that a body can take. And what stands in a proof (RFC 9449 section 4.2).
import type { IncomingMessage } from 'node:http';
import { createPublicKey, verify } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { answerJson, serveOnLoopback, type LoopbackServer } from '../../../testing/loopback-server.ts';
import { contextOf } from '../../../testing/recorded-exchange.ts';
import { VirtualClock } from '../../../testing/virtual-clock.ts';
import { message } from '../../api/problems/index.ts';
import type { ClientContext } from '../client-context.ts';
import { judgeAnswer } from '../dialect/answer.ts';
import { endpointsOf } from '../endpoints.ts';
import { refreshMessage } from '../grants/refresh-token.ts';
import { outcome, type Outcome } from '../outcome.ts';
import { readToken, type IssuedToken } from '../response.ts';
import type { SenderConstraint } from './constraint.ts';
import { dpop, dpopProof } from './dpop.ts';
import { none } from './none.ts';
import { drawProofKey } from './proof-key.ts';
import { tokenRequest } from '../token-request.ts';
import { send } from '../transport.ts';

interface Vendor {
  readonly url: string;
  readonly requests: { headers: IncomingMessage['headers']; body: string; url: string }[];
}

const servers: LoopbackServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A vendor that grants only to a proof that bears its nonce (RFC 9449 section 8); `never`: to none. */
async function strictVendor(nonce: 'nonce-1' | 'never' = 'nonce-1'): Promise<Vendor> {
  const requests: Vendor['requests'] = [];
  const server = await serveOnLoopback(({ headers, body, url }, response) => {
    requests.push({ headers, body, url });
    const proof = String(headers['dpop'] ?? '').split('.')[1] ?? '';
    const claims = JSON.parse(Buffer.from(proof, 'base64url').toString() || '{}') as { nonce?: string };
    const known = claims.nonce === nonce;
    const answer = known
      ? { access_token: 'a2', token_type: 'DPoP', expires_in: 60 }
      : { error: 'use_dpop_nonce', error_description: 'say the nonce' };
    answerJson(response, known ? 200 : 400, answer, {
      'content-type': 'application/json; odd=1',
      'dpop-nonce': known ? 'nonce-2' : 'nonce-1',
      'retry-after': '7',
    });
  });
  servers.push(server);
  return { url: server.origin, requests };
}

/** DPoP, and the answers that it saw. */
function dpopOf(seen: Headers[] = []): SenderConstraint {
  const real = dpop(new VirtualClock());
  return {
    ...real,
    answered(request, answer) {
      seen.push(answer.headers);
      return real.answered(request, answer);
    },
  };
}

const key = await drawProofKey();
const bound = { redirect_uri: null, scope: null };
const session = {
  access_token: 'a1',
  token_type: 'dpop',
  obtained_at: 0,
  lifetime: null,
  refresh_token: 'r1',
  scope: null,
  bound,
};

function refresh(context: ClientContext, by: SenderConstraint): Promise<Outcome<IssuedToken>> {
  return outcome(async () => {
    const { server } = endpointsOf(context, null);
    const request = await tokenRequest(context, server, 'refresh_token', refreshMessage(session, {}));
    const ports = {
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      clock: new VirtualClock(),
      describeFailure: (error: unknown) => message('cannot_be_used', { detail: String(error) }),
    };
    const constraint = { by, key };
    const json = await send(ports, request, { gate: context.gate, judge: judgeAnswer, constraint });
    const asked = { bound, unixMs: 0, steady: 0, boot: null, previous: session, proofKey: key };
    return readToken(context, server, json, asked, async () => ({ fault: null, isChecked: true }));
  });
}

const contexts: [string, (url: string) => ClientContext][] = [
  [
    'in a form',
    (url) =>
      contextOf('oauth2', 'client_credentials', { token_url: url, client_id: 'c' }, { client_secret: 's' }),
  ],
  [
    'in JSON',
    (url) =>
      contextOf(
        'oauth2-json',
        'client_credentials',
        { token_url: url, client_id: 'c' },
        { client_secret: 's' },
      ),
  ],
  [
    'in the query',
    (url) =>
      contextOf(
        'organization-api',
        'client_credentials',
        { server_address: url, client_id: 'c', client_auth: 'query' },
        { client_secret: 's' },
      ),
  ],
  [
    'in headers',
    (url) =>
      contextOf(
        'eptura-workplace',
        'direct',
        { site: url, client_id: 'c', redirect_uri: 'https://app.example.com/cb', username: 'alice' },
        { password: 'p' },
      ),
  ],
];

describe.each(contexts)('a proof of possession, with parameters %s', (_name, contextAt) => {
  it('reaches the vendor, and the nonce that it asks for comes back, of a refusal too', async () => {
    const vendor = await strictVendor();
    const seen: Headers[] = [];
    expect(await refresh(contextAt(vendor.url), dpopOf(seen))).toMatchObject({
      kind: 'granted',
      value: { session: { access_token: 'a2', token_type: 'dpop' } },
    });
    expect(vendor.requests).toHaveLength(2);
    const passed = ['dpop-nonce', 'retry-after', 'content-type'];
    expect(seen.map((headers) => passed.map((name) => headers.get(name)))).toEqual([
      ['nonce-1', '7', 'application/json; odd=1'],
      ['nonce-2', '7', 'application/json; odd=1'],
    ]);
  });

  it('leaves the form of the request to the dialect', async () => {
    const vendor = await strictVendor();
    const context = contextAt(vendor.url);
    await refresh(context, none());
    await refresh(context, { ...none(), headers: () => ({ 'x-request-id': '1' }) });
    const [plain, told] = vendor.requests;
    expect(told?.headers['x-request-id']).toBe('1');
    const { 'x-request-id': _id, ...rest } = told?.headers ?? {};
    expect(rest).toEqual(plain?.headers);
    expect(told?.body).toBe(plain?.body);
    expect(told?.url).toBe(plain?.url);
    expect(plain?.headers['content-type'] ?? '').not.toMatch(/charset=UTF-8/);
    expect(plain?.headers['user-agent'] ?? '').not.toMatch(/oauth4webapi/);
  });
});

describe('a vendor that takes no proof', () => {
  const contextAt = contexts[0]?.[1];
  it('is asked twice at most, and its own words are told', async () => {
    const vendor = await strictVendor('never');
    if (contextAt === undefined) throw new TypeError('no context');
    expect(await refresh(contextAt(vendor.url), dpopOf())).toEqual({
      kind: 'rejected',
      status: 400,
      retryAfterMs: 7000,
      vendorError: { error: 'use_dpop_nonce', error_description: 'say the nonce' },
    });
    expect(vendor.requests).toHaveLength(2);
  });
});

describe('a proof', () => {
  const read = (piece = ''): Record<string, unknown> =>
    JSON.parse(Buffer.from(piece, 'base64url').toString()) as Record<string, unknown>;

  it('is for one request alone: method, address without query, token, nonce; signed, the key’s public half in it', async () => {
    const url = 'https://API.example:443/things?secret=1#part';
    const request = { method: 'POST', url, nonce: 'n-1', accessToken: 'a+b/=' };
    const proof = await dpopProof(key, request, 1_700_000_000_999);
    const [head, claims, signature = ''] = proof.split('.');
    const { kty, crv, x, y } = key;
    expect(read(head)).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } });
    expect(read(claims)).toEqual({
      jti: expect.stringMatching(/^[\w-]{22}$/) as string,
      htm: 'POST',
      htu: 'https://api.example/things',
      iat: 1_700_000_000,
      nonce: 'n-1',
      // SHA-256 of the token, as openssl makes it.
      ath: 'scatYl_w0mt8eYxY-9skv7kjVfy2Cl8Q8SdtJLIyiSc',
    });
    const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    const how = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), how, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    const again = await dpopProof(key, request, 1_700_000_000_999);
    expect(read(again.split('.')[1])['jti']).not.toBe(read(claims)['jti']);
  });
});

describe('a token that was asked for with a proof', () => {
  it('and came as Bearer is not taken: whoever has it could use it', async () => {
    const server = await serveOnLoopback((_request, response) => {
      answerJson(response, 200, { access_token: 'a2', token_type: 'Bearer', expires_in: 60 }, {});
    });
    servers.push(server);
    const context = contextOf(
      'oauth2',
      'client_credentials',
      { token_url: server.origin, client_id: 'c' },
      { client_secret: 's' },
    );
    expect(await refresh(context, dpopOf())).toMatchObject({
      kind: 'transient',
      message: { params: { detail: { reason: 'token_not_bound' } } },
    });
  });
});
