// The endpoint from outside: who is let in over TCP, who is turned away, and what the answers look like.
import { createHash } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ask, cleanUp, startAgent, startPractice, until } from '../testing/program.ts';
import type { Agent, HttpAnswer, HttpQuestion, Practice } from '../testing/program.ts';

const run = promisify(execFile);

let agent: Agent;
let practice: Practice;
let endpoint: string;
let port: number;
let key: string;
let limited: string;

const hq = 'practice-organization';
const other = 'practice-officernd';

beforeAll(async () => {
  [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  endpoint = agent.ready.endpoint ?? '';
  port = Number(new URL(endpoint).port);
  for (const name of [hq, other]) {
    await agent.add(practice.account(name));
    await agent.done(['login', name]);
  }
  key = (await agent.done(['client', 'add', 'script'])).trim();
  limited = (await agent.done(['client', 'add', 'narrow', '--accounts', hq])).trim();
});
afterAll(cleanUp);

/** Asks over TCP with a key (none when null). */
function overTcp(
  route: string,
  withKey: string | null = key,
  question: HttpQuestion = {},
): Promise<HttpAnswer> {
  const authorization = withKey === null ? {} : { Authorization: `Bearer ${withKey}` };
  return ask(`${endpoint}${route}`, { ...question, headers: { ...authorization, ...question.headers } });
}

/** Checks that an answer is a problem document with this code and status. */
function expectProblem(answer: HttpAnswer, status: number, code: string): void {
  expect([answer.status, answer.text]).toEqual([status, answer.text]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = answer.json();
  expect(problem).toMatchObject({ status, code });
  for (const field of ['type', 'title', 'detail']) expect(problem[field]).toEqual(expect.any(String));
  expectSafe(answer);
}

/** What every answer bears, and what none does. */
function expectSafe(answer: HttpAnswer): void {
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
}

it('keyfob client add prints keys of the promised form', () => {
  expect(key).toMatch(/^kf_[A-Za-z0-9_-]{20,}$/);
  expect(limited).not.toBe(key);
});

describe('the host guard', () => {
  it('wants a key', async () => {
    const answer = await overTcp('/v1/token', null);
    expectProblem(answer, 401, 'client_key_required');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expectProblem(await overTcp('/v1/accounts', null), 401, 'client_key_required');
    expectProblem(await overTcp('/v1/events', null), 401, 'client_key_required');
    expectProblem(await overTcp('/v1/nothing', null), 401, 'client_key_required');
  });

  it('takes no key but one that was given out, and none from anywhere but the header', async () => {
    expectProblem(await overTcp('/v1/token', `${key}x`), 401, 'client_key_required');
    expectProblem(await overTcp('/v1/token', key.slice(0, -1)), 401, 'client_key_required');
    expectProblem(await overTcp('/v1/token', 'kf_'), 401, 'client_key_required');
    for (const name of ['key', 'access_token', 'authorization', 'client_key']) {
      const answer = await overTcp(`/v1/token?${name}=${key}`, null);
      expectProblem(answer, 401, 'client_key_required');
      expect(answer.text).not.toContain(key);
    }
    const basic = `Basic ${Buffer.from(`script:${key}`).toString('base64')}`;
    expectProblem(
      await overTcp('/v1/token', null, { headers: { Authorization: basic } }),
      401,
      'client_key_required',
    );
    expectProblem(
      await overTcp('/v1/token', null, { headers: { Cookie: `key=${key}` } }),
      401,
      'client_key_required',
    );
    expect((await overTcp('/v1/token')).status).toBe(200);
  });

  it.each([
    ['Origin', 'https://example.com'],
    ['Origin', 'null'],
    ['Referer', 'https://example.com/page'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Sec-Fetch-Site', 'none'],
    ['Origin', ''],
  ])('refuses a browser: %s: %s', async (name, value) => {
    expectProblem(await overTcp('/v1/token', key, { headers: { [name]: value } }), 403, 'browser_refused');
    expectProblem(await overTcp('/v1/health', null, { headers: { [name]: value } }), 403, 'browser_refused');
  });

  it('refuses its own origin and a preflight as well', async () => {
    expectProblem(await overTcp('/v1/token', key, { headers: { Origin: endpoint } }), 403, 'browser_refused');
    const preflight = await overTcp('/v1/token', null, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://example.com',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
        'Access-Control-Request-Private-Network': 'true',
      },
    });
    expectProblem(preflight, 403, 'browser_refused');
  });

  it('answers to three hosts, letter by letter', async () => {
    const status = async (host: string): Promise<number> =>
      (await overTcp('/v1/health', null, { headers: { Host: host } })).status;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
      expect([host, await status(host)]).toEqual([host, 200]);
    const wrong = [
      '127.0.0.1',
      'localhost',
      `127.0.0.1:${port + 1}`,
      `127.0.0.2:${port}`,
      `127.1:${port}`,
      `0.0.0.0:${port}`,
      `example.com:${port}`,
      `localhost.:${port}`,
      `LOCALHOST:${port}`,
      `127.0.0.1:0${port}`,
      `127.0.0.1.example.com:${port}`,
      `keyfob@127.0.0.1:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
    ];
    for (const host of wrong) {
      const answer = await overTcp('/v1/token', key, { headers: { Host: host } });
      expect([host, answer.status]).toEqual([host, 421]);
      expectProblem(answer, 421, 'wrong_host');
    }
  });

  it('refuses a request with no Host, two Hosts, or another authority in its target', async () => {
    const wrong = [
      'GET /v1/health HTTP/1.0\r\n\r\n',
      `GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: example.com\r\nConnection: close\r\n\r\n`,
      `GET http://example.com/v1/health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    ];
    for (const text of wrong) {
      const status = (await raw(text)).split('\r\n', 1)[0];
      expect([text, status]).toEqual([text, expect.stringMatching(/ (421|400) /)]);
    }
  });

  it('listens on loopback alone', async () => {
    const { stdout } = await run('ss', ['-ltnpH']);
    const mine = stdout.split('\n').filter((line) => line.includes(`pid=${agent.ready.pid},`));
    expect(mine.length).toBeGreaterThan(0);
    for (const line of mine) expect(line).toMatch(/\s(127\.0\.0\.1|\[::1\]):\d+\s/);
  });
});

describe('clients of the endpoint', () => {
  it('that are limited get their accounts and no others', async () => {
    expect((await overTcp(`/v1/token?account=${hq}`, limited)).status).toBe(200);
    expectProblem(await overTcp(`/v1/token?account=${other}`, limited), 403, 'not_permitted');
    expectProblem(await overTcp('/v1/token?account=nobody', limited), 403, 'not_permitted');
    const list = (await overTcp('/v1/accounts', limited)).json<{ name: string }[]>();
    expect(list.map(({ name }) => name)).toEqual([hq]);
    expectProblem(
      await overTcp(`/v1/accounts/${other}/refresh`, limited, { method: 'POST' }),
      403,
      'not_permitted',
    );
    await agent.done(['use', other]);
    expectProblem(await overTcp('/v1/token', limited), 403, 'not_permitted');
    await agent.done(['use', hq]);
    expect((await overTcp('/v1/token', limited)).status).toBe(200);
  });

  it('are limited on the socket too when they show their key there', async () => {
    const headers = { Authorization: `Bearer ${limited}` };
    expect((await agent.ask(`/v1/token?account=${other}`, { headers })).status).toBe(403);
    expect((await agent.ask(`/v1/accounts/${other}/use`, { method: 'POST', headers })).status).toBe(403);
    expect((await agent.ask(`/v1/accounts/${hq}/use`, { method: 'POST', headers })).status).toBe(200);
    expect((await agent.ask('/v1/token', { headers: { Authorization: 'Bearer kf_wrong' } })).status).toBe(
      401,
    );
  });

  it('that were removed are let in no more', async () => {
    const gone = (await agent.done(['client', 'add', 'gone'])).trim();
    expect((await overTcp('/v1/accounts', gone)).status).toBe(200);
    await agent.done(['client', 'remove', 'gone']);
    expectProblem(await overTcp('/v1/accounts', gone), 401, 'client_key_required');
  });

  it('may not use, revoke or log in over TCP', async () => {
    for (const what of ['use', 'revoke', 'login'])
      expectProblem(
        await overTcp(`/v1/accounts/${hq}/${what}`, key, { method: 'POST' }),
        403,
        'not_permitted',
      );
    expect((await agent.account(hq)).state).toBe('live');
  });

  it('with wrong keys are slowed down, and right ones are not', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 60; round += 1)
      statuses.add((await overTcp('/v1/accounts', `kf_wrong${round}`)).status);
    expect([...statuses]).toEqual([401, 429]);
    const begun = Date.now();
    expect((await overTcp('/v1/accounts')).status).toBe(200);
    expect(Date.now() - begun).toBeLessThan(500);
    expectProblem(await overTcp('/v1/accounts', null), 401, 'client_key_required');
  });
});

describe('answers of the endpoint', () => {
  it('describe a token and how to send it', async () => {
    const answer = await overTcp(`/v1/token?account=${hq}`);
    expectSafe(answer);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    const token = answer.json<{ access_token: string; expires_at: number; expires_in: number }>();
    expect(Object.keys(token).sort()).toEqual(
      [
        'access_token',
        'account',
        'expires_at',
        'expires_in',
        'headers',
        'provider',
        'query',
        'scope',
        'token_type',
      ].sort(),
    );
    expect(Number.isInteger(token.expires_at) && Number.isInteger(token.expires_in)).toBe(true);
    expect(token).toMatchObject({
      account: hq,
      provider: 'organization-api',
      headers: { Authorization: `Bearer ${token.access_token}` },
      query: {},
    });
  });

  it('say what is wrong, by code', async () => {
    expectProblem(await overTcp('/v1/token?account=nobody'), 404, 'no_such_account');
    expectProblem(await overTcp('/v1/token?provider=ioffice'), 409, 'no_account_selected');
    expectProblem(await overTcp('/v1/token?min_valid=soon'), 400, 'bad_request');
    expectProblem(await overTcp('/v1/token?min_valid=-1'), 400, 'bad_request');
    expectProblem(await overTcp('/v1/token?unknown=1'), 400, 'bad_request');
    expectProblem(await overTcp('/v1/token?min_valid=99999'), 409, 'lifetime_too_short');
    expectProblem(
      await overTcp(`/v1/accounts/${hq}/refresh`, key, { method: 'POST', body: '{' }),
      400,
      'bad_request',
    );
    expectProblem(
      await overTcp(`/v1/accounts/${hq}/refresh`, key, { method: 'POST', body: '{"rejected":"short"}' }),
      400,
      'bad_request',
    );
    expect((await overTcp('/v1/nothing')).status).toBe(404);
    expect((await overTcp('/v1/token', key, { method: 'POST' })).status).toBe(405);
    await agent.add(practice.account('practice-eptura'));
    expectProblem(await overTcp('/v1/token?account=practice-eptura'), 409, 'sign_in_needed');
    await practice.control({ failNext: { count: 1, status: 503 } });
    expectProblem(
      await overTcp(`/v1/accounts/${hq}/refresh`, key, { method: 'POST' }),
      503,
      'vendor_unreachable',
    );
    await until('the account to recover', async () => (await agent.account(hq)).state === 'live');
    expect(await agent.done(['lock'])).toMatch(/Locked/);
    expectProblem(await overTcp(`/v1/token?account=${hq}`), 423, 'vault_locked');
    await agent.done(['unlock']);
    expect((await overTcp(`/v1/token?account=${hq}`)).status).toBe(200);
  });

  it('tell of health without a key', async () => {
    const answer = await overTcp('/v1/health', null);
    expect(answer.json()).toEqual({ status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expectSafe(answer);
  });

  it('describe the endpoint itself', async () => {
    const api = (await agent.ask('/v1/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    }>();
    expect(api.openapi).toMatch(/^3\./);
    const promised = [
      ['get', '/v1/token'],
      ['get', '/v1/accounts'],
      ['post', '/v1/accounts/{name}/use'],
      ['post', '/v1/accounts/{name}/refresh'],
      ['post', '/v1/accounts/{name}/revoke'],
      ['post', '/v1/accounts/{name}/login'],
      ['get', '/v1/events'],
      ['get', '/v1/health'],
    ];
    for (const [method = '', route = ''] of promised) expect(api.paths[route]).toHaveProperty(method);
    const overTheWire = await overTcp('/v1/openapi.json');
    expect(overTheWire.status).toBe(200);
    expect(overTheWire.text).not.toContain(key);
  });
});

describe('refresh by the endpoint', () => {
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
  const refresh = (body: unknown): Promise<HttpAnswer> =>
    overTcp(`/v1/accounts/${hq}/refresh`, key, { method: 'POST', body: JSON.stringify(body) });
  const current = async (): Promise<string> =>
    (await overTcp(`/v1/token?account=${hq}`)).json<{ access_token: string }>().access_token;

  it('renews a rejected token once, and not when a newer one is there', async () => {
    const old = await current();
    const before = (await practice.tokenRequests('organization-api')).length;
    const rejected = sha(old);
    const answers = await Promise.all([refresh({ rejected }), refresh({ rejected }), refresh({ rejected })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const fresh = await current();
    expect(fresh).not.toBe(old);
    expect((await refresh({ rejected: rejected.toUpperCase() })).status).toBe(200);
    expect(await current()).toBe(fresh);
    expect((await practice.tokenRequests('organization-api')).length).toBe(before + 1);
    expect((await refresh({})).status).toBe(200);
    expect((await practice.tokenRequests('organization-api')).length).toBe(before + 2);
  });

  it('is one request however many were refused the same token, and each goes on with the new one', async () => {
    const before = (await practice.tokenRequests('organization-api')).length;
    const old = await current();
    const tokens = await Promise.all(
      Array.from({ length: 30 }, async () => {
        expect((await refresh({ rejected: sha(old) })).status).toBe(200);
        return current();
      }),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(old);
    expect((await practice.tokenRequests('organization-api')).length).toBe(before + 1);
  });
});

it('the endpoint tells of what happens as events, without secrets', async () => {
  const name = 'events';
  await agent.add(practice.account('practice-json-password'), name);
  await agent.done(['login', name]);
  const all = await listen(key);
  const limitedStream = await listen(limited);
  await agent.done(['use', name]);
  await agent.done(['refresh', name]);
  await practice.control({ endTokens: true });
  await agent.done(['set', name, '--secret', 'password'], 'no longer right\n');
  await agent.run(['refresh', name]);
  await until('the three events', () =>
    ['account.selected', 'token.refreshed', 'account.sign_in_needed'].every((type) =>
      all.events().some((event) => event.type === type && event.data['account'] === name),
    ),
  );
  await agent.done(['use', hq]);
  await until('the event of the limited client', () => limitedStream.events().length > 0);
  expect(all.headers['content-type']).toMatch(/^text\/event-stream/);
  expect(all.headers['cache-control']).toBe('no-store');
  expect(limitedStream.events().every(({ data }) => data['account'] === hq)).toBe(true);
  const token = (await overTcp(`/v1/token?account=${hq}`)).json<{ access_token: string }>().access_token;
  for (const secret of [token, key, limited, 'no longer right']) expect(all.text()).not.toContain(secret);
  all.close();
  limitedStream.close();
});

it('the endpoint writes who got what into the audit, and never a token', async () => {
  const token = (await overTcp(`/v1/token?account=${hq}`)).json<{ access_token: string }>().access_token;
  const text = await agent.done(['audit', '--json', '--limit', '1000']);
  const lines = JSON.parse(text) as Record<string, unknown>[];
  expect(lines).toContainEqual(
    expect.objectContaining({ client: 'script', via: 'tcp', account: hq, outcome: 'ok' }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ client: 'narrow', outcome: 'not_permitted' }));
  expect(lines).toContainEqual(expect.objectContaining({ client: null, outcome: 'browser_refused' }));
  for (const secret of [token, key, limited]) expect(text).not.toContain(secret);
});

/** Sends bytes as they stand and reads the whole answer. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

interface Stream {
  readonly headers: http.IncomingHttpHeaders;
  text(): string;
  events(): { type: string; data: Record<string, unknown> }[];
  close(): void;
}

/** Opens the event stream over TCP. */
function listen(withKey: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      `${endpoint}/v1/events`,
      { agent: false, headers: { Authorization: `Bearer ${withKey}` } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', () => undefined);
        resolve({
          headers: response.headers,
          text: () => text,
          events: () =>
            [...text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)].map(([, type = '', data = '']) => ({
              type,
              data: JSON.parse(data) as Record<string, unknown>,
            })),
          close: () => request.destroy(),
        });
      },
    );
    request.on('error', reject);
  });
}
