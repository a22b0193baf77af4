import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { CLIENTS, PERSON } from './description.ts';
import { startSandbox } from './index.ts';
import { form, FORM, JSON_BODY, practice, text } from './test-client.ts';
import type { Answer, Practice } from './test-client.ts';

let vendor: Practice;
beforeEach(async () => {
  vendor = await practice();
});
afterEach(() => vendor.close());

const control = (body: unknown, headers: Record<string, string> = JSON_BODY): Promise<Answer> =>
  vendor.ask('POST', '/control', headers, JSON.stringify(body));
const APPLICATION = { client_id: CLIENTS.json.id, client_secret: CLIENTS.json.secret };
const token = (more: Record<string, string> = { grant_type: 'client_credentials' }): Promise<Answer> =>
  vendor.ask('POST', '/json/token', JSON_BODY, JSON.stringify({ ...APPLICATION, ...more }));
const me = (access: unknown): Promise<Answer> =>
  vendor.ask('GET', '/json/api/me', { authorization: `Bearer ${text(access)}` });

describe('the control routes of the practice vendor', () => {
  it('set the lifetime of new tokens, for every vendor, and back', async () => {
    expect((await control({ lifetime: 20 })).json).toMatchObject({ lifetime: 20, codeLifetime: 300 });
    const short = await token();
    expect(short.json['expires_in']).toBe(20);
    const { id, secret } = CLIENTS.officerndRead;
    const scope = 'officernd.api.read';
    const body = form({ client_id: id, client_secret: secret, grant_type: 'client_credentials', scope });
    expect((await vendor.ask('POST', '/officernd/oauth/token', FORM, body)).json['expires_in']).toBe(20);
    vendor.pass(20);
    expect((await me(short.json['access_token'])).status).toBe(401);
    expect((await control({ lifetime: null })).json['lifetime']).toBeNull();
    expect((await token()).json['expires_in']).toBe(3600);
  });

  it('make the next token requests fail, with Retry-After, an OAuth error or a page', async () => {
    await control({ failNext: { count: 2, status: 503, retryAfter: 7 } });
    const first = await token();
    expect(first.status).toBe(503);
    expect(first.headers['retry-after']).toBe('7');
    expect(first.json['error']).toBeUndefined();
    expect((await token()).status).toBe(503);
    expect((await token()).status).toBe(200);
    await control({ failNext: { count: 1, status: 400, error: 'invalid_grant' } });
    expect((await token()).json['error']).toBe('invalid_grant');
    await control({ failNext: { count: 1, status: 502, html: true } });
    expect((await token()).headers['content-type']).toContain('text/html');
    await control({ failNext: { count: 9, status: 500 } });
    await control({ failNext: { count: 0, status: 500 } });
    expect((await token()).status).toBe(200);
  });

  it('leave a refresh token good when the request was made to fail', async () => {
    const refresh_token = text((await token()).json['refresh_token']);
    await control({ failNext: { count: 1, status: 500 } });
    expect((await token({ grant_type: 'refresh_token', refresh_token })).status).toBe(500);
    expect((await token({ grant_type: 'refresh_token', refresh_token })).status).toBe(200);
  });

  it('end the access tokens alone, or every sign-in', async () => {
    const first = await token();
    await control({ endTokens: 'access' });
    expect((await me(first.json['access_token'])).status).toBe(401);
    const refresh_token = text(first.json['refresh_token']);
    const second = await token({ grant_type: 'refresh_token', refresh_token });
    expect((await me(second.json['access_token'])).status).toBe(200);
    await control({ endTokens: true });
    expect((await me(second.json['access_token'])).status).toBe(401);
    const third = await token({
      grant_type: 'refresh_token',
      refresh_token: text(second.json['refresh_token']),
    });
    expect(third.json['error']).toBe('invalid_grant');
    expect((await token()).status).toBe(200);
  });

  it.each([
    ['a negative lifetime', { lifetime: -1 }],
    ['a lifetime of text', { lifetime: 'x' }],
    ['half a second', { lifetime: 1.5 }],
    ['a failure that is none', { lifetime: 9, failNext: { status: 200 } }],
    ['some tokens', { lifetime: 9, endTokens: 'some' }],
    ['another name', { lifetime: 9, other: 1 }],
    ['an array', []],
  ])('refuse %s and change nothing', async (_, body) => {
    expect((await control(body)).status).toBe(400);
    expect((await vendor.ask('GET', '/control')).json).toMatchObject({ lifetime: null, failNext: null });
  });

  it('refuse other pages, other hosts and bodies that are no JSON', async () => {
    const own = { ...JSON_BODY, origin: vendor.url, 'sec-fetch-site': 'same-origin' };
    expect((await control({ lifetime: 5 }, own)).status).toBe(200);
    for (const headers of [
      { origin: 'https://example.com' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await control({ lifetime: 6 }, { ...JSON_BODY, ...headers })).status).toBe(403);
      expect((await vendor.ask('GET', '/control/log', headers)).status).toBe(403);
    }
    for (const host of [
      'example.com',
      `example.com:${vendor.port}`,
      '127.0.0.1.example.com',
      'localhost@example.com',
    ]) {
      expect((await vendor.ask('GET', '/control', { host })).status).toBe(421);
      expect((await vendor.ask('GET', '/', { host })).status).toBe(421);
    }
    expect((await control({ lifetime: 6 }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await vendor.ask('GET', '/control')).json['lifetime']).toBe(5);
  });
});

describe('the log of the practice vendor', () => {
  it('has each token request with fingerprints, and no secret in it or in the lines', async () => {
    const first = await token();
    const refresh_token = text(first.json['refresh_token']);
    const second = await token({ grant_type: 'refresh_token', refresh_token });
    await token({ grant_type: 'password', username: PERSON.username, password: 'very wrong' });
    const answer = await vendor.ask('GET', '/control/log');
    const entries = JSON.parse(answer.text) as unknown;
    const print = (value: unknown): string =>
      createHash('sha256').update(text(value)).digest('hex').slice(0, 6);
    const common = { vendor: 'oauth2-json', step: 'token', time: expect.any(Number) as unknown };
    expect(entries).toMatchObject([
      {
        ...common,
        grant: 'client_credentials',
        outcome: 'done',
        access_token: print(first.json['access_token']),
      },
      { ...common, grant: 'refresh_token', presented: print(refresh_token), status: 200 },
      { ...common, grant: 'password', outcome: 'refused', error: 'invalid_grant' },
    ]);
    const told = answer.text + vendor.lines.join('\n');
    expect(vendor.lines).toHaveLength(3);
    for (const secret of [
      CLIENTS.json.secret,
      'very wrong',
      ...[first, second].flatMap(({ json }) => [text(json['access_token']), text(json['refresh_token'])]),
    ]) {
      expect(told).not.toContain(secret);
    }
  });

  it('does not repeat what a client made up as a grant', async () => {
    await token({ grant_type: 'my-secret-by-mistake' });
    expect((await vendor.ask('GET', '/control/log')).text).not.toContain('my-secret-by-mistake');
  });
});

describe('the practice vendor', () => {
  it('describes an account for every provider and grant, and its page shows how to add each', async () => {
    const { description } = vendor;
    expect(description).toMatchObject({ ready: true, pid: process.pid, url: vendor.url });
    const pairs = description.accounts.map(({ provider, grant }) => `${provider} ${grant}`);
    expect([...new Set(pairs)]).toEqual([
      'eptura-workplace direct',
      'eptura-workplace authorization_code',
      'ioffice direct',
      'ioffice authorization_code',
      'oauth2-json authorization_code',
      'oauth2-json implicit',
      'oauth2-json password',
      'oauth2-json client_credentials',
      'organization-api client_credentials',
      'officernd client_credentials',
    ]);
    const page = await vendor.ask('GET', '/');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    for (const { name } of description.accounts) expect(page.text).toContain(`keyfob add ${name} `);
  });

  it('counts tokens on its page and shows none', async () => {
    const access = text((await token()).json['access_token']);
    const page = await vendor.ask('GET', '/');
    expect(page.text).toContain('data-issued="oauth2-json">1<');
    expect(page.text).not.toContain(access);
  });

  it('answers 404 beside its paths, and 413 to a large body', async () => {
    expect((await vendor.ask('GET', '/eptura')).status).toBe(404);
    expect((await vendor.ask('GET', '/json/else')).status).toBe(404);
    expect((await vendor.ask('GET', '/else/where', { accept: 'text/html' })).text).toContain(
      'Nothing is here',
    );
    expect((await vendor.ask('POST', '/json/token', JSON_BODY, 'x'.repeat(70_000))).status).toBe(413);
  });

  it('says by its code that the port is taken', async () => {
    await expect(startSandbox({ port: vendor.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('gives tokens and codes the life that it was started with', async () => {
    const short = await practice({ lifetime: 5, codeLifetime: 1 });
    try {
      expect((await short.ask('GET', '/control')).json).toMatchObject({ lifetime: 5, codeLifetime: 1 });
    } finally {
      await short.close();
    }
  });
});
