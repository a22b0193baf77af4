import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PERSON } from '../description.ts';
import { form, FORM, practice, text } from '../test-client.ts';
import type { Answer, Practice } from '../test-client.ts';

const REDIRECT = 'http://127.0.0.1:4711/callback';
type Headers = Record<string, string>;

let vendor: Practice;
beforeEach(async () => {
  vendor = await practice();
});
afterEach(() => vendor.close());

const CLIENT = { eptura: 'practice-eptura-client', ioffice: 'practice-ioffice-client' };
type Site = keyof typeof CLIENT;

const TYPE = { 'content-type': 'application/json' };
const authHeaders = (site: Site): Headers => ({
  ...TYPE,
  'x-auth-username': PERSON.username,
  'x-auth-password': PERSON.password,
  'x-client-id': CLIENT[site],
  ...(site === 'eptura' ? { 'x-redirect-uri': REDIRECT, 'x-scope': 'email' } : {}),
});
const auth = (site: Site, headers: Headers = {}): Promise<Answer> =>
  vendor.ask('POST', `/${site}/external/api/oauth2/auth`, { ...authHeaders(site), ...headers });

const codeHeaders = (site: Site, code: string): Headers => ({
  ...TYPE,
  'x-grant-type': 'authorization_code',
  'x-redirect-uri': REDIRECT,
  'x-client-id': CLIENT[site],
  'x-scope': 'email',
  'x-auth-code': code,
});
const refreshHeaders = (site: Site, refresh: string): Headers => ({
  ...TYPE,
  'x-grant-type': 'refresh_token',
  'x-redirect-uri': REDIRECT,
  'x-client-id': CLIENT[site],
  'x-scope': 'email',
  'x-refresh-token': refresh,
});
const token = (site: Site, headers: Headers, query = '', body = ''): Promise<Answer> =>
  vendor.ask('POST', `/${site}/external/api/oauth2/token${query}`, headers, body);

const newCode = async (site: Site): Promise<string> => text((await auth(site)).json['code']);
const signIn = async (site: Site): Promise<{ access: string; refresh: string }> => {
  const { json } = await token(site, codeHeaders(site, await newCode(site)));
  return { access: text(json['access_token']), refresh: text(json['refresh_token']) };
};
const me = (site: Site, headers: Headers, query = ''): Promise<Answer> =>
  vendor.ask('GET', `/${site}/external/api/rest/v2/users/me${query}`, headers);

const loginPath = (values: Record<string, string>, site: Site = 'eptura'): string =>
  `/${site}/login.html?${form(values)}`;
const FIVE = {
  response_type: 'code',
  client_id: CLIENT.eptura,
  redirect_uri: REDIRECT,
  scope: 'email',
  state: 'st/at e',
};
const password = form({ username: PERSON.username, password: PERSON.password });

describe.each(['eptura', 'ioffice'] as const)('%s: codes and tokens', (site) => {
  it('gives a code directly and exchanges it, with the life in milliseconds', async () => {
    const answer = await token(site, codeHeaders(site, await newCode(site)));
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 3_600_000 });
    expect(Object.keys(answer.json).sort()).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'token_type',
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('takes a code once, and ends the sign-in when it comes twice', async () => {
    const code = await newCode(site);
    const first = await token(site, codeHeaders(site, code));
    const again = await token(site, codeHeaders(site, code));
    expect(again).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    const refreshed = await token(site, refreshHeaders(site, text(first.json['refresh_token'])));
    expect(refreshed.json['error']).toBe('invalid_grant');
  });

  it('takes a code for five minutes', async () => {
    const code = await newCode(site);
    vendor.pass(299);
    const late = await newCode(site);
    expect((await token(site, codeHeaders(site, code))).status).toBe(200);
    vendor.pass(300);
    const answer = await token(site, codeHeaders(site, late));
    expect(answer.json).toMatchObject({ error: 'invalid_grant' });
    expect(answer.json['error_description']).toContain('5 minutes');
  });

  it('refreshes before and after the end, each time with another refresh token', async () => {
    const one = await signIn(site);
    const two = await token(site, refreshHeaders(site, one.refresh));
    expect(two.status).toBe(200);
    vendor.pass(10_000);
    const three = await token(site, refreshHeaders(site, text(two.json['refresh_token'])));
    expect(three.status).toBe(200);
    const all = [one.refresh, two.json['refresh_token'], three.json['refresh_token']];
    expect(new Set(all).size).toBe(3);
  });

  it('ends the whole sign-in when a refresh token comes twice', async () => {
    const one = await signIn(site);
    const two = await token(site, refreshHeaders(site, one.refresh));
    expect((await token(site, refreshHeaders(site, one.refresh))).json['error']).toBe('invalid_grant');
    const three = await token(site, refreshHeaders(site, text(two.json['refresh_token'])));
    expect(three).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    const header: Headers =
      site === 'eptura'
        ? { authorization: `Bearer ${text(two.json['access_token'])}` }
        : { 'x-access-token': text(two.json['access_token']) };
    expect((await me(site, header)).status).toBe(401);
  });

  it.each([
    ['x-redirect-uri', 'http://127.0.0.1:4711/callback/', 'invalid_grant'],
    ['x-scope', 'other', 'invalid_scope'],
    ['x-client-id', 'someone-else', 'invalid_client'],
    ['x-grant-type', 'password', 'unsupported_grant_type'],
    ['x-refresh-token', '', 'invalid_request'],
    ['content-type', 'application/x-www-form-urlencoded', 'invalid_request'],
    ['authorization', 'Basic eDp5', 'invalid_request'],
    ['x-client-secret', 'secret', 'invalid_request'],
    ['x-auth-password', PERSON.password, 'invalid_request'],
  ])(
    'refuses a refresh whose %s does not fit, and leaves the refresh token good',
    async (name, value, error) => {
      const { refresh } = await signIn(site);
      const bad = await token(site, { ...refreshHeaders(site, refresh), [name]: value });
      expect(bad.json['error']).toBe(error);
      expect(bad.status).toBeGreaterThanOrEqual(400);
      expect((await token(site, refreshHeaders(site, refresh))).status).toBe(200);
    },
  );

  it('refuses parameters in the body or in the query', async () => {
    const code = await newCode(site);
    const { 'x-auth-code': _, ...without } = codeHeaders(site, code);
    const inBody = await token(site, without, '', JSON.stringify({ code }));
    expect(inBody).toMatchObject({ status: 400, json: { error: 'invalid_request' } });
    expect(inBody.json['error_description']).toContain('body must be empty');
    const inQuery = await token(site, without, `?x-auth-code=${code}`);
    expect(inQuery).toMatchObject({ status: 400, json: { error: 'invalid_request' } });
    expect((await vendor.ask('GET', `/${site}/external/api/oauth2/token`)).status).toBe(405);
  });

  it('ends the sign-in at revoke, by the access token in x-token', async () => {
    const { access, refresh } = await signIn(site);
    const path = `/${site}/external/api/oauth2/revoke`;
    expect((await vendor.ask('GET', path, { 'x-token': access })).status).toBe(405);
    expect((await vendor.ask('POST', path)).json['error']).toBe('invalid_request');
    expect((await vendor.ask('POST', path, { 'x-token': refresh })).status).toBe(400);
    expect((await vendor.ask('POST', path, { 'x-token': access })).status).toBe(200);
    expect((await token(site, refreshHeaders(site, refresh))).json['error']).toBe('invalid_grant');
  });
});

describe('direct requests to the practice vendor', () => {
  it.each([
    ['x-auth-password', 'wrong', 401, 'access_denied'],
    ['x-auth-password', encodeURIComponent(PERSON.password), 401, 'access_denied'],
    ['x-auth-username', '', 400, 'invalid_request'],
    ['x-scope', '', 400, 'invalid_request'],
    ['x-redirect-uri', 'https://elsewhere.example.com/', 400, 'invalid_request'],
    ['x-client-id', 'someone-else', 401, 'invalid_client'],
  ])('of Eptura are refused with %s = %s', async (name, value, status, error) => {
    expect(await auth('eptura', { [name]: value })).toMatchObject({ status, json: { error } });
  });

  it('of iOFFICE bind a code to the redirect URI and scope of its first token step', async () => {
    const code = await newCode('ioffice');
    const other = { 'x-redirect-uri': 'com.example.app:/cb', 'x-scope': 'anything' };
    const first = await token('ioffice', { ...codeHeaders('ioffice', code), ...other });
    const refresh = text(first.json['refresh_token']);
    expect((await token('ioffice', refreshHeaders('ioffice', refresh))).json['error']).toBe('invalid_grant');
    expect((await token('ioffice', { ...refreshHeaders('ioffice', refresh), ...other })).status).toBe(200);
  });

  it('give codes that are good at their own vendor only', async () => {
    const code = await newCode('eptura');
    expect((await token('ioffice', codeHeaders('ioffice', code))).json['error']).toBe('invalid_grant');
  });
});

describe('the use of a practice token', () => {
  it('goes by Authorization at Eptura', async () => {
    const { access } = await signIn('eptura');
    const answer = await me('eptura', { authorization: `Bearer ${access}` });
    expect(answer).toMatchObject({ status: 200, json: { id: 1001, userName: 'alice' } });
    expect((await me('eptura', { 'x-access-token': access })).status).toBe(401);
    expect((await me('eptura', {}, `?access_token=${access}`)).status).toBe(401);
    expect((await me('eptura', {})).headers['www-authenticate']).toContain('Bearer');
    vendor.pass(3600);
    expect((await me('eptura', { authorization: `Bearer ${access}` })).json['error']).toBe('invalid_token');
  });

  it('goes by x-access-token or the query at iOFFICE, percent-encoded there', async () => {
    const { access } = await signIn('ioffice');
    expect((await me('ioffice', { 'x-access-token': access })).status).toBe(200);
    expect((await me('ioffice', {}, `?access_token=${encodeURIComponent(access)}`)).status).toBe(200);
    expect((await me('ioffice', { authorization: `Bearer ${access}` })).status).toBe(401);
    const raw = await me('ioffice', {}, `?access_token=${access}`);
    expect(raw.status).toBe(401);
    expect(raw.json['error_description']).toContain('percent-encode');
    const twice = await me(
      'ioffice',
      { 'x-access-token': access },
      `?access_token=${encodeURIComponent(access)}`,
    );
    expect(twice.status).toBe(400);
  });
});

describe('the practice vendor’s sign-in page', () => {
  it.each(Object.keys(FIVE))('says that %s is missing', async (name) => {
    const answer = await vendor.ask('GET', loginPath({ ...FIVE, [name]: '' }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(`Missing in the query: ${name}.`);
  });

  it.each([
    'https://elsewhere.example.com/',
    'https://app.example.com/cb/more',
    'http://127.0.0.1.example.com/',
    'javascript:alert(1)',
    'http://127.0.0.1:1/#x',
    'http://user@127.0.0.1/',
  ])('refuses the redirect URI %s on a page, and goes nowhere', async (redirect_uri) => {
    const answer = await vendor.ask('POST', loginPath({ ...FIVE, redirect_uri }), FORM, password);
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.text).not.toContain('location.replace');
  });

  it.each(['https://app.example.com/cb', 'com.example.app:/cb', 'http://localhost:1/x', 'http://[::1]:9/x'])(
    'takes the redirect URI %s',
    async (redirect_uri) => {
      expect((await vendor.ask('GET', loginPath({ ...FIVE, redirect_uri }))).status).toBe(200);
    },
  );

  it('refuses other clients, other response types and a parameter that came twice', async () => {
    expect((await vendor.ask('GET', loginPath({ ...FIVE, client_id: 'x' }))).status).toBe(400);
    expect((await vendor.ask('GET', loginPath({ ...FIVE, response_type: 'token' }))).status).toBe(400);
    const twice = await vendor.ask('GET', `${loginPath(FIVE)}&state=two`);
    expect(twice.status).toBe(400);
    expect(twice.headers['content-type']).toContain('text/html');
  });

  it('says beside the field that the password is wrong, keeps the name, and escapes it', async () => {
    const answer = await vendor.ask(
      'POST',
      loginPath(FIVE),
      FORM,
      form({ username: '"><b>', password: 'x' }),
    );
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('aria-describedby="wrong"');
    expect(answer.text).toContain('value="&quot;&gt;&lt;b&gt;"');
  });

  it('moves on by script, with code and appCode in the fragment and no state', async () => {
    const answer = await vendor.ask('POST', loginPath(FIVE), FORM, password);
    expect(answer.status).toBe(200);
    expect(answer.headers['location']).toBeUndefined();
    const target = /location\.replace\("([^"]+)"\)/.exec(answer.text)?.[1] ?? '';
    const shape = /^http:\/\/127\.0\.0\.1:4711\/callback#code=([\w-]+)&appCode=[\w-]+$/.exec(target);
    expect(shape).not.toBeNull();
    const nonce = /<script nonce="([^"]+)">/.exec(answer.text)?.[1] ?? 'none';
    expect(answer.headers['content-security-policy']).toContain(`script-src 'nonce-${nonce}'`);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    const code = shape?.[1] ?? '';
    const elsewhere = { 'x-redirect-uri': 'http://127.0.0.1:4712/callback' };
    const wrong = await token('eptura', { ...codeHeaders('eptura', code), ...elsewhere });
    expect(wrong.json['error']).toBe('invalid_grant');
    expect((await token('eptura', codeHeaders('eptura', code))).status).toBe(200);
  });

  it('goes back with access_denied when the person cancels', async () => {
    const answer = await vendor.ask('POST', loginPath(FIVE), FORM, form({ action: 'cancel' }));
    expect(answer.text).toContain('callback#error=access_denied');
  });
});
