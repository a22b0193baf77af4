// Every request of every built-in provider on its recorded wire form, both ways.
import { describe, expect, it } from 'vitest';
import { answer, contextOf, recorded, type Recorded } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';
import { idTokensOf } from '../../testing/id-tokens.ts';
import * as forms from '../../testing/wire-forms.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { redirectParameters, type Parameter } from './dialect/redirect.ts';
import type { ClientContext } from './client-context.ts';
import type { Outcome } from './outcome.ts';
import type { IssuedToken } from './response.ts';
import type { Session } from './token.ts';

const noProof = { codeVerifier: null, nonce: null };

/** What came back on a redirect, as the redirect's own code reads it. */
function caught(query: string): ReadonlyMap<string, Parameter> {
  const found = redirectParameters({ query, fragment: '', body: null });
  if (!found.ok) {
    throw new Error(found.reason);
  }
  return found.parameters;
}

function granted(outcome: Outcome<IssuedToken>): Session {
  if (outcome.kind !== 'granted') {
    throw new Error(JSON.stringify(outcome));
  }
  return outcome.value.session;
}

function exchangeCode(
  kit: Recorded,
  context: ClientContext,
  parameters: ReadonlyMap<string, Parameter>,
  redirectUri: string,
  proof: { codeVerifier: string | null; nonce: string | null },
): Promise<Outcome<IssuedToken>> {
  return kit.exchange.redeem(context, 'authorization_code', parameters, { redirectUri, ...proof });
}

function expectSent(kit: Recorded, ...texts: string[]): void {
  expect(kit.sent).toEqual(texts);
  expect(kit.left()).toBe(0);
}

describe.each(['eptura-workplace', 'ioffice'])('an exchange of %s', (provider) => {
  const settings = {
    site: 'https://hq.example.com/',
    client_id: 'client-1',
    redirect_uri: 'https://app.example.com/cb?tenant=1',
  };
  const direct = contextOf(
    provider,
    'direct',
    { ...settings, username: 'jürgen' },
    { password: 'p:ss w%rd ü', client_secret: 'never sent' },
  );
  const bound = { redirect_uri: settings.redirect_uri, scope: 'email' };
  const session: Session = {
    access_token: 'a1',
    token_type: 'bearer',
    obtained_at: 0,
    lifetime: 1000,
    refresh_token: 'r1/+=%3d',
    scope: 'email',
    bound,
  };

  it('signs in with user name and password, and reads milliseconds', async () => {
    const kit = recorded(answer({ code: 'AbC/+=' }), answer(forms.eptura.granted));
    const outcome = await kit.exchange.signIn(direct, 'direct');
    expectSent(kit, provider === 'ioffice' ? forms.ioffice.direct : forms.eptura.direct, forms.eptura.code);
    expect(granted(outcome)).toEqual({
      access_token: 'a1',
      token_type: 'bearer',
      obtained_at: kit.clock.unixMs(),
      clocks: { ahead: null, boot: kit.clock.boot() },
      lifetime: 3_600_000,
      refresh_token: 'r1/+=%3d',
      scope: 'email',
      bound,
    });
  });

  it.each(['a\nb', ' a', 'ö', '\u0000'])(
    'blamed the person for a code of the vendor that cannot be sent: %j',
    async (code) => {
      const kit = recorded(answer({ code }));
      expect(await kit.exchange.signIn(direct, 'direct')).toMatchObject({
        kind: 'transient',
        unusable: true,
        message: { params: { detail: { reason: 'code_not_sendable' } } },
      });
      expect(kit.sent).toHaveLength(1);
    },
  );

  it('found no code in an answer whose code is a number', async () => {
    const kit = recorded(answer({ code: 123 }), answer(forms.eptura.granted));
    expect(await kit.exchange.signIn(direct, 'direct')).toMatchObject({ kind: 'granted' });
    expect(kit.sent[1]).toContain('123');
  });

  it('decodes the code of the page’s redirect', async () => {
    const kit = recorded(answer(forms.eptura.granted));
    const parameters = caught('code=AbC%2F%2B%3D&appCode=77');
    await exchangeCode(kit, direct, parameters, settings.redirect_uri, noProof);
    expectSent(kit, forms.eptura.code);
  });

  it('refreshes with the redirect URI and scope of the sign-in, whatever the settings say now', async () => {
    const kit = recorded(answer({ ...forms.eptura.granted, access_token: 'a2', refresh_token: 'r2' }));
    const now = contextOf(
      provider,
      'direct',
      { ...settings, redirect_uri: 'https://other.example.com/', scope: 'other', username: 'x' },
      { password: 'y' },
    );
    const next = granted(await kit.exchange.refresh(now, session));
    expectSent(kit, forms.eptura.refresh);
    expect(next).toMatchObject({ access_token: 'a2', refresh_token: 'r2', lifetime: 3_600_000, bound });
  });

  it('takes the old refresh token as gone when no other comes', async () => {
    const kit = recorded(answer({ ...forms.eptura.granted, refresh_token: null }));
    expect(granted(await kit.exchange.refresh(direct, session)).refresh_token).toBeNull();
  });

  it.each([
    ['an empty answer', new Response(null, { status: 200 })],
    ['204', new Response(null, { status: 204 })],
    ['a word', new Response('OK', { headers: { 'content-type': 'text/html' } })],
  ])('revokes by one header, answered with %s', async (_name, response) => {
    const kit = recorded(response);
    expect(await kit.exchange.revoke(direct, session)).toEqual({ kind: 'granted', value: 'done' });
    expectSent(kit, forms.eptura.revoke);
  });

  it('had a redirect of its other addresses told as one of the token address', async () => {
    const moved = (): Response => answer('', 302, { location: '/moved' });
    const saidOf = (endpoint: string) => ({
      message: { reason: 'endpoint_redirects', params: { endpoint: { reason: endpoint } } },
    });
    const { exchange } = recorded(moved(), moved());
    expect(await exchange.signIn(direct, 'direct')).toMatchObject(saidOf('endpoint_direct'));
    expect(await exchange.revoke(direct, session)).toMatchObject(saidOf('endpoint_revocation'));
  });

  it('does not take a web page for a revocation', async () => {
    const kit = recorded(answer('<!DOCTYPE html><html>', 200, { 'content-type': 'text/html' }));
    expect(await kit.exchange.revoke(direct, session)).toMatchObject({
      kind: 'transient',
    });
  });

  it('takes a token of whatever type: how it is used is the profile’s to say', async () => {
    const kit = recorded(
      answer({ ...forms.eptura.granted, token_type: 'Access' }),
      answer({ ...forms.eptura.granted, token_type: '' }),
    );
    expect(granted(await kit.exchange.refresh(direct, session)).token_type).toBe('access');
    expect(granted(await kit.exchange.refresh(direct, session)).token_type).toBe('bearer');
  });

  it.each([
    ['beyond Latin-1', 'Łukasz'],
    ['with a line end', 'a\nb'],
    ['with a blank at its start', ' zq'],
    ['with a blank at its end', 'zq '],
    ['with a control character', 'a\u0085b'],
  ])('refuses a password %s before anything is sent', async (_name, password) => {
    const kit = recorded();
    const context = { ...direct, secrets: { password } };
    const error = await failure(kit.exchange.signIn(context, 'direct'));
    expect(error).toMatchObject({
      code: 'bad_request',
      problem: { reason: 'no_header_holds_it', params: { what: 'password' } },
    });
    expect(describeProblem(commandTexts, error.problem).hint).toMatch(/page/);
    expect(String(error)).not.toContain(password);
    expectSent(kit);
  });

  it.each(['Łukasz', ' a'])('refuses the user name "%s" before anything is sent', async (username) => {
    const kit = recorded();
    const context = { ...direct, values: { ...direct.values, username } };
    await expect(kit.exchange.signIn(context, 'direct')).rejects.toMatchObject({
      code: 'bad_request',
      problem: { reason: 'no_header_holds_it', params: { what: 'username' } },
    });
    expectSent(kit);
  });

  it('says when the direct answer brings no code', async () => {
    const kit = recorded(answer({ codes: ['canary'] }));
    const outcome = await kit.exchange.signIn(direct, 'direct');
    expect(outcome).toMatchObject({ kind: 'transient' });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });
});

describe('oauth2-json', () => {
  const settings = {
    token_url: 'https://api.example.com/token',
    client_id: 'BA779C49-4D93-4785-9596-25805A24C5DC',
  };
  const secrets = { client_secret: '4AD3CE00-8ED5-4F0A-A979-ACE64A15207C' };
  const page = contextOf(
    'oauth2-json',
    'authorization_code',
    { ...settings, authorize_url: 'https://api.example.com/authorize?tenant=a%20b' },
    secrets,
  );
  const bound = { redirect_uri: 'http://127.0.0.1:4711/callback', scope: null };
  const answered = {
    access_token: 'a1',
    token_type: 'bearer',
    expires_in: 1200,
    refresh_token: forms.json.refreshToken,
  };

  it('passes the code on as it stood in the redirect', async () => {
    const kit = recorded(answer(answered));
    const parameters = caught(`code=${forms.json.redirectCode}&state=s`);
    const session = granted(await exchangeCode(kit, page, parameters, bound.redirect_uri, noProof));
    expectSent(kit, forms.json.code);
    expect(session).toMatchObject({
      lifetime: 1_200_000,
      refresh_token: forms.json.refreshToken,
      scope: null,
    });
  });

  it.each(['x%3d', 'x%3D', 'x=', 'x%2b+%20'])('does not change the letters of the code %s', async (code) => {
    const kit = recorded(answer(answered));
    await exchangeCode(kit, page, caught(`code=${code}`), bound.redirect_uri, noProof);
    expect(JSON.parse(kit.sent[0]?.split('\n\n')[1] ?? '')).toMatchObject({ code });
  });

  it('dropped a refresh token that came as a number, and sent the old one again', async () => {
    const kit = recorded(
      answer({ ...answered, refresh_token: 12345678 }),
      answer({ ...answered, refresh_token: 12345678 }),
    );
    const first: Session = {
      ...{ access_token: 'a0', token_type: 'bearer', obtained_at: 0, lifetime: null, scope: null, bound },
      refresh_token: 'old',
    };
    const second = granted(await kit.exchange.refresh(page, first));
    expect(second.refresh_token).toBe('12345678');
    // The vendor says the same again: no echo of a secret, but what it grants.
    expect(granted(await kit.exchange.refresh(page, second)).refresh_token).toBe('12345678');
  });

  it('passes the refresh token back byte for byte', async () => {
    const kit = recorded(answer({ ...answered, refresh_token: 'next%3d' }));
    const first: Session = {
      access_token: 'a0',
      token_type: 'bearer',
      obtained_at: 0,
      lifetime: null,
      refresh_token: forms.json.refreshToken,
      scope: null,
      bound,
    };
    expect(granted(await kit.exchange.refresh(page, first)).refresh_token).toBe('next%3d');
    expectSent(kit, forms.json.refresh);
  });

  it('sends user name and password as JSON', async () => {
    const kit = recorded(answer(answered));
    const context = contextOf(
      'oauth2-json',
      'password',
      { ...settings, username: 'jsmith' },
      { ...secrets, password: 'password123' },
    );
    expect(granted(await kit.exchange.signIn(context, 'password')).refresh_token).toBe(
      forms.json.refreshToken,
    );
    expectSent(kit, forms.json.password);
  });

  it('sends client credentials as JSON, and keeps the refresh token that comes with them', async () => {
    const kit = recorded(answer({ ...answered, expires_in: undefined }));
    const context = contextOf('oauth2-json', 'client_credentials', settings, secrets);
    expect(granted(await kit.exchange.signIn(context, 'client_credentials'))).toMatchObject({
      refresh_token: forms.json.refreshToken,
      lifetime: null,
    });
    expectSent(kit, forms.json.clientCredentials);
  });

  it('takes the implicit token out of the redirect, without a refresh token', async () => {
    const kit = recorded();
    const context = contextOf('oauth2-json', 'implicit', {
      client_id: 'c1',
      authorize_url: 'https://api.example.com/authorize',
    });
    const parameters = caught('access_token=a%2B1&token_type=Bearer&expires_in=600&state=s&refresh_token=no');
    const proof = { redirectUri: bound.redirect_uri, ...noProof };
    expect(await kit.exchange.redeem(context, 'implicit', parameters, proof)).toEqual({
      kind: 'granted',
      value: {
        mark: 0,
        session: {
          access_token: 'a+1',
          token_type: 'bearer',
          obtained_at: kit.clock.unixMs(),
          clocks: { ahead: null, boot: kit.clock.boot() },
          lifetime: 600_000,
          refresh_token: null,
          scope: null,
          bound,
        },
      },
    });
  });

  it('names no way to revoke, and asks nobody', async () => {
    const kit = recorded();
    const proof = { redirectUri: bound.redirect_uri, ...noProof };
    const session = await kit.exchange.redeem(page, 'implicit', caught('access_token=a1'), proof);
    expect(await kit.exchange.revoke(page, granted(session))).toEqual({ kind: 'granted', value: 'none' });
  });
});

describe('organization-api', () => {
  const secrets = { client_secret: 's:/+% ü' };
  const settings = { server_address: 'org.example.com', client_id: 'client-1' };
  const basic = contextOf('organization-api', 'client_credentials', settings, secrets);
  const query = contextOf(
    'organization-api',
    'client_credentials',
    { ...settings, client_auth: 'query' },
    secrets,
  );
  const answered = { access_token: 'a1', refresh_token: 'r/+=%3d', expires_in: 900 };

  it.each([
    ['Basic, nothing encoded before', basic, forms.organization.basic, forms.organization.basicRefresh],
    ['the query string', query, forms.organization.query, forms.organization.queryRefresh],
  ])('mints and refreshes by %s', async (_name, context, mint, refresh) => {
    const kit = recorded(answer(answered), answer({ ...answered, access_token: 'a2', refresh_token: '' }));
    const first = granted(await kit.exchange.signIn(context, 'client_credentials'));
    expect(first).toMatchObject({ lifetime: 900_000, refresh_token: 'r/+=%3d', token_type: 'bearer' });
    const second = granted(await kit.exchange.refresh(context, first));
    expectSent(kit, mint, refresh);
    expect(second).toMatchObject({ access_token: 'a2', refresh_token: 'r/+=%3d' });
  });

  it('takes a loopback URL for its server', async () => {
    const kit = recorded(answer(answered));
    const context = contextOf(
      'organization-api',
      'client_credentials',
      { server_address: 'HTTP://127.0.0.1:8080/org/', client_id: 'client-1' },
      secrets,
    );
    granted(await kit.exchange.signIn(context, 'client_credentials'));
    expect(kit.sent[0]).toMatch(/^POST http:\/\/127\.0\.0\.1:8080\/org\/oauth2\/token\n/);
  });

  it('says nothing of a URL that holds the secret when the network fails', async () => {
    const kit = recorded(new Error('fetch failed: https://org.example.com/?client_secret=s'));
    const outcome = await kit.exchange.signIn(query, 'client_credentials');
    expect(outcome).toMatchObject({ kind: 'transient' });
    expect(JSON.stringify(outcome)).not.toContain('client_secret');
  });
});

describe('officernd', () => {
  const context = contextOf(
    'officernd',
    'client_credentials',
    { client_id: 'client-1', scope: 'officernd.api.read officernd.api.write' },
    { client_secret: 's:/+%' },
  );

  it('mints with a form body, scopes separated by blanks', async () => {
    const kit = recorded(
      answer({ access_token: 'a1', token_type: 'Bearer', expires_in: 3599, scope: 'officernd.api.read' }),
    );
    expect(granted(await kit.exchange.signIn(context, 'client_credentials'))).toEqual({
      access_token: 'a1',
      token_type: 'bearer',
      obtained_at: kit.clock.unixMs(),
      clocks: { ahead: null, boot: kit.clock.boot() },
      lifetime: 3_599_000,
      refresh_token: null,
      scope: 'officernd.api.read',
      bound: { redirect_uri: null, scope: 'officernd.api.read officernd.api.write' },
    });
    expectSent(kit, forms.officernd.token);
  });

  it.each(['a\r\nx-scope: all', 'a\u0007', 'tök', ' a', 'a ', ''])(
    'takes no token that no header can carry: %j',
    async (token) => {
      const kit = recorded(answer({ access_token: token, token_type: 'Bearer', expires_in: 3599 }));
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({
        kind: 'transient',
      });
    },
  );

  it('hands on the vendor’s own words when a scope is refused', async () => {
    const kit = recorded(
      answer({ error: 'invalid_scope', error_description: 'Not permitted', canary: 'x' }, 400),
    );
    expect(await kit.exchange.signIn(context, 'client_credentials')).toEqual({
      kind: 'rejected',
      status: 400,
      retryAfterMs: null,
      vendorError: { error: 'invalid_scope', error_description: 'Not permitted' },
    });
  });
});

describe('oauth2', () => {
  const urls = {
    authorize_url: 'https://auth.example.com/authorize',
    token_url: 'https://auth.example.com/token',
    revoke_url: 'https://auth.example.com/revoke',
  };
  const settings = { ...urls, client_id: 'client:1', redirect_uri: 'https://app.example.com/cb' };
  const secrets = { client_secret: ': / + % ü' };
  const bound = { redirect_uri: settings.redirect_uri, scope: 'one two' };
  const proof = { codeVerifier: '0123456789012345678901234567890123456789abc', nonce: null };
  const answered = { access_token: 'a1', token_type: 'Bearer', expires_in: 60, refresh_token: 'r1' };
  const by = (client_auth: string): ReturnType<typeof contextOf> =>
    contextOf('oauth2', 'authorization_code', { ...settings, client_auth, scope: 'one two' }, secrets);

  it.each([
    ['basic', forms.standard.code],
    ['post', forms.standard.codePost],
    ['none', forms.standard.codeNone],
  ])('exchanges a code, client authentication %s', async (way, form) => {
    const kit = recorded(answer(answered));
    const parameters = caught('code=c%2F1%3D&state=s');
    const session = granted(await exchangeCode(kit, by(way), parameters, settings.redirect_uri, proof));
    expectSent(kit, form);
    expect(session).toMatchObject({ lifetime: 60_000, scope: 'one two', refresh_token: 'r1' });
  });

  it('is a public client when it has no secret, whatever client_auth says', async () => {
    const kit = recorded(answer(answered));
    const context = contextOf('oauth2', 'authorization_code', settings);
    await exchangeCode(kit, context, caught('code=c%2F1%3D'), settings.redirect_uri, proof);
    expectSent(kit, forms.standard.codeNone);
  });

  it('takes a redirect with an iss, though it cannot judge it (RFC 9207)', async () => {
    const kit = recorded(answer(answered));
    const parameters = caught('code=c%2F1%3D&iss=https%3A%2F%2Fauth.example.com');
    const outcome = await exchangeCode(kit, by('basic'), parameters, settings.redirect_uri, proof);
    expect(granted(outcome).access_token).toBe('a1');
  });

  it('refreshes and keeps a refresh token that was not replaced', async () => {
    const kit = recorded(answer({ ...answered, refresh_token: undefined, scope: 'one' }));
    const session = granted(
      await kit.exchange.refresh(by('basic'), {
        ...answered,
        obtained_at: 0,
        lifetime: 1,
        scope: 'one two',
        bound,
      }),
    );
    expectSent(kit, forms.standard.refresh);
    expect(session).toMatchObject({ refresh_token: 'r1', scope: 'one' });
  });

  it('sends password and client credentials by Basic', async () => {
    const kit = recorded(answer(answered), answer(answered));
    const asked = { ...settings, scope: 'one two' };
    await kit.exchange.signIn(
      contextOf('oauth2', 'password', { ...asked, username: 'jürgen' }, { ...secrets, password: 'a&b=c' }),
      'password',
    );
    await kit.exchange.signIn(
      contextOf('oauth2', 'client_credentials', asked, secrets),
      'client_credentials',
    );
    expectSent(kit, forms.standard.password, forms.standard.clientCredentials);
  });

  const session: Session = {
    access_token: 'a1',
    token_type: 'bearer',
    obtained_at: 0,
    lifetime: 1000,
    refresh_token: 'r1',
    scope: null,
    bound,
  };

  it('refreshes for a narrower scope, which is what an answer without one grants', async () => {
    const kit = recorded(answer(answered), answer({ ...answered, scope: 'three' }));
    const wide = { ...session, scope: 'one two' };
    const own = { scope: 'one', resource: 'https://api.example.com' };
    expect(granted(await kit.exchange.refresh(by('basic'), wide, own)).scope).toBe('one');
    expect(granted(await kit.exchange.refresh(by('basic'), wide, own)).scope).toBe('three');
    expect(kit.sent[0]?.split('\n\n')[1]).toBe(
      'scope=one&resource=https%3A%2F%2Fapi.example.com&refresh_token=r1&grant_type=refresh_token',
    );
  });

  it('revokes the refresh token, then the access token (RFC 7009)', async () => {
    const kit = recorded(answer('', 200), answer('', 200));
    expect(await kit.exchange.revoke(by('basic'), session)).toEqual({ kind: 'granted', value: 'done' });
    expectSent(kit, forms.standard.revokeRefreshToken, forms.standard.revokeAccessToken);
  });

  it('is done when the vendor revokes refresh tokens alone, and not when it revokes nothing', async () => {
    const no = (): Response => answer({ error: 'unsupported_token_type' }, 400);
    expect(await recorded(answer(''), no()).exchange.revoke(by('basic'), session)).toEqual({
      kind: 'granted',
      value: 'done',
    });
    expect(await recorded(no()).exchange.revoke(by('basic'), session)).toMatchObject({
      kind: 'rejected',
      vendorError: { error: 'unsupported_token_type' },
    });
  });

  it('has no way to revoke without a revocation URL', async () => {
    const { revoke_url: _revoke, ...without } = settings;
    const context = contextOf('oauth2', 'authorization_code', without);
    expect(await recorded().exchange.revoke(context, session)).toEqual({ kind: 'granted', value: 'none' });
  });

  it('never follows a redirect of the token endpoint', async () => {
    const kit = recorded(new Response(null, { status: 307, headers: { location: 'https://evil.example' } }));
    const outcome = await kit.exchange.refresh(by('basic'), session);
    expect(outcome).toMatchObject({ kind: 'transient', status: 307 });
    expect(kit.sent).toHaveLength(1);
  });

  it.each([
    ['no token', { token_type: 'bearer' }],
    ['a token that is no text', { access_token: { canary: 1 }, token_type: 'bearer' }],
  ])('finds an answer with %s not understood, and quotes nothing of it', async (_name, body) => {
    const outcome = await recorded(answer(body)).exchange.refresh(by('basic'), session);
    expect(outcome).toMatchObject({ kind: 'transient' });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  it('takes an answer without a token type for Bearer', async () => {
    const outcome = await recorded(answer({ access_token: 'a' })).exchange.refresh(by('basic'), session);
    expect(outcome).toMatchObject({ kind: 'granted', value: { session: { token_type: 'bearer' } } });
  });

  it.each([
    ['no access token', { token_type: 'bearer' }],
    ['an access token of null', { access_token: null }],
    ['an access token that cannot be sent', { access_token: 'ä\n', token_type: 'bearer' }],
    ['an access token that is no text', { access_token: { a: 1 } }],
    ['an ID token of another shape', { access_token: 7, id_token: 'x.y.z' }],
  ])('has the refresh token kept of an answer with %s', async (_name, body) => {
    const kept: string[] = [];
    const kit = recorded(answer({ ...body, refresh_token: 'r2' }));
    const outcome = await kit.exchange.refresh(
      by('basic'),
      session,
      {},
      {
        onSpend: () => undefined,
        keep: async (refreshToken) => void kept.push(refreshToken),
      },
    );
    expect(outcome).toMatchObject({ kind: 'transient', unusable: true });
    expect(JSON.stringify(outcome)).not.toContain('r2');
    expect(kept).toEqual(['r2']);
  });

  it('has a new refresh token kept before the token beside it is exchanged further, and says why that failed', async () => {
    const kept: string[] = [];
    const kit = recorded(
      answer({ access_token: 'first-token', refresh_token: 'r2' }),
      answer({ error: 'invalid_request', error_description: 'not first-token' }, 400),
    );
    const context = by('basic');
    const further_exchange = { url: 'https://vendor.example/further' };
    const outcome = await kit.exchange.refresh(
      { ...context, profile: { ...context.profile, token: { ...context.profile.token, further_exchange } } },
      session,
      {},
      {
        onSpend: () => undefined,
        keep: async (refreshToken) => {
          expect(kit.sent).toHaveLength(1);
          kept.push(refreshToken);
        },
      },
    );
    expect(kept).toEqual(['r2']);
    expect(kit.sent[1]).toContain('/further');
    expect(outcome).toMatchObject({ kind: 'rejected', vendorError: { error: 'invalid_request' } });
    expect(JSON.stringify(outcome)).not.toContain('first-token');
  });

  it('keeps no refresh token of an answer apart from what it is granted with, nor one that cannot be sent', async () => {
    const kept: string[] = [];
    const spending = {
      onSpend: () => undefined,
      keep: async (refreshToken: string) => void kept.push(refreshToken),
    };
    const good = recorded(answer({ access_token: 'a', refresh_token: 'r2' }));
    await good.exchange.refresh(by('basic'), session, {}, spending);
    const bad = recorded(answer({ access_token: null, refresh_token: 'r\n2' }));
    await bad.exchange.refresh(by('basic'), session, {}, spending);
    expect(kept).toEqual([]);
  });
});

describe('oidc', () => {
  const metadata = {
    issuer: 'https://id.example.com',
    authorization_endpoint: 'https://id.example.com/auth',
    token_endpoint: 'https://id.example.com/token',
    revocation_endpoint: null,
    jwks_uri: 'https://id.example.com/keys',
  };
  const bound = { redirect_uri: 'https://app.example.com/cb', scope: 'openid' };
  const verifier = '0123456789012345678901234567890123456789abc';
  const context = contextOf('oidc', 'authorization_code', {
    issuer: 'https://id.example.com',
    client_id: 'c1',
  });
  const { idToken, keySet } = idTokensOf({ iss: metadata.issuer, aud: 'c1' });

  async function exchange(claims: Record<string, unknown>, query = 'code=c1'): Promise<Outcome<IssuedToken>> {
    const kit = recorded(
      answer(metadata),
      answer({ access_token: 'a1', token_type: 'Bearer', id_token: idToken(claims) }),
      answer(keySet),
    );
    const outcome = await exchangeCode(kit, context, caught(query), bound.redirect_uri, {
      codeVerifier: verifier,
      nonce: 'n1',
    });
    expect(kit.sent[0]).toBe(
      'GET https://id.example.com/.well-known/openid-configuration\naccept: application/json\n',
    );
    return outcome;
  }

  it('finds its endpoints by the issuer and takes a good id_token', async () => {
    expect(granted(await exchange({ nonce: 'n1' }))).toMatchObject({ access_token: 'a1', lifetime: null });
  });

  it('refuses a redirect of another issuer', async () => {
    expect(await exchange({ nonce: 'n1' }, 'code=c1&iss=https%3A%2F%2Fother.example.com')).toMatchObject({
      kind: 'transient',
    });
  });

  it('refuses metadata that names another issuer', async () => {
    const kit = recorded(answer({ ...metadata, issuer: 'https://other.example.com' }));
    await expect(kit.exchange.serverOf(context)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('refuses metadata with an endpoint that is not https', async () => {
    const kit = recorded(answer({ ...metadata, token_endpoint: 'http://id.example.com/token' }));
    await expect(kit.exchange.serverOf(context)).rejects.toMatchObject({ failing: { unusable: true } });
  });

  it.each([
    [{}, 'grant_type=client_credentials'],
    [{ scope: 'api openid' }, 'scope=api&grant_type=client_credentials'],
  ])('asks for no person’s identity with client credentials: %j', async (scope, body) => {
    const kit = recorded(answer(metadata), answer({ access_token: 'a1', token_type: 'Bearer' }));
    const asking = contextOf(
      'oidc',
      'client_credentials',
      { issuer: metadata.issuer, client_id: 'c1', ...scope },
      { client_secret: 's' },
    );
    granted(await kit.exchange.signIn(asking, 'client_credentials'));
    expect(kit.sent[1]?.split('\n\n')[1]).toBe(body);
  });

  it('reads the metadata once', async () => {
    const kit = recorded(answer(metadata));
    await kit.exchange.serverOf(context);
    expect((await kit.exchange.serverOf(context)).revocation_endpoint).toBeUndefined();
    expect(kit.sent).toHaveLength(1);
  });
});
