// What lasts longer than a request and its answer: event streams, and requests that wait for approval.
import { describe, expect, it, vi } from 'vitest';

import { addAccount, endpointKit } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';

const hq = { name: 'hq', selected: true };
const berlin = { name: 'berlin', provider: 'oidc', selected: true } as const;
const kit = (): Promise<EndpointKit> => endpointKit([hq, berlin]);

interface Waiting {
  readonly id: string;
}

/** The body of an answer; its shape is what the test expects. */
async function json<T = { readonly detail: string }>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

async function* eventsOf(response: Response): AsyncGenerator<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
}

describe('events of the endpoint', () => {
  it('come as server-sent events, with heartbeats, and end without a trace', async () => {
    await using k = await kit();
    const before = [k.listeners(), k.clock.waiting()];
    const leaving = new AbortController();
    const response = await k.ask('GET /v1/events', { signal: leaving.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const events = eventsOf(response);
    expect((await events.next()).value).toMatch(/^:/);
    await k.keyfob.use('hq');
    expect((await events.next()).value).toBe(
      'event: account.selected\ndata: {"type":"account.selected","account":"hq"}',
    );
    await k.clock.pass(15_000);
    expect((await events.next()).value).toMatch(/^:/);
    await k.ask('GET /v1/token');
    expect((await events.next()).value).toMatch(/^event: audit\ndata: .*"route":"GET \/v1\/token"/);
    expect(k.endpoint.handler.streams.count()).toBe(1);
    leaving.abort();
    expect((await events.next()).done).toBe(true);
    expect(k.endpoint.handler.streams.count()).toBe(0);
    expect([k.listeners(), k.clock.waiting()]).toEqual(before);
  });

  it('went on when the key had ended: they end with it, at that moment', async () => {
    await using k = await kit();
    const end = Math.floor(k.clock.unixMs() / 1000) + 7;
    const { key } = await k.access.clients.add({ name: 'script', expires_at: end });
    const events = eventsOf(await k.ask('GET /v1/events', { key, listener: 'tcp' }));
    expect((await events.next()).value).toMatch(/^:/);
    await k.clock.pass(6_000);
    await k.keyfob.use('hq');
    expect((await events.next()).value).toContain('account.selected');
    await k.clock.pass(1_001);
    expect((await events.next()).done).toBe(true);
    expect(k.endpoint.handler.streams.count()).toBe(0);
  });

  it('of a later account of the same name, and its token, came to a key that was limited to the first', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', accounts: ['hq'] });
    const events = eventsOf(await k.ask('GET /v1/events', { key, listener: 'tcp' }));
    await events.next();
    expect((await k.ask('GET /v1/token?account=hq', { key })).status).toBe(200);
    await k.ask('DELETE /v1/accounts/hq');
    expect((await events.next()).value).toContain('account.removed');
    await addAccount(k.core, hq);
    await k.keyfob.use('hq');
    await k.keyfob.lock();
    await k.keyfob.unlock();
    expect((await events.next()).value).toContain('vault.locked');
    expect((await k.ask('GET /v1/token?account=hq', { key })).status).toBe(403);
    expect(await json<unknown[]>(k.ask('GET /v1/accounts', { key }))).toEqual([]);
    expect(k.kept.records[0]?.accounts).toEqual([]);
  });

  it('of other accounts, and the audit, are not for a limited client', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', accounts: ['berlin'] });
    const events = eventsOf(await k.ask('GET /v1/events', { key, listener: 'tcp' }));
    await events.next();
    await k.ask('GET /v1/token?account=berlin');
    await k.keyfob.use('hq');
    await k.keyfob.refresh('berlin');
    expect((await events.next()).value).toContain('"account":"berlin"');
    await k.access.clients.remove('script');
    expect((await events.next()).done).toBe(true);
  });

  it('that nobody reads are cut off', async () => {
    await using k = await kit();
    await k.ask('GET /v1/events');
    for (let i = 0; i < 2_000; i += 1) await k.keyfob.use('hq');
    expect(k.endpoint.handler.streams.count()).toBe(0);
  });
});

describe('approval of a request', () => {
  it('is asked once for all who wait, and given for that time alone', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'ask' });
    const asked = [
      k.ask('GET /v1/token', { key, listener: 'tcp' }),
      k.ask('GET /v1/token?account=hq', { key }),
    ];
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = await json<Waiting[]>(k.ask('GET /v1/approvals'));
    const now = Math.floor(k.clock.unixMs() / 1000);
    expect(waiting).toEqual([
      {
        kind: 'request',
        id: expect.any(String),
        askers: [],
        client: 'script',
        account: 'hq',
        action: 'token',
        scope: null,
        audience: null,
        approve: 'ask',
        asked_at: now,
        expires_at: now + 60,
      },
    ]);
    const answer = await k.ask(`POST /v1/approvals/${waiting[0]!.id}`, { body: { allow: true } });
    expect(answer.status).toBe(200);
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
    const next = k.ask('GET /v1/token', { key });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await json(k.ask('GET /v1/approvals'))).toHaveLength(1);
    await k.clock.pass(60_000);
    const late = await next;
    expect(late.status).toBe(403);
    expect((await json(late)).detail).toContain('in time');
    expect((await k.ask(`POST /v1/approvals/${waiting[0]!.id}`, { body: { allow: true } })).status).toBe(400);
  });

  it('for a session holds until the vault is locked; a no is said as such', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'session' });
    const answer = async (allow: boolean): Promise<Response> => {
      const asked = k.ask('GET /v1/token', { key });
      await new Promise((resolve) => setImmediate(resolve));
      const [first] = await json<Waiting[]>(k.ask('GET /v1/approvals'));
      await k.ask(`POST /v1/approvals/${first!.id}`, { body: { allow } });
      return asked;
    };
    expect((await json(answer(false))).detail).toContain('denied');
    expect((await answer(true)).status).toBe(200);
    expect((await k.ask('GET /v1/token', { key })).status).toBe(200);
    await k.ask('POST /v1/lock');
    expect((await answer(false)).status).toBe(403);
  });

  it('that was given once was remembered for the session', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'session' });
    for (const once of [true, false]) {
      const asked = k.ask('GET /v1/token', { key });
      await new Promise((resolve) => setImmediate(resolve));
      const [question] = k.access.approvals.list();
      k.access.approvals.answer(question?.id ?? '', true, once);
      expect((await asked).status).toBe(200);
    }
    expect((await k.ask('GET /v1/token', { key })).status).toBe(200);
  });

  it('of one scope covered another, an audience and a revocation: each asks for itself', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'session' });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const wishes = [
      ['GET /v1/token', 'token', null, null],
      ['GET /v1/token?scope=rooms.read', 'token', 'rooms.read', null],
      ['GET /v1/token?scope=rooms.write', 'token', 'rooms.write', null],
      ['GET /v1/token?audience=https://api', 'token', null, 'https://api'],
      ['POST /v1/accounts/hq/revoke', 'revoke', null, null],
      ['POST /v1/accounts/hq/use', 'use', null, null],
      ['POST /v1/accounts/hq/login', 'login', null, null],
    ] as const;
    const asked = wishes.map(([request]) => k.ask(request, { key, listener: 'socket' }));
    await turn();
    const waiting = await json<(Waiting & { action: string })[]>(k.ask('GET /v1/approvals'));
    expect(waiting).toMatchObject(
      wishes.map(([, action, scope, audience]) => ({ account: 'hq', action, scope, audience })),
    );
    for (const one of waiting)
      await k.ask(`POST /v1/approvals/${one.id}`, { body: { allow: one.action === 'token' } });
    const ends = (await Promise.all(asked)).map(({ status }) => status);
    expect(ends).toEqual([200, 200, 200, 200, 403, 403, 403]);
    // Remembered for the session: those alone.
    expect((await k.ask('GET /v1/token?scope=rooms.read', { key })).status).toBe(200);
    void k.ask('GET /v1/token?scope=rooms.read+rooms.write', { key });
    void k.ask('POST /v1/accounts/hq/revoke', { key });
    await turn();
    expect(await json(k.ask('GET /v1/approvals'))).toHaveLength(2);
    const lines = await k.access.audit.tail(20);
    expect(lines.filter(({ route }) => route === 'GET /v1/token')).toMatchObject([
      {},
      { scope: 'rooms.read' },
      { scope: 'rooms.write' },
      { audience: 'https://api' },
      { scope: 'rooms.read' },
    ]);
  });

  it('of a token covered the ID token too, which says who signed in: it asks for itself, and says so', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'session' });
    const answered = async (request: string): Promise<unknown> => {
      const asked = k.ask(request, { key, listener: 'socket' });
      await new Promise((resolve) => setImmediate(resolve));
      const [one] = await json<(Waiting & { id_token?: true })[]>(k.ask('GET /v1/approvals'));
      if (one !== undefined) await k.ask(`POST /v1/approvals/${one.id}`, { body: { allow: true } });
      expect((await asked).status).toBe(200);
      return one === undefined ? 'nobody was asked' : (one.id_token ?? 'no ID token');
    };
    expect(await answered('GET /v1/token')).toBe('no ID token');
    expect(await answered('GET /v1/token?id_token=preferred')).toBe(true);
    expect(await answered('GET /v1/token?id_token=preferred')).toBe('nobody was asked');
  });

  it('names the program that says what it is and what it asks for, to the person and in the audit', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'ask' });
    const asked = k.ask('GET /v1/token?application=git+git.example', { key });
    await vi.waitFor(() => expect(k.access.approvals.list()).toHaveLength(1));
    await vi.waitFor(() =>
      expect(k.access.approvals.list()).toMatchObject([
        {
          client: 'script',
          askers: [{ program: null, application: 'git git.example' }],
        },
      ]),
    );
    k.access.approvals.answer(k.access.approvals.list()[0]?.id ?? '', true);
    expect((await asked).status).toBe(200);
    await k.ask('GET /v1/token?application=kf_0123456789abcdef0123456789abcdef');
    await k.ask('POST /v1/accounts/hq/refresh', {
      body: { rejected: 'a'.repeat(64), application: 'docker registry.example' },
    });
    const [first, hidden, refresh] = await k.access.audit.tail(3);
    expect(first).toMatchObject({ client: 'script', application: 'git git.example', outcome: 'ok' });
    expect(hidden).toMatchObject({ client: 'local', outcome: 'ok' });
    expect(hidden).not.toHaveProperty('application');
    expect(refresh).toMatchObject({ application: 'docker registry.example' });
    expect((await k.ask('GET /v1/token?application=')).status).toBe(400);
  });

  it('of everything buried the person in questions: ten of a client wait, the eleventh is refused', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'ask' });
    const asked = [...Array(11).keys()].map((n) => k.ask(`GET /v1/token?scope=s${n}`, { key }));
    expect((await asked[10])?.status).toBe(403);
    expect(k.access.approvals.list()).toHaveLength(10);
  });

  it('is not waited for any more when the caller has gone', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'ask' });
    const leaving = new AbortController();
    const asked = k.ask('GET /v1/token?scope=own', { key, signal: leaving.signal });
    await new Promise((resolve) => setImmediate(resolve));
    expect(k.access.approvals.list()).toHaveLength(1);
    leaving.abort();
    expect((await asked).status).toBe(403);
    expect(k.access.approvals.list()).toEqual([]);
    expect(k.asked).toEqual([]);
  });
});
