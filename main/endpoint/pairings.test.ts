import type { PairingView } from '../api/clients.ts';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';

import { endpointKit } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import type { HttpListener } from './types.ts';

const kit = (): Promise<EndpointKit> => endpointKit([{ name: 'hq', selected: true }, { name: 'berlin' }]);

interface Begun {
  id: string;
  secret: string;
  code: string;
  poll_seconds: number;
  expires_at: number;
}
interface Problem {
  code: string;
  detail: string;
}

const begin = (
  k: EndpointKit,
  body: object = { name: 'editor' },
  listener: HttpListener = 'tcp',
): Promise<Response> => k.ask('POST /v1/pair', { body, listener });
const begun = async (k: EndpointKit, body?: object): Promise<Begun> =>
  (await (await begin(k, body)).json()) as Begun;
const look = (k: EndpointKit, { id, secret }: { id: string; secret: string }): Promise<Response> =>
  k.endpoint.handler.fetch(
    new Request(`http://127.0.0.1/v1/pair/${id}`, { headers: { 'Keyfob-Pairing': secret } }),
    'tcp',
  );
const problemOf = async (answer: Response): Promise<Problem> => (await answer.json()) as Problem;

describe('pairing', () => {
  it('shows the person the code, and gives the key once after a yes', async () => {
    await using k = await kit();
    const answer = await begin(k, { name: 'editor', accounts: ['hq'] });
    expect(answer.status).toBe(201);
    const pairing = (await answer.json()) as Begun;
    expect(pairing.code).toMatch(/^\d{6}$/);
    expect(await (await look(k, pairing)).json()).toEqual({ state: 'waiting', poll_seconds: 2 });

    const [waiting] = (await (await k.ask('GET /v1/approvals')).json()) as PairingView[];
    expect(waiting).toMatchObject({
      kind: 'pairing',
      id: pairing.id,
      client: 'editor',
      accounts: ['hq'],
      code: pairing.code,
      expires_at: pairing.expires_at,
    });
    expect(JSON.stringify(waiting)).not.toContain(pairing.secret);
    expect(k.access.clients.list()).toEqual([]);
    expect((await k.ask(`POST /v1/approvals/${pairing.id}`, { body: { allow: true } })).status).toBe(200);

    const both = await Promise.all([look(k, pairing), look(k, pairing)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    const { state, key } = (await both.find(({ ok }) => ok)!.json()) as { state: string; key: string };
    expect(state).toBe('paired');
    expect((await k.ask('GET /v1/token?account=hq', { key, listener: 'tcp' })).status).toBe(200);
    expect((await k.ask('GET /v1/token?account=berlin', { key, listener: 'tcp' })).status).toBe(403);
    expect((await look(k, pairing)).status).toBe(403);

    const lines = await k.access.audit.tail(10);
    expect(lines[0]).toMatchObject({
      client: null,
      application: 'editor',
      route: 'POST /v1/pair',
      via: 'tcp',
    });
    expect(lines.find(({ client, outcome }) => client === 'editor' && outcome === 'ok')).toMatchObject({
      route: 'GET /v1/pair/{id}',
    });
    const text = JSON.stringify(lines);
    for (const hidden of [pairing.secret, pairing.code, key]) expect(text).not.toContain(hidden);
  });

  it('gives nothing to who does not hold the secret, in the same words as for no pairing', async () => {
    await using k = await kit();
    const pairing = await begun(k);
    await k.ask(`POST /v1/approvals/${pairing.id}`, { body: { allow: true } });
    const wrong = await look(k, { id: pairing.id, secret: 'x' });
    const none = await look(k, { id: 'none', secret: pairing.secret });
    expect([wrong.status, await problemOf(wrong)]).toEqual([none.status, await problemOf(none)]);
    expect((await k.ask(`GET /v1/pair/${pairing.id}`)).status).toBe(403);
    expect((await look(k, pairing)).status).toBe(200);
  });

  it('says a no, and that nobody answered, and leaves no client', async () => {
    await using k = await kit();
    // What the kit's sign-in leaves to be written has been.
    await k.clock.pass(60_000);
    const timers = k.clock.waiting();
    const [refused, late] = [await begun(k), await begun(k, { name: 'other' })];
    await k.ask(`POST /v1/approvals/${refused.id}`, { body: { allow: false } });
    expect((await problemOf(await look(k, refused))).detail).toContain('denied');
    await k.clock.pass(300_000);
    await Promise.resolve();
    expect((await problemOf(await look(k, late))).detail).toContain('in time');
    await k.clock.pass(60_000);
    expect((await problemOf(await look(k, late))).detail).toContain('No such pairing');
    expect(k.access.clients.list()).toEqual([]);
    expect(k.clock.waiting()).toBe(timers);
  });

  it('forgets a yes that is not fetched in time', async () => {
    await using k = await kit();
    const pairing = await begun(k);
    await k.ask(`POST /v1/approvals/${pairing.id}`, { body: { allow: true } });
    await k.clock.pass(331_000);
    expect((await look(k, pairing)).status).toBe(403);
    expect(k.access.clients.list()).toEqual([]);
  });

  it('lets three wait and ten begin for each listener', async () => {
    await using k = await kit();
    const status = async (listener: HttpListener): Promise<number> =>
      (await begin(k, { name: 'a' }, listener)).status;
    expect([await status('tcp'), await status('tcp'), await status('tcp')]).toEqual([201, 201, 201]);
    expect(await status('tcp')).toBe(429);
    expect(await status('socket')).toBe(201);
    for (let i = 0; i < 7; i += 1) {
      const [first] = k.access.approvals.list();
      k.access.approvals.answer(first!.id, false);
      await Promise.resolve();
      if (first !== undefined && i < 6) await begin(k);
    }
    for (const { id } of k.access.approvals.list()) k.access.approvals.answer(id, false);
    await Promise.resolve();
    const statuses = [];
    for (let i = 0; i < 5; i += 1) {
      statuses.push(await status('tcp'));
      for (const { id } of k.access.approvals.list()) k.access.approvals.answer(id, false);
      await Promise.resolve();
    }
    expect(statuses.at(-1)).toBe(429);
    await k.clock.pass(600_000);
    expect(await status('tcp')).toBe(201);
  });

  it('tells the person, and not the program, that a name or an account does not do', async () => {
    await using k = await kit();
    await k.access.clients.add({ name: 'editor' });
    const taken = await begun(k, { name: 'editor' });
    const strange = await begun(k, { name: 'other', accounts: ['nowhere'] });
    const yes = (id: string): Promise<Response> =>
      k.ask(`POST /v1/approvals/${id}`, { body: { allow: true } });
    expect((await problemOf(await yes(taken.id))).code).toBe('already_exists');
    expect((await problemOf(await yes(strange.id))).code).toBe('no_such_account');
    expect((await (await look(k, taken)).json()) as object).toMatchObject({ state: 'waiting' });
    for (const name of ['', 'local', '../x', 'a b', 'x'.repeat(65)])
      expect((await begin(k, { name })).status).toBe(400);
    expect((await begin(k, { name: 'a', accounts: [] })).status).toBe(400);
  });

  it('is not for browsers, and a key answers nothing', async () => {
    await using k = await kit();
    const opened = await k.endpoint.listenOnTcp(0);
    if ('problem' in opened) throw new Error(opened.problem.reason);
    const port = Number(new URL(opened.url).port);
    const body = '{"name":"page"}';
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          `POST /v1/pair HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://evil.example\r\n` +
            `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        ),
      );
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toContain('browser_refused');
    expect(k.access.approvals.list()).toEqual([]);
    const pairing = await begun(k);
    const { key } = await k.access.clients.add({ name: 'script' });
    const self = await k.ask(`POST /v1/approvals/${pairing.id}`, { body: { allow: true }, key });
    expect(self.status).toBe(403);
    const tcp = await k.ask(`POST /v1/approvals/${pairing.id}`, {
      body: { allow: true },
      key,
      listener: 'tcp',
    });
    expect(tcp.status).toBe(403);
  });
});
