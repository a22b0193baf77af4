// What a sender constraint adds to a request reaches the vendor, and the headers of the answer reach it: against a
// real server on loopback, in each form that a body can take, with the proofs of oauth4webapi (RFC 9449).
import type { IncomingMessage } from 'node:http';
import * as oauth from 'oauth4webapi';
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
import { none } from './none.ts';
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

/** DPoP by what oauth4webapi offers of it: a request that it makes, and an answer that it sees. */
async function dpop(seen: Headers[] = []): Promise<SenderConstraint> {
  const handle = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
  const through = (url: string, answer: Response, sent: (headers: Headers) => void): Promise<unknown> =>
    oauth.genericTokenEndpointRequest(
      { issuer: 'https://issuer.invalid', token_endpoint: url },
      { client_id: 'c' },
      oauth.None(),
      'none',
      {},
      {
        DPoP: handle,
        [oauth.allowInsecureRequests]: true,
        [oauth.customFetch]: async (_url, init) => {
          sent(new Headers(init.headers));
          return answer;
        },
      },
    );
  let learnt: Promise<unknown> = Promise.resolve();
  return {
    async headers({ url }) {
      await learnt;
      let proof = '';
      await through(url, Response.json({}), (headers) => (proof = headers.get('dpop') ?? ''));
      return { dpop: proof };
    },
    answered({ url }, { status, headers, text }) {
      seen.push(headers);
      learnt = through(url, new Response(null, { headers }), () => undefined);
      return status === 400 && text.includes('use_dpop_nonce');
    },
  };
}

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
    const constraint = { by, holder: context };
    const json = await send(ports, request, { gate: context.gate, judge: judgeAnswer, constraint });
    const asked = { bound, unixMs: 0, steady: 0, boot: null, previous: session, isBound: true };
    return readToken(context, server, json, asked, async () => null);
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
    expect(await refresh(contextAt(vendor.url), await dpop(seen))).toMatchObject({
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
    await refresh(context, none);
    await refresh(context, { ...none, headers: () => ({ 'x-request-id': '1' }) });
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
    expect(await refresh(contextAt(vendor.url), await dpop())).toEqual({
      kind: 'rejected',
      status: 400,
      vendorError: { error: 'use_dpop_nonce', error_description: 'say the nonce' },
    });
    expect(vendor.requests).toHaveLength(2);
  });
});
