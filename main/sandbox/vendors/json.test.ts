import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS, PERSON } from '../description.ts';
import { form, FORM, JSON_BODY, practice, text } from '../test-client.ts';
import type { Answer, Practice } from '../test-client.ts';

const REDIRECT = 'http://localhost:4711/callback';
const CLIENT = { client_id: CLIENTS.json.id, client_secret: CLIENTS.json.secret };

let vendor: Practice;
beforeEach(async () => {
  vendor = await practice();
});
afterEach(() => vendor.close());

const authorize = (values: Record<string, string>, redirect = REDIRECT): string =>
  `/json/authorize?tenant=practice&${form({ client_id: CLIENTS.json.id, redirect_uri: redirect, ...values })}`;
const password = form({ username: PERSON.username, password: PERSON.password });
const location = async (path: string, body = password): Promise<string> => {
  const answer = await vendor.ask('POST', path, FORM, body);
  expect(answer.status).toBe(302);
  return text(answer.headers['location']);
};
const newCode = async (): Promise<string> => {
  const url = await location(authorize({ response_type: 'code', state: 'a/b' }));
  return /[?]code=([^&]+)&/.exec(url)?.[1] ?? '';
};
const token = (body: Record<string, unknown>): Promise<Answer> =>
  vendor.ask('POST', '/json/token', JSON_BODY, JSON.stringify(body));
const byCode = (code: string): Promise<Answer> =>
  token({ grant_type: 'authorization_code', ...CLIENT, code });
const refreshed = (refresh: string): Promise<Answer> =>
  token({ grant_type: 'refresh_token', ...CLIENT, refresh_token: refresh });

describe('codes of the JSON-body vendor', () => {
  it('come back in the query, percent-encoded, in upper and in lower case by turns, with the state', async () => {
    const first = await location(authorize({ response_type: 'code', state: 'a/b +' }));
    const second = await location(authorize({ response_type: 'code' }, `${REDIRECT}?mine=1`));
    expect(first).toMatch(/^http:\/\/localhost:4711\/callback\?code=[\w-]+%3D&state=a%2Fb%20%2B$/);
    expect(second).toMatch(/^http:\/\/localhost:4711\/callback\?mine=1&code=[\w-]+%3d$/);
  });

  it('are exchanged as they stood', async () => {
    for (const _ of [1, 2]) {
      const answer = await byCode(await newCode());
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
      expect(text(answer.json['refresh_token'])).toMatch(/%3d$/);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('are refused decoded, or encoded again, and stay good', async () => {
    for (const _ of [1, 2]) {
      const code = await newCode();
      const swapped = code.endsWith('%3d') ? code.replace('%3d', '%3D') : code.replace('%3D', '%3d');
      for (const bad of [decodeURIComponent(code), encodeURIComponent(code), swapped]) {
        const answer = await byCode(bad);
        expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
        expect(answer.json['error_description']).toContain('letter by letter');
      }
      expect((await byCode(code)).status).toBe(200);
    }
  });

  it('are good once, and for five minutes', async () => {
    const code = await newCode();
    const old = await newCode();
    const first = await byCode(code);
    expect((await byCode(code)).json['error']).toBe('invalid_grant');
    expect((await refreshed(text(first.json['refresh_token']))).json['error']).toBe('invalid_grant');
    vendor.pass(300);
    expect((await byCode(old)).json['error']).toBe('invalid_grant');
  });
});

describe('the authorization URL of the JSON-body vendor', () => {
  it('keeps its own query', async () => {
    const path = authorize({ response_type: 'code' });
    expect((await vendor.ask('GET', path)).status).toBe(200);
    const without = await vendor.ask('GET', path.replace('tenant=practice&', ''));
    expect(without.status).toBe(400);
    expect(without.text).toContain('tenant=practice');
  });

  it('refuses unknown clients and redirect URIs on a page', async () => {
    for (const path of [
      authorize({ response_type: 'code' }, 'https://elsewhere.example.com/'),
      authorize({ response_type: 'code', client_id: 'x' }).replace(`client_id=${CLIENTS.json.id}&`, ''),
      '/json/authorize?tenant=practice&response_type=code',
    ]) {
      const answer = await vendor.ask('POST', path, FORM, password);
      expect(answer.status).toBe(400);
      expect(answer.headers['location']).toBeUndefined();
    }
  });

  it('sends errors to a redirect URI that it knows', async () => {
    const odd = await vendor.ask('GET', authorize({ response_type: 'id_token', state: 's' }));
    expect(odd.status).toBe(302);
    expect(odd.headers['location']).toContain('error=unsupported_response_type');
    const cancelled = await location(
      authorize({ response_type: 'code', state: 's' }),
      form({ action: 'cancel' }),
    );
    expect(cancelled).toMatch(/[?]error=access_denied&error_description=[^&]+&state=s$/);
  });

  it('shows a wrong password on the page', async () => {
    const body = form({ username: 'alice', password: 'x' });
    const answer = await vendor.ask('POST', authorize({ response_type: 'code' }), FORM, body);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('password is wrong');
  });

  it('lets the form end at the redirect, by its Content-Security-Policy', async () => {
    const policy = async (redirect: string): Promise<string> =>
      text(
        (await vendor.ask('GET', authorize({ response_type: 'code' }, redirect))).headers[
          'content-security-policy'
        ],
      );
    expect(await policy(REDIRECT)).toContain("form-action 'self' http://127.0.0.1:* http://localhost:*");
    expect(await policy('com.example.app:/cb')).toContain("form-action 'self' com.example.app:");
  });

  it('gives the token itself in the fragment for implicit, without a refresh token', async () => {
    const url = await location(authorize({ response_type: 'token', state: 's' }));
    const answer = new URLSearchParams(url.split('#')[1]);
    expect([...answer.keys()]).toEqual(['access_token', 'token_type', 'expires_in', 'state']);
    expect(answer.get('expires_in')).toBe('3600');
    const me = await vendor.ask('GET', '/json/api/me', {
      authorization: `Bearer ${answer.get('access_token')}`,
    });
    expect(me).toMatchObject({ status: 200, json: { username: 'alice' } });
  });
});

describe('token requests of the JSON-body vendor', () => {
  it.each([
    ['password', { username: PERSON.username, password: PERSON.password }],
    ['client_credentials', {}],
  ])('%s comes with a refresh token', async (grant_type, more) => {
    const answer = await token({ grant_type, ...CLIENT, ...more });
    expect(answer.status).toBe(200);
    expect(text(answer.json['refresh_token'])).toMatch(/%3d$/);
    const authorization = `Bearer ${text(answer.json['access_token'])}`;
    expect((await vendor.ask('GET', '/json/api/me', { authorization })).status).toBe(200);
    expect((await vendor.ask('GET', '/json/api/me')).status).toBe(401);
  });

  it('take a refresh token once, byte for byte', async () => {
    const first = await token({ grant_type: 'client_credentials', ...CLIENT });
    const refresh = text(first.json['refresh_token']);
    for (const bad of [
      decodeURIComponent(refresh),
      refresh.replace('%3d', '%3D'),
      encodeURIComponent(refresh),
    ]) {
      const answer = await refreshed(bad);
      expect(answer.json['error']).toBe('invalid_grant');
      expect(answer.json['error_description']).toContain('byte for byte');
    }
    const second = await refreshed(refresh);
    expect(second.status).toBe(200);
    expect(second.json['refresh_token']).not.toBe(refresh);
    expect((await refreshed(refresh)).json['error']).toBe('invalid_grant');
    expect((await refreshed(text(second.json['refresh_token']))).json['error']).toBe('invalid_grant');
  });

  it.each([
    ['redirect_uri beside a code', { grant_type: 'authorization_code', code: 'c', redirect_uri: REDIRECT }],
    ['scope', { grant_type: 'client_credentials', scope: 'x' }],
    ['a missing code', { grant_type: 'authorization_code' }],
    ['a number', { grant_type: 'client_credentials', client_id: 1 }],
  ])('are refused with %s', async (_, more) => {
    expect(await token({ ...CLIENT, ...more })).toMatchObject({
      status: 400,
      json: { error: 'invalid_request' },
    });
  });

  it('are refused for implicit, a wrong secret and a wrong password', async () => {
    expect((await token({ grant_type: 'implicit', ...CLIENT })).json['error']).toBe('unsupported_grant_type');
    expect((await token({ grant_type: 'toString', ...CLIENT })).json['error']).toBe('unsupported_grant_type');
    const secret = await token({ grant_type: 'client_credentials', ...CLIENT, client_secret: 'x' });
    expect(secret).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    const person = { username: 'alice', password: 'x' };
    expect((await token({ grant_type: 'password', ...CLIENT, ...person })).json['error']).toBe(
      'invalid_grant',
    );
  });

  it('are refused as a form, in the query, with Authorization, or by GET', async () => {
    const values = { grant_type: 'client_credentials', ...CLIENT };
    expect((await vendor.ask('POST', '/json/token', FORM, form(values))).status).toBe(415);
    expect((await vendor.ask('POST', `/json/token?${form(values)}`, JSON_BODY, '{}')).status).toBe(400);
    expect((await vendor.ask('GET', '/json/token')).status).toBe(405);
    expect((await vendor.ask('POST', '/json/token', JSON_BODY, 'grant_type=x')).status).toBe(400);
    const basic = { ...JSON_BODY, authorization: 'Basic eDp5' };
    expect((await vendor.ask('POST', '/json/token', basic, JSON.stringify(values))).status).toBe(400);
  });
});
