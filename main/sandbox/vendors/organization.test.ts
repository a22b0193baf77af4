import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS } from '../description.ts';
import { form, FORM, practice, text } from '../test-client.ts';
import type { Answer, Practice } from '../test-client.ts';

const { id, secret } = CLIENTS.organization;
const PATH = '/organization/oauth2/token';
const basic = (user: string, pass: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}`,
});
const PLAIN = { ...FORM, ...basic(id, secret) };

let vendor: Practice;
beforeEach(async () => {
  vendor = await practice();
});
afterEach(() => vendor.close());

const byBasic = (values: Record<string, string>, headers: Record<string, string> = PLAIN): Promise<Answer> =>
  vendor.ask('POST', PATH, headers, form(values));
const byQuery = (values: Record<string, string>): Promise<Answer> =>
  vendor.ask('POST', `${PATH}?${form({ client_id: id, client_secret: secret, ...values })}`);
const GRANT = { grant_type: 'client_credentials' };

describe.each([
  ['by Basic', byBasic],
  ['by query', byQuery],
])('the Organization API %s', (_, ask) => {
  it('gives a token and a refresh token, and refreshes', async () => {
    const first = await ask(GRANT);
    expect(first).toMatchObject({ status: 200, json: { token_type: 'bearer', expires_in: 3600 } });
    expect(first.headers['cache-control']).toBe('no-store');
    const authorization = `Bearer ${text(first.json['access_token'])}`;
    const me = await vendor.ask('GET', '/organization/api/me', { authorization });
    expect(me).toMatchObject({ status: 200, json: { client_id: id } });
    vendor.pass(3600);
    expect((await vendor.ask('GET', '/organization/api/me', { authorization })).status).toBe(401);
    const refresh_token = text(first.json['refresh_token']);
    const second = await ask({ grant_type: 'refresh_token', refresh_token });
    expect(second.status).toBe(200);
    expect(second.json['refresh_token']).not.toBe(refresh_token);
    expect((await ask({ grant_type: 'refresh_token', refresh_token })).json['error']).toBe('invalid_grant');
    const next = text(second.json['refresh_token']);
    expect((await ask({ grant_type: 'refresh_token', refresh_token: next })).json['error']).toBe(
      'invalid_grant',
    );
    expect((await ask(GRANT)).status).toBe(200);
  });

  it('refuses other grants, names beyond the document, and a missing refresh token', async () => {
    expect((await ask({ grant_type: 'password' })).json['error']).toBe('unsupported_grant_type');
    expect((await ask({ ...GRANT, scope: 'x' })).json['error']).toBe('invalid_request');
    expect((await ask({ grant_type: 'refresh_token' })).json['error']).toBe('invalid_request');
    expect((await ask({ grant_type: 'refresh_token', refresh_token: 'x' })).json['error']).toBe(
      'invalid_grant',
    );
  });
});

describe('the Organization API refuses', () => {
  it('Basic credentials that were percent-encoded, and says so', async () => {
    const answer = await byBasic(GRANT, {
      ...FORM,
      ...basic(encodeURIComponent(id), encodeURIComponent(secret)),
    });
    expect(answer).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    expect(answer.json['error_description']).toContain('percent-encoded');
    expect(answer.headers['www-authenticate']).toContain('Basic');
  });

  it('a secret that was not encoded for the query, and says so', async () => {
    const query = `grant_type=client_credentials&client_id=${id}&client_secret=${secret}`;
    const answer = await vendor.ask('POST', `${PATH}?${query}`);
    expect(answer).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    expect(answer.json['error_description']).toContain('not percent-encoded');
  });

  it('a wrong secret, either way', async () => {
    expect((await byBasic(GRANT, { ...FORM, ...basic(id, 'x') })).status).toBe(401);
    expect((await byQuery({ ...GRANT, client_secret: 'x' })).status).toBe(401);
    expect((await byBasic(GRANT, { ...FORM, authorization: 'Bearer x' })).status).toBe(401);
  });

  it('both ways at once, and credentials in the body', async () => {
    const query = form({ ...GRANT, client_id: id, client_secret: secret });
    expect((await vendor.ask('POST', `${PATH}?${query}`, PLAIN)).json['error']).toBe('invalid_request');
    expect((await vendor.ask('POST', `${PATH}?${query}`, FORM, form(GRANT))).json['error']).toBe(
      'invalid_request',
    );
    const beside = await byBasic({ ...GRANT, client_id: id, client_secret: secret });
    expect(beside.json['error']).toBe('invalid_request');
    expect((await byBasic({ ...GRANT, client_id: id, client_secret: secret }, FORM)).status).toBe(401);
  });

  it('GET, and a body that is no form', async () => {
    const query = form({ ...GRANT, client_id: id, client_secret: secret });
    const get = await vendor.ask('GET', `${PATH}?${query}`);
    expect(get.status).toBe(405);
    expect(get.headers['allow']).toBe('POST');
    const json = { ...PLAIN, 'content-type': 'application/json' };
    expect((await vendor.ask('POST', PATH, json, JSON.stringify(GRANT))).status).toBe(400);
  });
});
