// An issuer whose metadata changes while Keyfob runs.
import { describe, expect, it } from 'vitest';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';

const issuer = 'https://id.example.com';
const context = contextOf('oidc', 'client_credentials', { issuer, client_id: 'c' }, { client_secret: 's' });
const metadata = (token: string) =>
  answer({ issuer, token_endpoint: `${issuer}/${token}`, revocation_endpoint: `${issuer}/revoke` });
const token = () => answer({ access_token: 'a', token_type: 'bearer', expires_in: 60 });
const page = (status: number) => answer('<!doctype html><p>Moved', status, { 'content-type': 'text/html' });
const hour = 60 * 60_000;

/** The vendor answered, and its metadata cannot be used. */
const unusableEndpoint = (fault: string) => ({
  kind: 'transient',
  unusable: true,
  message: {
    params: { detail: { reason: 'metadata_endpoint_unusable', params: { fault: { reason: fault } } } },
  },
});

/** The paths that were asked for, in order. */
const paths = (sent: readonly string[]): string[] =>
  sent.map((text) => new URL(text.split(/[ \n]/)[1] ?? '').pathname.replace('/.well-known/openid-', ''));

describe('the metadata of an issuer', () => {
  it('was asked for once and never again, though it is good for a day', async () => {
    const kit = recorded(metadata('old'), token(), token(), metadata('new'), token());
    for (const wait of [0, 23 * hour, hour]) {
      await kit.clock.pass(wait);
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
    }
    expect(paths(kit.sent)).toEqual(['configuration', '/old', '/old', 'configuration', '/new']);
  });

  it.each([
    ['404', answer('', 404)],
    ['410', answer({ message: 'gone' }, 410)],
    ['a page', page(200)],
    ['a page with a status', page(403)],
  ])(
    'is asked for anew after %s at an endpoint that it named, and the exchange goes on',
    async (_what, gone) => {
      const kit = recorded(metadata('old'), token(), gone, metadata('new'), token(), token());
      await kit.exchange.signIn(context, 'client_credentials');
      await kit.clock.pass(hour);
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
      expect(paths(kit.sent).slice(2)).toEqual(['/old', 'configuration', '/new', '/new']);
    },
  );

  it.each([
    ['names the same endpoint', [metadata('old')]],
    ['cannot be read', [page(200), answer('', 404)]],
    ['does not come', [new Error('no network')]],
  ])('leaves the answer as it was where it %s', async (_what, again) => {
    const kit = recorded(metadata('old'), token(), answer('', 404), ...again, token());
    await kit.exchange.signIn(context, 'client_credentials');
    await kit.clock.pass(hour);
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({
      kind: 'transient',
      status: 404,
    });
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
    const elsewhere = again.slice(1).map(() => '/.well-known/oauth-authorization-server');
    expect(paths(kit.sent)).toEqual([
      ...['configuration', '/old', '/old', 'configuration'],
      ...elsewhere,
      '/old',
    ]);
  });

  it('is not asked for anew within seconds, nor after an answer of the endpoint itself', async () => {
    const kit = recorded(
      metadata('old'),
      answer('', 404),
      answer({ error: 'invalid_client' }, 401),
      answer('', 503),
    );
    for (const status of [404, 401, 503]) {
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ status });
      await kit.clock.pass(status === 404 ? hour : 0);
    }
    expect(paths(kit.sent)).toEqual(['configuration', '/old', '/old', '/old']);
  });

  it('holds on while its issuer does not answer, and is not asked for before each exchange', async () => {
    const kit = recorded(
      metadata('old'),
      token(),
      new Error('no network'),
      token(),
      token(),
      metadata('new'),
      token(),
    );
    for (const wait of [0, 24 * hour, 1000, hour]) {
      await kit.clock.pass(wait);
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
    }
    const asked = paths(kit.sent);
    expect(asked.slice(2)).toEqual(['configuration', '/old', '/old', 'configuration', '/new']);
  });

  it('holds on while something else answers for its issuer', async () => {
    const kit = recorded(metadata('old'), token(), answer({ status: 'login required' }), token());
    await kit.exchange.signIn(context, 'client_credentials');
    await kit.clock.pass(25 * hour);
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
    expect(paths(kit.sent).slice(2)).toEqual(['configuration', '/old']);
  });

  it('had a refresh token sent twice after a page with 200, which may have been passed on', async () => {
    const session = {
      ...{ access_token: 'a0', token_type: 'bearer', obtained_at: 0, lifetime: null, scope: null },
      ...{ refresh_token: 'r0', bound: { redirect_uri: null, scope: null } },
    };
    for (const [gone, again] of [
      [page(200), []],
      [page(404), ['/new']],
    ] as const) {
      const kit = recorded(metadata('old'), token(), gone, metadata('new'), token());
      await kit.exchange.signIn(context, 'client_credentials');
      await kit.clock.pass(hour);
      await kit.exchange.refresh(context, session);
      expect(paths(kit.sent).slice(2)).toEqual(['/old', 'configuration', ...again]);
    }
  });

  it('that redirects was told as a redirect of the token address', async () => {
    const kit = recorded(answer('', 302, { location: '/moved' }));
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({
      message: { reason: 'endpoint_redirects', params: { endpoint: { reason: 'endpoint_metadata' } } },
    });
  });

  it('is asked for once by all who begin at the same time', async () => {
    const kit = recorded(metadata('old'), token(), token());
    await Promise.all([1, 2].map(() => kit.exchange.signIn(context, 'client_credentials')));
    expect(paths(kit.sent)).toEqual(['configuration', '/old', '/old']);
  });

  it('sent secrets of an https issuer to a plain port of this machine', async () => {
    const kit = recorded(answer({ issuer, token_endpoint: 'http://127.0.0.1:4444/token' }));
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject(
      unusableEndpoint('url_http_of_https_issuer'),
    );
    expect(paths(kit.sent)).toEqual(['configuration']);
  });

  it.each([
    ['number', 5, 'no_url'],
    ['relative address', '/token', 'no_url'],
    ['plain address', 'http://evil.example/t', 'url_http'],
  ])('with a %s in place of a token endpoint stuck until a restart', async (_what, endpoint, fault) => {
    const kit = recorded(answer({ issuer, token_endpoint: endpoint }), metadata('new'), token());
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject(unusableEndpoint(fault));
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
    expect(paths(kit.sent)).toEqual(['configuration', 'configuration', '/new']);
  });

  it.each([[undefined], [null], [''], [false]])(
    'without a token endpoint (%j) stuck until a restart',
    async (none) => {
      const kit = recorded(answer({ issuer, token_endpoint: none }), metadata('new'), token());
      await expect(kit.exchange.signIn(context, 'client_credentials')).rejects.toMatchObject({
        problem: { code: 'bad_request', reason: 'endpoint_not_in_metadata' },
      });
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
      expect(paths(kit.sent)).toEqual(['configuration', 'configuration', '/new']);
    },
  );

  it('without a sign-in page stuck until a restart', async () => {
    const page = contextOf('oidc', 'authorization_code', { issuer, client_id: 'c' });
    const whole = { issuer, token_endpoint: `${issuer}/t`, authorization_endpoint: `${issuer}/a` };
    const kit = recorded(metadata('old'), answer(whole));
    await expect(kit.exchange.beginPage(page, 'authorization_code')).rejects.toMatchObject({
      problem: { reason: 'endpoint_not_in_metadata' },
    });
    expect(await kit.exchange.beginPage(page, 'authorization_code')).toMatchObject({ kind: 'granted' });
  });

  it('that cannot be used does not take the place of what could, and is asked for again', async () => {
    const broken = answer({ issuer, token_endpoint: '/token' });
    const kit = recorded(metadata('old'), token(), broken, token(), token(), metadata('new'), token());
    for (const wait of [0, 24 * hour, 1000, hour]) {
      await kit.clock.pass(wait);
      expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ kind: 'granted' });
    }
    expect(paths(kit.sent).slice(2)).toEqual(['configuration', '/old', '/old', 'configuration', '/new']);
  });

  it('may be plain on loopback where its issuer is', async () => {
    const plain = 'http://127.0.0.1:4444';
    const here = contextOf(
      'oidc',
      'client_credentials',
      { issuer: plain, client_id: 'c' },
      { client_secret: 's' },
    );
    const kit = recorded(answer({ issuer: plain, token_endpoint: `${plain}/token` }), token());
    expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({ kind: 'granted' });
  });
});

describe('the metadata of an issuer with a path', () => {
  const tenant = 'https://id.example.com/t/one';
  const places = [
    'https://id.example.com/t/one/.well-known/openid-configuration',
    'https://id.example.com/.well-known/oauth-authorization-server/t/one',
    'https://id.example.com/t/one/.well-known/oauth-authorization-server',
    'https://id.example.com/.well-known/openid-configuration/t/one',
  ];
  const settings = { issuer: tenant, client_id: 'c' };
  const here = contextOf('oidc', 'client_credentials', settings, { client_secret: 's' });
  const found = () => answer({ issuer: tenant, token_endpoint: `${tenant}/token` });
  const addresses = (sent: readonly string[]) => sent.map((text) => text.split(/[ \n]/)[1]);

  it.each(places.map((place, index) => [place, index] as const))(
    'is found at %s, and asked for there from then on',
    async (place, index) => {
      const nowhere = [answer('', 404), page(200), answer({ message: 'no' }, 403)].slice(0, index);
      const kit = recorded(...nowhere, found(), token(), found(), token());
      for (const wait of [0, 25 * hour]) {
        await kit.clock.pass(wait);
        expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({ kind: 'granted' });
      }
      const tried = places.slice(0, index + 1);
      expect(addresses(kit.sent)).toEqual([...tried, `${tenant}/token`, place, `${tenant}/token`]);
    },
  );

  it('is found where it is by now, once it is no longer where it was', async () => {
    const kit = recorded(found(), token(), answer('', 404), found(), token(), found(), token());
    for (const wait of [0, 25 * hour, 25 * hour]) {
      await kit.clock.pass(wait);
      expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({ kind: 'granted' });
    }
    const asked = addresses(kit.sent).filter((address) => address !== `${tenant}/token`);
    expect(asked).toEqual([places[0], places[0], places[1], places[1]]);
  });

  it('that is nowhere is told by what came first', async () => {
    const kit = recorded(page(404), answer('', 404), answer('', 410), answer('', 404));
    expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({
      kind: 'transient',
      message: { reason: 'web_page_came_with_status', params: { status: 404 } },
    });
    expect(addresses(kit.sent)).toEqual(places);
  });

  it.each([503, 429])(
    'is looked for nowhere else after %i, which is no word on where it is',
    async (status) => {
      const kit = recorded(answer('', status));
      expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({ status });
      expect(addresses(kit.sent)).toEqual(places.slice(0, 1));
    },
  );
});

describe('the metadata of an issuer that is not at the first address', () => {
  const here = contextOf(
    'oidc',
    'client_credentials',
    { issuer: 'https://id.example.com', client_id: 'c' },
    { client_secret: 's' },
  );

  it('tells what came where it is, and when to ask again', async () => {
    const kit = recorded(answer('', 404), answer('', 503, { 'retry-after': '70' }));
    expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({
      kind: 'transient',
      status: 503,
      retryAfterMs: 70_000,
    });
  });

  it('tells of a network that fails there', async () => {
    const kit = recorded(answer('', 404), new Error('down'));
    expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({
      kind: 'transient',
      status: null,
    });
  });
});

describe('an issuer of many tenants', () => {
  const common = 'https://login.example.com/common/v2.0';
  const settings = { issuer: common, client_id: 'c' };
  const of = (told: string) =>
    recorded(answer({ issuer: told, token_endpoint: 'https://login.example.com/token' }), token());
  const here = contextOf('oidc', 'client_credentials', settings, { client_secret: 's' });

  it('names a template in its metadata, as Microsoft Entra ID does', async () => {
    const kit = of('https://login.example.com/{tenantid}/v2.0');
    expect(await kit.exchange.signIn(here, 'client_credentials')).toMatchObject({ kind: 'granted' });
  });

  it.each([
    'https://{tenantid}/common/v2.0',
    'https://login.example.com/{tenantid}',
    'https://login.example.com/x{tenantid}/v2.0',
    'https://login.example.com/{tenantid}x/v2.0',
    'https://other.example.com/{tenantid}/v2.0',
    'https://login.example.com/{tenantid}/{tenantid}',
    '{tenantid}',
  ])('is not the one of %s', async (told) => {
    await expect(of(told).exchange.signIn(here, 'client_credentials')).rejects.toMatchObject({
      problem: { reason: 'metadata_of_another_issuer', params: { issuer: told } },
    });
  });
});
