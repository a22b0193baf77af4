// What the audit keeps of those who ask, and of what the person does; and what it does not let others push out.
import { describe, expect, it } from 'vitest';
import { endpointKit } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import type { AuditLine } from '../api/audit.ts';

const kit = (): Promise<EndpointKit> => endpointKit([{ name: 'hq', selected: true }, { name: 'berlin' }]);

async function lines(k: EndpointKit, query = ''): Promise<AuditLine[]> {
  return (await (await k.ask(`GET /v1/audit${query}`)).json()) as AuditLine[];
}

describe('a flood of refusals', () => {
  it('48,000 of a limited key pushed out what everybody else did: they are counted, and the rest stays', async () => {
    await using k = await kit();
    await k.ask('GET /v1/token?account=berlin');
    const { key } = await k.access.clients.add({ name: 'limited', accounts: ['hq'] });
    const { key: other } = await k.access.clients.add({ name: 'other', accounts: ['hq'] });
    const actor = k.access.client(key, 'tcp');
    const asked = { via: 'tcp', route: 'GET /v1/token', audited: true } as const;
    const refused = (): Promise<unknown> =>
      k.access.enter(asked, (entry) => {
        entry.by(actor);
        return k.access.token({ account: 'berlin' }, { actor, entry });
      });
    for (let n = 0; n < 48_000; n += 1) {
      await refused().catch(() => undefined);
      // An hour, all in all.
      if (n % 800 === 0) await k.clock.pass(60_000);
    }
    await k.ask('GET /v1/token?account=berlin', { key: other });
    await k.clock.pass(3_600_000);
    const kept = await lines(k, '?limit=10000');
    expect(kept.length).toBeLessThan(60);
    expect(kept[0]).toMatchObject({ client: 'local', account: 'berlin', outcome: 'ok' });
    expect(kept.some(({ client }) => client === 'other')).toBe(true);
    const counts = kept.filter(({ client }) => client === 'limited').map(({ count = 1 }) => count);
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(48_000);
  }, 60_000);

  it('of ever new kinds ends in few lines, and what was counted is written at the end', async () => {
    const k = await kit();
    for (let n = 0; n < 40; n += 1) await k.ask(`GET /v1/pair/${n}`);
    for (const path of [
      'token',
      'accounts',
      'events',
      'status',
      'providers',
      'clients',
      'approvals',
      'audit',
      'x',
    ])
      for (let n = 0; n < 8; n += 1) await k.ask(`GET /v1/${path}`, { listener: 'tcp' });
    await k.access.close();
    const kept = await k.access.audit.tail(10_000);
    expect(kept.length).toBeLessThan(60);
    expect(kept.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(40 + 9 * 8);
    await k[Symbol.asyncDispose]();
  });
});

describe('a flood of granted requests', () => {
  it('200,000 of one key pushed out what others and the person did: they are counted, and the rest stays', async () => {
    await using k = await kit();
    await k.ask('POST /v1/lock', { body: {} });
    await k.ask('POST /v1/unlock', { body: {} });
    const { key } = await k.access.clients.add({ name: 'hungry' });
    const { key: other } = await k.access.clients.add({ name: 'other' });
    await k.ask('GET /v1/token?account=hq', { key: other });
    const actor = k.access.client(key, 'tcp');
    const asked = { via: 'tcp', route: 'GET /v1/token', audited: true } as const;
    for (let n = 0; n < 200_000; n += 1) {
      await k.access.enter(asked, (entry) => {
        entry.by(actor);
        return k.access.token({ account: n % 2 === 0 ? 'hq' : 'berlin' }, { actor, entry });
      });
      // Two days, all in all.
      if (n % 1000 === 0) await k.clock.pass(864_000);
    }
    await k.clock.pass(3_600_000);
    const kept = await k.access.audit.tail(1_000_000);
    const routes = kept.slice(0, 3).map(({ client, route }) => [client, route]);
    expect(routes).toEqual([
      ['local', 'POST /v1/lock'],
      ['local', 'POST /v1/unlock'],
      ['other', 'GET /v1/token'],
    ]);
    const hungry = kept.filter(({ client }) => client === 'hungry');
    expect(hungry.length).toBeLessThan(1000 + 48 * (60 + 2) + 20);
    for (const account of ['hq', 'berlin']) {
      const counts = hungry.filter((line) => line.account === account).map(({ count = 1 }) => count);
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(100_000);
    }
  }, 60_000);

  it('by callers without a key leaves what the person does its lines, and names each of the first thousand', async () => {
    const k = await kit();
    const actor = k.access.owner('socket');
    for (let n = 0; n < 1_100; n += 1)
      await k.access.enter({ via: 'socket', route: 'GET /v1/token', audited: true }, (entry) => {
        entry.by(actor);
        return k.access.token({ account: 'hq' }, { actor, entry });
      });
    await k.ask('GET /v1/token?account=hq&scope=mail');
    await k.ask('POST /v1/lock', { body: {} });
    await k.access.close();
    const kept = await k.access.audit.tail(10_000);
    expect(kept.filter(({ count, route }) => route === 'GET /v1/token' && count === undefined)).toHaveLength(
      1000,
    );
    expect(kept.slice(1000)).toMatchObject([
      { route: 'POST /v1/lock', outcome: 'ok' },
      { route: 'GET /v1/token', account: 'hq', count: 100 },
      { route: 'GET /v1/token', account: 'hq', scope: 'mail', count: 1 },
    ]);
    await k[Symbol.asyncDispose]();
  });
});

describe('what the person does at the endpoint', () => {
  it.each([
    ['POST /v1/clients', { name: 'bot' }, 'bot'],
    ['POST /v1/lock', {}, undefined],
    ['POST /v1/unlock', {}, undefined],
    ['POST /v1/console', {}, undefined],
    ['POST /v1/export', {}, undefined],
  ])('%s stood in no line', async (request, body, about) => {
    await using k = await kit();
    expect((await k.ask(request, { body })).ok).toBe(true);
    const line = { client: 'local', via: 'socket', route: request, outcome: 'ok' };
    expect(await lines(k)).toMatchObject([about === undefined ? line : { ...line, about }]);
    expect(JSON.stringify(await lines(k))).not.toContain('kf_');
  });

  it('a token at the end of a long path was cut, and its beginning stood in the line', async () => {
    await using k = await kit();
    const path = `/${'ab/'.repeat(62)}${'T0ken'.repeat(10)}`;
    await k.ask(`GET /v1/token?account=hq&path=${encodeURIComponent(path)}`);
    const [line] = await lines(k);
    expect(line?.about).toMatch(/^\/ab\/.*\/\(not/);
    expect(line?.about).not.toContain('T0ken');
  });

  it('a client removed, and a yes: each names whom it was about', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'bot', approve: 'ask' });
    const asked = k.ask('GET /v1/token', { key });
    await new Promise((resolve) => setImmediate(resolve));
    const [question] = k.access.approvals.list();
    await k.ask(`POST /v1/approvals/${question!.id}`, { body: { allow: true } });
    await asked;
    await k.ask('DELETE /v1/clients/bot');
    await k.ask('DELETE /v1/clients/kf_never-a-key');
    expect(await lines(k)).toMatchObject([
      { route: 'POST /v1/approvals/{id}', about: 'yes to bot' },
      { route: 'GET /v1/token', client: 'bot' },
      { route: 'DELETE /v1/clients/{name}', about: 'bot' },
      { route: 'DELETE /v1/clients/{name}', outcome: 'no_such_client' },
    ]);
    expect(JSON.stringify(await lines(k))).not.toContain('kf_');
  });
});

describe('the lines of GET /v1/audit', () => {
  it('are those since a time, of a client, about an account, or refused', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'limited', accounts: ['hq'] });
    await k.ask('GET /v1/token?account=berlin');
    await k.clock.pass(100_000);
    await k.ask('GET /v1/token?account=hq', { key });
    await k.ask('GET /v1/token?account=berlin', { key });
    const now = Math.floor(k.clock.unixMs() / 1000);
    const of = async (query: string): Promise<number> => (await lines(k, `?${query}`)).length;
    expect(await of(`since=${now}`)).toBe(2);
    expect(await of('client=limited')).toBe(2);
    expect(await of('account=berlin')).toBe(2);
    expect(await of('refused=true')).toBe(1);
    expect(await of('client=limited&refused=true&limit=1')).toBe(1);
    expect((await k.ask('GET /v1/audit?refused=x')).status).toBe(400);
  });
});
