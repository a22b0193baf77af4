import { createHash } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { errorCodes } from '../api/codes.ts';
import { tokenRouteQuery } from '../api/accounts.ts';
import { describe, expect, it, vi } from 'vitest';
import { KeyfobError } from '../api/errors.ts';
import type { AccountAnswer } from '../api/accounts.ts';

import { endpointKit, kitLifetime, kitStatus } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { pageAccount, signInPages } from '../../testing/sign-in-pages.ts';
import { dayText } from '../messages/day.ts';

const hq = { name: 'hq', selected: true };
const berlin = { name: 'berlin', provider: 'oidc', selected: true } as const;
const sent = (k: EndpointKit): object[] => k.asked.map(({ parameters }) => parameters);
const kit = (): Promise<EndpointKit> => endpointKit([hq, berlin]);

/** The body of an answer; its shape is what the test expects. */
async function json<T = Told>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

interface Told {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  readonly refused: Record<string, number>;
}
interface Named {
  readonly name: string;
}
interface Id {
  readonly id: string;
}
interface Described {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { operationId: string; parameters: Named[] }>>;
}

describe('JSON of 150,000 levels', () => {
  it.each(['[', '{"a":'])('made an answer 500: %s', async (open) => {
    await using k = await kit();
    const body = `${open.repeat(30_000)}1`;
    const deep = `{"document":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const { method, path } of k.endpoint.handler.routes.filter((one) => one.method !== 'GET')) {
      const request = `${method} ${path.replaceAll(/\{\w+\}/g, 'hq')}`;
      for (const text of [body, deep]) {
        const { status } = await k.ask(request, { body: text });
        expect([request, status < 500]).toEqual([request, true]);
      }
    }
  });
});

describe('tokens of the endpoint', () => {
  it('are given to local on the socket, with how to send them', async () => {
    await using k = await kit();
    const response = await k.ask('GET /v1/token?account=hq&min_valid=30.5&scope=a+b');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(await response.json()).toMatchObject({
      account: 'hq',
      access_token: 'token-of-hq-2',
      scope: 'a b',
      expires_in: kitLifetime,
      headers: { Authorization: 'Bearer token-of-hq-2' },
      query: {},
    });
    expect(sent(k)).toMatchObject([{ grant_type: 'client_credentials', client_id: 'hq', scope: 'a b' }]);
    // `min_valid` to the second half: what is left is shorter by as much.
    expect((await k.ask(`GET /v1/token?account=hq&min_valid=${kitLifetime}.5`)).status).toBe(409);
  });

  it.each([
    ['text/plain', true],
    ['text/plain;q=0.5, application/json;q=0.4', true],
    ['text/plain, */*;q=0.1', true],
    ['application/json, text/plain, */*', false],
    ['text/plain;q=0, */*', false],
    ['text/plain;q=x', false],
    ['text/html', false],
    ['*/*', false],
    ['', false],
  ])('come alone, with a line end, to who prefers plain text: %s', async (accept, plain) => {
    await using k = await kit();
    const response = await k.ask('GET /v1/token?account=hq', { accept });
    const type = plain ? 'text/plain; charset=utf-8' : 'application/json';
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const text = await response.text();
    if (plain) expect(text).toBe('token-of-hq\n');
    else expect(JSON.parse(text)).toMatchObject({ access_token: 'token-of-hq' });
    const none = await k.ask('GET /v1/token?account=nobody', { accept });
    expect([none.status, none.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  it('go by what is selected, over all or for a provider', async () => {
    await using k = await kit();
    expect(await json(k.ask('GET /v1/token'))).toMatchObject({ account: 'hq' });
    expect(await json(k.ask('GET /v1/token?provider=oidc'))).toMatchObject({ account: 'berlin' });
  });

  it.each([
    ['min_valid=', 'min_valid'],
    ['min_valid=-1', 'min_valid'],
    ['min_valid=1e3', 'min_valid'],
    ['min_valid=NaN', 'min_valid'],
    ['min_valid=Infinity', 'min_valid'],
    ['min_valid=1000000001', 'min_valid'],
    ['min_valid=0x10', 'min_valid'],
    ['account=', 'account'],
    ['provider=', 'provider'],
    ['minvalid=3', '`minvalid`'],
    ['account=hq&account=berlin', 'twice'],
    ['__proto__=1', ''],
  ])('are refused for %s', async (query, told) => {
    await using k = await kit();
    const token = vi.spyOn(k.keyfob, 'token');
    const response = await k.ask(`GET /v1/token?${query}`);
    expect(token).not.toHaveBeenCalled();
    const problem = await json(response);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problem).toMatchObject({ code: 'bad_request', status: 400 });
    expect(problem.detail).toContain(told);
  });

  it('take the limits of min_valid', async () => {
    await using k = await kit();
    expect((await k.ask('GET /v1/token?min_valid=0')).status).toBe(200);
    expect(await json(k.ask('GET /v1/token?min_valid=1000000000'))).toMatchObject({
      code: 'lifetime_too_short',
    });
  });

  it('carry the reason of the core when there is none', async () => {
    await using k = await endpointKit([{ name: 'berlin' }, { name: 'hq' }]);
    // The first one was selected.
    await k.keyfob.remove('berlin');
    const none = await k.ask('GET /v1/token');
    expect([none.status, (await json(none)).code]).toEqual([409, 'no_account_selected']);
    const unknown = await k.ask('GET /v1/token?account=nobody');
    expect([unknown.status, (await json(unknown)).code]).toEqual([404, 'no_such_account']);
  });
});

describe('client keys', () => {
  it('are needed on TCP for all but health and the description', async () => {
    await using k = await kit();
    for (const path of ['/v1/token', '/v1/accounts', '/v1/nothing', '/v1/status', '/']) {
      const response = await k.ask(`GET ${path}`, { listener: 'tcp' });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      expect((await json(response)).code).toBe('client_key_required');
    }
    expect(await json(k.ask('GET /v1/health', { listener: 'tcp' }))).toEqual({
      status: 'ok',
      version: '9.9.9',
    });
    expect((await k.ask('GET /v1/openapi.json', { listener: 'tcp' })).status).toBe(200);
  });

  it('count in the header alone, never in the query', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    for (const name of ['key', 'access_token', 'api_key', 'Authorization'])
      expect((await k.ask(`GET /v1/token?${name}=${key}`, { listener: 'tcp' })).status).toBe(401);
    const both = await k.ask(`GET /v1/token?access_token=${key}`, { listener: 'tcp', key });
    expect(both.status).toBe(400);
    expect(await both.text()).not.toContain(key);
    const asName = await k.ask(`GET /v1/token?${key}`, { listener: 'tcp', key });
    expect(asName.status).toBe(400);
    expect(await asName.text()).not.toContain(key);
    expect((await k.ask('GET /v1/token', { listener: 'tcp', key })).status).toBe(200);
  });

  it('are shown once and kept as a hash', async () => {
    await using k = await kit();
    const response = await k.ask('POST /v1/clients', {
      body: { name: 'script', accounts: ['hq'], approve: 'ask' },
    });
    expect(response.status).toBe(201);
    const { key, client } = await json<{ key: string; client: object }>(response);
    expect(key).toMatch(/^kf_[A-Za-z0-9_-]{43}$/);
    expect(client).toMatchObject({ name: 'script', accounts: ['hq'], approve: 'ask', last_used_at: null });
    expect(JSON.stringify(k.kept.records)).not.toContain(key);
    expect(await (await k.ask('GET /v1/clients')).text()).not.toMatch(/kf_|sha256/);
  });

  it('on the socket make the caller that client, and a wrong one nobody', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', accounts: ['hq'] });
    expect(await json(k.ask('GET /v1/accounts', { key }))).toHaveLength(1);
    expect((await k.ask('GET /v1/accounts', { key: 'kf_wrong' })).status).toBe(401);
  });

  it('that are wrong too often are held up; right ones and missing ones never', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    for (let i = 0; i < 20; i += 1)
      expect((await k.ask('GET /v1/accounts', { listener: 'tcp' })).status).toBe(401);
    for (let i = 0; i < 10; i += 1)
      expect((await k.ask('GET /v1/accounts', { listener: 'tcp', key: `kf_${i}` })).status).toBe(401);
    const held = await k.ask('GET /v1/accounts', { listener: 'tcp', key: 'kf_x' });
    expect(held.status).toBe(429);
    expect(held.headers.get('retry-after')).toBe('60');
    expect(await json(held)).toMatchObject({ code: 'too_many_attempts', retry_after: 60 });
    expect((await k.ask('GET /v1/accounts', { listener: 'tcp', key })).status).toBe(200);
    expect((await k.ask('GET /v1/accounts', { listener: 'tcp' })).status).toBe(401);
    await k.clock.pass(60_000);
    expect((await k.ask('GET /v1/accounts', { listener: 'tcp', key: 'kf_x' })).status).toBe(401);
    expect((await json(k.ask('GET /v1/status'))).refused).toEqual({
      client_key_required: 32,
      too_many_attempts: 1,
    });
  });

  it('are wrong once their client is removed, also for a request under way', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    const { answer } = k.core;
    k.core.answer = async (asked) => {
      await k.access.clients.remove('script');
      return answer(asked);
    };
    const late = await k.ask('GET /v1/token?scope=own', { listener: 'tcp', key });
    expect(k.asked).toHaveLength(1);
    expect([late.status, (await late.text()).includes('token-of')]).toEqual([403, false]);
    expect((await k.ask('GET /v1/token', { listener: 'tcp', key })).status).toBe(401);
    expect((await k.ask('DELETE /v1/clients/script')).status).toBe(404);
  });

  it('cannot bear odd names, `local`, or a name twice', async () => {
    await using k = await kit();
    for (const name of ['local', '-x', 'a b', 'ä', 'x'.repeat(65)])
      expect((await k.ask('POST /v1/clients', { body: { name } })).status).toBe(400);
    expect((await k.ask('POST /v1/clients', { body: { name: 'x', accounts: ['nobody'] } })).status).toBe(404);
    expect((await k.ask('POST /v1/clients', { body: { name: 'x' } })).status).toBe(201);
    expect((await k.ask('POST /v1/clients', { body: { name: 'x' } })).status).toBe(409);
  });

  it('remember when they were used, and write it down rarely', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    await k.ask('GET /v1/accounts', { key });
    const now = Math.floor(k.clock.unixMs() / 1000);
    expect(k.access.clients.list()[0]?.last_used_at).toBe(now);
    expect(k.kept.records[0]?.last_used_at).toBeNull();
    await k.access.clients.flush();
    expect(k.kept.records[0]?.last_used_at).toBe(now);
  });
});

describe('a client that is limited to accounts', () => {
  it('sees and gets those alone, and cannot tell others from none', async () => {
    await using k = await kit();
    const token = vi.spyOn(k.keyfob, 'token');
    const { key } = await k.access.clients.add({ name: 'script', accounts: ['berlin'] });
    expect((await json<Named[]>(k.ask('GET /v1/accounts', { key }))).map(({ name }) => name)).toEqual([
      'berlin',
    ]);
    expect((await k.ask('GET /v1/token?account=berlin', { key })).status).toBe(200);
    const other = await k.ask('GET /v1/token?account=hq', { key });
    const nobody = await k.ask('GET /v1/token?account=nobody', { key });
    expect([other.status, await other.text()]).toEqual([403, await nobody.text()]);
    for (const what of ['refresh', 'use', 'revoke', 'login'])
      for (const name of ['hq', 'nobody'])
        expect((await k.ask(`POST /v1/accounts/${name}/${what}`, { key })).status).toBe(403);
    expect([k.asked, k.core.events]).toEqual([[], []]);
    expect(token.mock.calls.map(([asked]) => asked?.account)).toEqual(['berlin']);
  });

  it('gets no token beyond its scopes, asked for or not', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'bot', scopes: ['other'] });
    for (const query of ['account=hq', 'account=hq&scope=read', 'account=hq&scope=read%20other']) {
      const answer = await k.ask(`GET /v1/token?${query}`, { key });
      expect([query, answer.status]).toEqual([query, 403]);
      expect(await answer.text()).not.toContain('access_token');
    }
    const wide = await k.access.clients.add({ name: 'wide', scopes: ['read', 'other'] });
    expect((await k.ask('GET /v1/token?account=hq', { key: wide.key })).status).toBe(200);
  });

  it('is made with all its limits, and shown with them', async () => {
    await using k = await kit();
    const limits = { accounts: ['hq'], scopes: ['read'], approve: 'session', expires_at: 4_000_000_000 };
    const made = await k.ask('POST /v1/clients', { body: { name: 'bot', ...limits } });
    expect(made.status).toBe(201);
    expect(await json(k.ask('GET /v1/clients'))).toMatchObject([{ name: 'bot', ...limits }]);
  });

  it('is nobody once its key has ended', async () => {
    await using k = await kit();
    const end = Math.floor(k.clock.unixMs() / 1000) + 60;
    const { key } = await k.access.clients.add({ name: 'bot', expires_at: end });
    expect((await k.ask('GET /v1/token?account=hq', { key })).status).toBe(200);
    await k.clock.pass(60_000);
    const answer = await k.ask('GET /v1/token?account=hq', { key });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain(`expired on ${dayText(end, 'en')}`);
    const { problem } = await failure((async () => k.access.client(key, 'tcp'))());
    expect(problem.params).toEqual({ client: 'bot', expired_at: end });
  });

  it('does not get the selected account by leaving the name out', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', accounts: ['berlin'] });
    expect((await k.ask('GET /v1/token', { key })).status).toBe(403);
    expect((await k.ask('GET /v1/token?provider=oauth2', { key })).status).toBe(403);
    expect(await json(k.ask('GET /v1/token?provider=oidc', { key }))).toMatchObject({ account: 'berlin' });
  });
});

describe('routes of the endpoint', () => {
  it('of the person are for local on the socket alone', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    for (const route of k.endpoint.handler.routes.filter(({ audience }) => audience === 'owner')) {
      const ask = `${route.method} ${route.path.replaceAll(/\{\w+\}/g, 'hq')}`;
      expect((await k.ask(ask, { key })).status).toBe(403);
      expect((await k.ask(ask, { key, listener: 'tcp' })).status).toBe(403);
      expect((await k.ask(ask, { listener: 'tcp' })).status).toBe(401);
    }
    expect([k.asked, k.core.events]).toEqual([[], []]);
  });

  it('use, revoke and login are on the socket alone; refresh is everywhere', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    for (const what of ['use', 'revoke', 'login']) {
      expect((await k.ask(`POST /v1/accounts/hq/${what}`, { key, listener: 'tcp' })).status).toBe(403);
      expect((await k.ask(`POST /v1/accounts/hq/${what}`, { key })).status).toBe(200);
    }
    expect((await k.ask('POST /v1/accounts/hq/refresh', { key, listener: 'tcp' })).status).toBe(200);
  });

  it('tell why a sign-in failed in a sentence too, which a command was without', async () => {
    const pages = signInPages();
    await using k = await endpointKit([], pages.signIn);
    await k.keyfob.add(pageAccount('page'));
    const { sign_in } = await json<{ sign_in: Id }>(k.ask('POST /v1/accounts/page/login'));
    pages.giveUp('window_closed');
    expect(await json(k.ask(`GET /v1/sign-ins/${sign_in.id}?wait=2`))).toMatchObject({
      state: 'failed',
      problem: {
        code: 'sign_in_cancelled',
        reason: 'window_closed',
        detail: 'The sign-in window was closed.',
        hint: 'Start it again when you want to sign in.',
      },
    });
  });

  it('tell notices and notes in sentences, with the command that says yes', async () => {
    const pages = signInPages();
    await using k = await endpointKit([hq], pages.signIn);
    await k.keyfob.add(pageAccount('page'));
    const { sign_in } = await json<{ sign_in: Id }>(k.ask('POST /v1/accounts/page/login'));
    pages.answer();
    await k.ask(`GET /v1/sign-ins/${sign_in.id}?wait=2`);
    expect(await json<AccountAnswer[]>(k.ask('GET /v1/accounts'))).toMatchObject([
      { name: 'hq', notice: null },
      {
        name: 'page',
        notice: 'This token cannot be refreshed. Sign in again when it expires.',
      },
    ]);
    expect(await json(k.ask('POST /v1/accounts/page/refresh'))).toMatchObject({
      code: 'sign_in_needed',
      detail: expect.stringContaining('page cannot be refreshed'),
    });
    expect(await json(k.ask('PATCH /v1/accounts/hq', { body: { settings: { scope: 'a' } } }))).toMatchObject({
      notes: ['Requesting a token with the new scope.'],
    });
    const moved = { token_url: 'https://evil.example/token' };
    const { notes } = await json<{ notes: string[] }>(
      k.ask('PATCH /v1/accounts/hq', { body: { settings: moved } }),
    );
    expect(notes.at(-1)).toBe(
      'The secrets of hq were entered for https://vendor.example: none are sent to https://evil.example until you allow it. If this is right, allow it: `keyfob set hq --allow-origin https://evil.example`; or enter its secrets again.',
    );
  });

  it('of accounts and sign-ins do what their bodies say', async () => {
    const pages = signInPages();
    await using k = await endpointKit([hq], pages.signIn);
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').toUpperCase();
    const refresh = (token: string): Promise<Response> =>
      k.ask('POST /v1/accounts/hq/refresh', { body: { rejected: hash(token) } });
    // Not the token in hand: nothing is asked of the vendor. Then the one in hand.
    expect([(await refresh('another')).status, sent(k)]).toEqual([200, []]);
    expect([(await refresh('token-of-hq')).status, sent(k)]).toMatchObject([200, [{ client_id: 'hq' }]]);

    expect((await k.ask('POST /v1/accounts', { body: pageAccount('n') })).status).toBe(201);
    const changed = await k.ask('PATCH /v1/accounts/n', { body: { secrets: { client_secret: 's' } } });
    expect(changed.status).toBe(200);
    expect((await k.keyfob.facts('n')).fields.find(({ name }) => name === 'client_secret')?.set).toBe(true);

    const body = { paste: true, browser: true, timeout: 5 };
    const begun = await k.ask('POST /v1/accounts/n/login', { body });
    expect(begun.status).toBe(202);
    const { sign_in } = await json<{ sign_in: Id & { url: string; expires_at: number } }>(begun);
    expect(pages.begun).toMatchObject([{ account: 'n', paste: true, browser: true }]);
    expect(sign_in.expires_at).toBe(k.clock.unixMs() / 1000 + 5);
    const { searchParams } = new URL(sign_in.url);
    const url = `${searchParams.get('redirect_uri')}?code=c&state=${searchParams.get('state')}`;
    await k.ask(`POST /v1/sign-ins/${sign_in.id}/redirect`, { body: { url } });
    expect(await json(k.ask(`GET /v1/sign-ins/${sign_in.id}?wait=2`))).toMatchObject({ state: 'done' });
    expect(sent(k).at(-1)).toMatchObject({ grant_type: 'authorization_code', code: 'c' });

    const other = await json<{ sign_in: Id }>(k.ask('POST /v1/accounts/n/login', { body: { paste: true } }));
    expect((await k.ask(`DELETE /v1/sign-ins/${other.sign_in.id}`)).status).toBe(204);
    expect((await k.ask('DELETE /v1/accounts/n')).status).toBe(204);
    expect(k.keyfob.accounts().map(({ name }) => name)).toEqual(['hq']);
  });

  it('refuse a body that is not as it should be, and say nothing of what it held', async () => {
    await using k = await kit();
    const bodies = ['{', '[]', '"x"', '{"nmae":"secret-value"}', '{"name":7,"provider":"secret-value"}'];
    bodies.push('{"name":"a","provider":"b","settings":{"x":1}}', '{"__proto__":{"name":"secret-value"}}');
    for (const body of bodies) {
      const response = await k.ask('POST /v1/accounts', { body });
      expect([body, response.status]).toEqual([body, 400]);
      expect(await response.text()).not.toContain('secret-value');
    }
    expect(k.keyfob.accounts()).toHaveLength(2);
    const large = await k.ask('POST /v1/accounts', { body: ' '.repeat(256 * 1024 + 1) });
    expect([large.status, (await json(large)).status]).toEqual([413, 413]);
    expect((await k.ask('POST /v1/accounts/hq/use', { body: { extra: 1 } })).status).toBe(400);
    expect((await k.ask('POST /v1/accounts/hq/refresh', { body: { rejected: 'zz' } })).status).toBe(400);
    expect([k.asked, k.core.events]).toEqual([[], []]);
  });

  it('that are not there are 404, methods that are not taken 405', async () => {
    await using k = await kit();
    const unknown = await k.ask('GET /v1/tokens');
    expect([unknown.status, (await json(unknown)).code]).toEqual([404, 'bad_request']);
    const wrong = await k.ask('PUT /v1/accounts');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST']);
    const preflight = await k.ask('OPTIONS /v1/token');
    expect(preflight.status).toBe(405);
    expect((await k.ask('HEAD /v1/token')).status).toBe(405);
    expect((await k.ask('HEAD /v1/events')).status).toBe(405);
    expect((await k.ask('HEAD /v1/health')).status).toBe(200);
  });

  it('are all in the description, and nothing else is', async () => {
    await using k = await kit();
    const described = await json<Described>(k.ask('GET /v1/openapi.json'));
    const inDescription = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = k.endpoint.handler.routes.map(({ method, path }) => `${method} ${path}`);
    expect(inDescription.sort()).toEqual(served.sort());
    expect(described.openapi).toBe('3.1.0');
    const query = described.paths['/v1/token']?.['get']?.parameters.map(({ name }) => name);
    expect(query).toEqual(Object.keys(tokenRouteQuery.shape));
    expect(JSON.stringify(described)).not.toContain('$schema');
  });

  it('are described as OpenAPI has it, each operation by a name of its own, with all codes', async () => {
    await using k = await kit();
    const described = await json<Described & Record<string, unknown>>(k.ask('GET /v1/openapi.json'));
    expect(await new Validator().validate(described)).toMatchObject({ valid: true });
    const ids = Object.values(described.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('postAccountsByNameRefresh');
    expect(described).toMatchObject({
      components: { schemas: { Problem: { properties: { code: { enum: errorCodes } } } } },
    });
  });

  it('lock and unlock', async () => {
    await using k = await kit();
    k.core.vault.unlock = async (passphrase?: string) => {
      if (passphrase === 'wrong') throw new KeyfobError('wrong_passphrase', { file: 'vault.json' });
      k.core.vault.locked = false;
    };
    expect(await json(k.ask('POST /v1/lock'))).toEqual({ locked: true });
    const wrong = await k.ask('POST /v1/unlock', { body: { passphrase: 'wrong' } });
    expect([wrong.status, (await json(wrong)).code]).toEqual([423, 'vault_locked']);
    expect(await json(k.ask('POST /v1/unlock', { body: {} }))).toEqual({ locked: false });
  });

  it('end the host for its owner alone', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script' });
    expect((await k.ask('POST /v1/stop', { key })).status).toBe(403);
    expect(k.stops).toBe(0);
    expect((await k.ask('POST /v1/stop')).status).toBe(204);
    expect(k.stops).toBe(1);
  });

  it('tell the status of the host', async () => {
    await using k = await kit();
    expect(await json(k.ask('GET /v1/status'))).toEqual({
      ...kitStatus,
      accounts: 2,
      refused: {},
    });
    expect(await json(k.ask('POST /v1/console'))).toEqual({
      url: 'http://127.0.0.1:2/#s=x',
      confirmation_code: '123456',
    });
  });

  it('say what belongs to the desktop where there is none', async () => {
    await using k = await kit();
    for (const [route, said, status] of [
      ['POST /v1/clipboard', /no clipboard/, 400],
      ['POST /v1/panel', /no quick panel/, 503],
    ] as const) {
      const answer = await k.ask(route, { body: '{}' });
      expect(answer.status, route).toBe(status);
      expect((await json(answer)).detail, route).toMatch(said);
    }
    expect(k.asked).toEqual([]);
  });
});

describe('the audit', () => {
  it('names a client that is called as whoever has no name', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'anybody' });
    await k.ask('GET /v1/token?account=hq', { key });
    expect(await k.access.audit.tail(1)).toMatchObject([{ client: 'anybody', account: 'hq', outcome: 'ok' }]);
  });

  it('tells who asked for what, and never a token or key', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', accounts: ['hq'] });
    await k.ask('GET /v1/token', { key, listener: 'tcp' });
    await k.ask('GET /v1/token?account=berlin', { key });
    await k.ask('GET /v1/token?account=nobody-but-maybe-a-token');
    await k.ask('GET /v1/token', { key: 'kf_wrong', listener: 'tcp' });
    await k.ask('GET /v1/accounts', { key });
    const lines = await json(k.ask('GET /v1/audit'));
    const at = Math.floor(k.clock.unixMs() / 1000);
    const route = 'GET /v1/token';
    expect(lines).toEqual([
      { at, client: 'script', via: 'tcp', account: 'hq', provider: 'oauth2', route, outcome: 'ok' },
      {
        at,
        client: 'script',
        via: 'socket',
        account: 'berlin',
        provider: 'oidc',
        route,
        outcome: 'not_permitted',
      },
      {
        at,
        client: 'local',
        via: 'socket',
        account: null,
        provider: null,
        route,
        outcome: 'no_such_account',
      },
      { at, client: null, via: 'tcp', account: null, provider: null, route, outcome: 'client_key_required' },
    ]);
    expect(await json(k.ask('GET /v1/audit?limit=1'))).toHaveLength(1);
    expect((await k.ask('GET /v1/audit?limit=x')).status).toBe(400);
  });

  it('is not flooded by requests that nobody can be made out for', async () => {
    await using k = await kit();
    await k.ask('GET /v1/token');
    for (let i = 0; i < 500; i += 1) await k.ask('GET /v1/token', { listener: 'tcp' });
    expect((await k.access.audit.tail(1000)).length).toBe(31);
    await k.clock.pass(60_000);
    await k.ask('GET /v1/token', { listener: 'tcp' });
    expect((await k.access.audit.tail(1000)).length).toBe(32);
  });
});
