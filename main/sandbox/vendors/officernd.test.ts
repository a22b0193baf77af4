import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS } from '../description.ts';
import { form, FORM, JSON_BODY, practice, text } from '../test-client.ts';
import type { Answer, Practice } from '../test-client.ts';

const READ = 'officernd.api.read';
const WRITE = 'officernd.api.write';
const credentials = (client: { id: string; secret: string }): Record<string, string> => ({
  client_id: client.id,
  client_secret: client.secret,
  grant_type: 'client_credentials',
});
const READER = { ...credentials(CLIENTS.officerndRead), scope: READ };
const WRITER = { ...credentials(CLIENTS.officerndWrite), scope: `${READ} ${WRITE}` };

let vendor: Practice;
beforeEach(async () => {
  vendor = await practice();
});
afterEach(() => vendor.close());

const token = (values: Record<string, string>): Promise<Answer> =>
  vendor.ask('POST', '/officernd/oauth/token', FORM, form(values));

describe('OfficeRnD', () => {
  it('gives a token for 3599 seconds, and no refresh token', async () => {
    const answer = await token(READER);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      access_token: expect.any(String) as unknown,
      token_type: 'Bearer',
      expires_in: 3599,
      scope: READ,
    });
    const authorization = `Bearer ${text(answer.json['access_token'])}`;
    const me = await vendor.ask('GET', '/officernd/api/v1/me', { authorization });
    expect(me).toMatchObject({ status: 200, json: { scope: READ } });
    expect((await vendor.ask('GET', '/officernd/api/v1/me')).status).toBe(401);
  });

  it('gives the same token and what remains of its life until it ends, then another', async () => {
    const first = await token(READER);
    vendor.pass(100.5);
    const early = await token(READER);
    expect(early.json).toEqual({ ...first.json, expires_in: 3498 });
    expect((await token({ ...WRITER, scope: READ })).json['access_token']).not.toBe(
      first.json['access_token'],
    );
    vendor.pass(3498.5);
    const late = await token(READER);
    expect(late.json['expires_in']).toBe(3599);
    expect(late.json['access_token']).not.toBe(first.json['access_token']);
  });

  it('bounds the scope by the permissions of the application, and says what to ask for', async () => {
    for (const scope of [WRITE, `${READ} ${WRITE}`]) {
      const answer = await token({ ...READER, scope });
      expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_scope' } });
      expect(answer.json['error_description']).toContain('only "Read" permissions');
      expect(answer.json['error_description']).toContain(`Ask for ${READ}.`);
    }
    expect((await token(WRITER)).json['scope']).toBe(`${READ} ${WRITE}`);
  });

  it.each([
    ['no scope', { scope: '' }, 400, 'invalid_scope'],
    ['a scope that is none', { scope: 'email' }, 400, 'invalid_scope'],
    ['a comma between scopes', { scope: `${READ},${READ}` }, 400, 'invalid_scope'],
    ['a wrong secret', { client_secret: 'x' }, 401, 'invalid_client'],
    ['an unknown application', { client_id: 'x' }, 401, 'invalid_client'],
    ['another grant', { grant_type: 'refresh_token' }, 400, 'unsupported_grant_type'],
    ['no grant', { grant_type: '' }, 400, 'invalid_request'],
    ['a fifth field', { audience: 'x' }, 400, 'invalid_request'],
  ])('refuses %s', async (_, more, status, error) => {
    expect(await token({ ...READER, ...more })).toMatchObject({ status, json: { error } });
  });

  it('takes a form by POST and nothing else', async () => {
    const path = '/officernd/oauth/token';
    expect((await vendor.ask('POST', path, JSON_BODY, JSON.stringify(READER))).status).toBe(415);
    expect((await vendor.ask('POST', `${path}?${form(READER)}`, FORM)).status).toBe(400);
    expect((await vendor.ask('GET', path)).status).toBe(405);
    const basic = { ...FORM, authorization: 'Basic eDp5' };
    expect((await vendor.ask('POST', path, basic, form(READER))).status).toBe(400);
  });
});
