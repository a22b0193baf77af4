// What a vendor may answer to a refresh, through the whole agent: what `keyfob token` ends with, and what heals.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { serveOnLoopback, type LoopbackServer } from '../testing/loopback-server.ts';
import { cleanUp, startAgent, until } from '../testing/program.ts';
import type { Agent } from '../testing/program.ts';

interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly type?: string;
  /** Ms; the vendor has rotated by then. */
  readonly after?: number;
}

/** The vendor grants: what `more` says is put over its answer. */
const granted = (more: Record<string, unknown> = {}): Record<string, unknown> => ({ grants: more });
const json = (status: number, body: unknown): Reply => ({ status, body });
const page: Reply = { status: 403, body: '<html>proxy</html>', type: 'text/html' };

/** By account: the answer to a refresh, and the exit code of `keyfob token` then. */
const rows: Record<string, [reply: Reply, code: number, told: RegExp]> = {
  'invalid-grant': [json(400, { error: 'invalid_grant' }), 4, /keyfob login/],
  'bad-refresh-token': [json(200, { error: 'bad_refresh_token' }), 4, /keyfob login/],
  'token-expired': [json(401, { error: 'token_expired' }), 4, /keyfob login/],
  'unknown-error': [json(400, { error: 'unknown_error' }), 6, /unknown_error[^]*retries/],
  'access-denied': [json(400, { error: 'Access Denied' }), 6, /Access Denied/],
  'rate-limited': [json(200, { ok: false, error: 'ratelimited' }), 6, /ratelimited/],
  'error-object': [json(400, { error: { message: 'Too many' } }), 6, /Too many/],
  'null-token': [json(200, { access_token: null, error: 'odd' }), 6, /odd/],
  'invalid-client': [
    json(401, { error: 'invalid_client' }),
    6,
    /keyfob set invalid-client --secret client_secret/,
  ],
  'no-token': [json(200, { token_type: 'bearer' }), 6, /access_token/],
  torn: [{ status: 200, body: '{"access_tok' }, 6, /JSON/],
  forbidden: [json(403, { message: 'Forbidden' }), 7, /403/],
  unavailable: [json(503, {}), 7, /503/],
  missing: [json(404, {}), 7, /404/],
  page: [page, 7, /web page/],
  'no-type': [{ body: granted({ token_type: undefined }) }, 0, /^$/],
  form: [{ body: granted(), type: 'application/x-www-form-urlencoded' }, 0, /^$/],
  slow: [{ body: granted(), after: 13_000 }, 0, /^$/],
};
const names = Object.keys(rows);

let agent: Agent;
let vendor: LoopbackServer;
let healed = false;
let reused = 0;
const good = new Set<string>();
let count = 0;

/** A vendor on loopback: a path for each account, devices that are let in at once, refresh tokens good once. */
const startVendor = (): Promise<LoopbackServer> =>
  serveOnLoopback(({ url, form: asked }, response) => {
    const [, name = '', endpoint] = url.split('/');
    const send = ({ status = 200, body, type = 'application/json' }: Reply): void => {
      const isForm = type.includes('form') && typeof body === 'object';
      const pairs = Object.entries(body ?? {}).map(([key, value]) => [key, String(value)]);
      const written = isForm ? String(new URLSearchParams(pairs)) : JSON.stringify(body);
      response.writeHead(status, { 'content-type': type });
      response.end(typeof body === 'string' ? body : written);
    };
    const grant = (lifetime: number, more = {}): Record<string, unknown> => {
      count += 1;
      good.add(`r${String(count)}`);
      const token = { access_token: `a${String(count)}`, refresh_token: `r${String(count)}` };
      return { ...token, token_type: 'bearer', expires_in: lifetime, ...more };
    };
    if (endpoint === 'device') {
      const page = { verification_uri: `${vendor.origin}/go`, expires_in: 600, interval: 1 };
      send({ body: { device_code: 'd', user_code: 'u', ...page } });
      return;
    }
    const token = asked.get('refresh_token');
    if (token === null) {
      send({ body: grant(2) });
      return;
    }
    const [reply] = rows[name] ?? [json(500, {})];
    if (!good.has(token)) reused += 1;
    const { grants } = (typeof reply.body === 'object' ? reply.body : {}) as { grants?: object };
    if (!healed && grants === undefined) {
      send(reply);
      return;
    }
    good.delete(token);
    const body = grant(3600, grants ?? {});
    setTimeout(() => {
      send(healed ? { body } : { ...reply, body });
    }, reply.after ?? 0);
  });

beforeAll(async () => {
  vendor = await startVendor();
  const { origin } = vendor;
  agent = await startAgent();
  for (const name of names) {
    const urls = [
      '--set',
      `token_url=${origin}/${name}/token`,
      '--set',
      `device_url=${origin}/${name}/device`,
    ];
    const fields = ['--provider', 'oauth2', '--grant', 'device_code', ...urls, '--set', 'client_id=c1'];
    await agent.done(['add', name, ...fields, '--secret', 'client_secret'], 's1\n');
  }
  const logins = names.map((name) =>
    agent.ask(`/v1/accounts/${name}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
  );
  for (const { status } of await Promise.all(logins)) expect(status).toBeLessThan(300);
  await until('all are signed in', async () =>
    (await agent.accounts()).every(({ state }) => !['signed_out', 'signing_in'].includes(state)),
  );
}, 120_000);
afterAll(async () => {
  await cleanUp();
  await vendor.close();
});

describe.each(names)('a refresh that is answered %s', (name) => {
  const [, code, told] = rows[name] ?? [null, -1, /never/];

  it(`has \`keyfob token\` end with ${String(code)}`, async () => {
    const ended = await until(
      'the first token has ended',
      async () => {
        const result = await agent.run(['token', name]);
        return result.code === 0 && code !== 0 ? null : result;
      },
      20_000,
    );
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(told)]);
    const { state, notice, next_refresh_at } = await agent.account(name);
    if (code === 4) {
      expect([state, next_refresh_at]).toEqual(['sign_in_needed', null]);
    } else if (code !== 0) {
      expect(['retrying', 'refreshing']).toContain(state);
      if (state === 'retrying') expect([notice === null, next_refresh_at === null]).toEqual([false, false]);
    }
  }, 40_000);
});

describe('a vendor that is well again', () => {
  it('serves all but those whose grant it judged, and has seen no refresh token twice', async () => {
    healed = true;
    const ended = names.filter((name) => rows[name]?.[1] === 4);
    for (const name of names) {
      const { code } = await agent.run(['refresh', name]);
      expect([name, code]).toEqual([name, ended.includes(name) ? 4 : 0]);
    }
    expect(reused).toBe(0);
  }, 60_000);
});
