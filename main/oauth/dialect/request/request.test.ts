// What a profile can say of requests and answers that differ from RFC 6749, from the profile's file to the wire and back.
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answer, recorded } from '../../../../testing/recorded-exchange.ts';
import { faultsWith, profileWith } from '../../../../testing/small-profile.ts';
import { authorizationRequest } from '../../authorization-request.ts';
import type { ClientContext } from '../../client-context.ts';
import { dryRun } from '../../dry-run.ts';
import { endpointsOf } from '../../endpoints.ts';
import { fieldValues } from '../../fields.ts';
import { authorizationCode } from '../../grants/authorization-code.ts';
import { revocationRequests } from '../../revocation.ts';
import { signJwt } from '../../signed-jwt.ts';
import { apiPlacement } from '../api.ts';

const field = { label: 'x' };
const secret = { label: 'x', secret: true };
const fields = {
  client_id: field,
  client_secret: secret,
  private_key: secret,
  key_id: field,
  developer_token: secret,
  audience: field,
  region: { label: 'x', choices: ['eu', 'us'] },
};
const grants = {
  client_credentials: { required: [], optional: Object.keys(fields), renewal: ['client_credentials'] },
  authorization_code: { required: [], optional: Object.keys(fields), renewal: ['refresh_token'] },
};
const base = {
  fields,
  grants,
  authorize: { url: 'https://acme.example/authorize', pkce: false },
};

function contextOf(change: object, settings = {}, secrets = {}): ClientContext {
  const profile = profileWith({ ...base, ...change });
  const values = fieldValues(profile, { client_id: 'c', ...settings });
  const gate = { check: () => undefined, discovered: async () => true };
  return { profile, values, secrets: { client_secret: 's', ...secrets }, gate };
}

const faults = (change: object): string[] => faultsWith({ ...base, ...change });

const url = 'https://acme.example/token';
const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 60 };

async function signIn(context: ClientContext, came: unknown = granted): Promise<string[]> {
  const { exchange, sent } = recorded(answer(came));
  expect(await exchange.signIn(context, 'client_credentials')).toMatchObject({
    kind: 'granted',
    value: { session: { access_token: 'a' } },
  });
  return (sent[0] ?? '').split('\n');
}

describe('a token request of another form', () => {
  it.each([
    [{ extra_parameters: { audience: '{audience}' } }, 'grant_type=client_credentials&audience=api'],
    [{ extra_parameters: { grant_type: 'app', none: '{key_id}' } }, 'grant_type=app'],
    [{ extra_parameters: { dev: '{developer_token}' } }, 'grant_type=client_credentials&dev=d'],
    [{ names: { grant_type: 'kind' } }, 'kind=client_credentials'],
    [
      { per_grant: { client_credentials: { extra_parameters: { a: '1' } } } },
      'grant_type=client_credentials&a=1',
    ],
  ])('has the parameters of %j', async (form, body) => {
    const context = contextOf({ token: { url, ...form } }, { audience: 'api' }, { developer_token: 'd' });
    expect((await signIn(context)).at(-1)).toBe(body);
  });

  it('draws a random value anew each time', async () => {
    const context = contextOf({ token: { url, extra_parameters: { n: '{random}' } } });
    const drawn = [await signIn(context), await signIn(context)].map((lines) => lines.at(-1)?.split('n=')[1]);
    for (const one of drawn) expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(drawn[0]).not.toBe(drawn[1]);
  });

  it('goes by GET with its parameters in the query, whatever the rest says', async () => {
    const context = contextOf({ token: { url, method: 'GET', in: 'json' } });
    expect((await signIn(context))[0]).toBe(`GET ${url}?grant_type=client_credentials`);
  });

  it('carries a secret field in a header', async () => {
    const context = contextOf(
      { token: { url, headers: { 'X-Dev': 'key {developer_token}' } } },
      {},
      { developer_token: 'd' },
    );
    expect(await signIn(context)).toContain('x-dev: key d');
  });

  it('goes to the address of its own grant, and of the region that a field chooses', async () => {
    const regions = { by_field: 'region', cases: { eu: 'https://eu.acme.example/t', us: url } };
    const own = contextOf({
      token: { url, per_grant: { client_credentials: { url: 'https://b.example/t' } } },
    });
    expect((await signIn(own))[0]).toBe('POST https://b.example/t');
    expect((await signIn(contextOf({ token: { url: regions } }, { region: 'eu' })))[0]).toBe(
      'POST https://eu.acme.example/t',
    );
  });

  it('sends Keyfob’s own redirect URI where a template names it', async () => {
    const context = contextOf({
      token: { url, parameters: ['code'], extra_parameters: { back: '{redirect_uri}' } },
    });
    const { exchange, sent } = recorded(answer(granted));
    const redirectUri = 'http://127.0.0.1/callback';
    const parameters = new Map([['code', { raw: 'k', value: 'k' }]]);
    const proof = { redirectUri, codeVerifier: null, nonce: null };
    await exchange.redeem(context, 'authorization_code', parameters, proof);
    expect(sent[0]?.split('\n').at(-1)).toBe(`code=k&back=${encodeURIComponent(redirectUri)}`);
  });
});

describe('a request by headers', () => {
  it('has all values of a parameter with several', async () => {
    const context = contextOf({ token: { url, in: 'header', extra_parameters: { part: ['a', 'b'] } } });
    expect(await signIn(context)).toContain('part: a, b');
  });
});

describe('a revocation', () => {
  it.each([true, false])(
    'shows the tokens in headers that name them (authenticated: %s)',
    async (authenticate) => {
      const headers = { authorization: 'Bearer {access_token}', other: '{refresh_token}' };
      const revoke = { url: 'https://acme.example/revoke', tokens: ['refresh_token'], authenticate, headers };
      const context = contextOf({ revoke });
      const { server } = endpointsOf(context, null);
      const session = { access_token: 'a', refresh_token: 'r' };
      const [request] = (await revocationRequests(context, server, session)) ?? [];
      expect(request?.headers).toMatchObject({ authorization: 'Bearer a', other: 'r' });
    },
  );
});

describe('the address of a sign-in page', () => {
  it('has the vendor’s names, its own response type, and no more than it takes', async () => {
    const context = contextOf({
      authorize: {
        url: 'https://acme.example/authorize',
        pkce: false,
        response_type: 'code id_token',
        parameters: ['response_type', 'client_id', 'redirect_uri', 'state'],
        names: { client_id: 'appid' },
        extra_parameters: { n: '{random}', back: '{redirect_uri}' },
      },
    });
    const { server } = endpointsOf(context, null);
    const request = await authorizationRequest(
      context,
      server,
      authorizationCode,
      'http://127.0.0.1/callback',
    );
    const query = new URL(request.url).searchParams;
    expect([...query.keys()]).toEqual(['response_type', 'appid', 'redirect_uri', 'state', 'n', 'back']);
    expect(query.get('response_type')).toBe('code id_token');
    expect(query.get('back')).toBe('http://127.0.0.1/callback');
  });
});

describe('an answer of another form', () => {
  it.each([
    [{ at: 'data' }, { code: 0, data: granted }],
    [{ at: 'authed_user' }, { ok: true, access_token: 'bot', authed_user: granted }],
    [{ names: { access_token: 'session.accessToken' } }, { session: { accessToken: 'a' } }],
    [
      { error: 'errcode', error_description: 'errmsg' },
      { ...granted, errcode: 0, errmsg: 'ok' },
    ],
    [
      { error: 'status', no_error: ['success'] },
      { ...granted, status: 'success' },
    ],
  ])('is read by %j', async (form, came) => {
    await signIn(contextOf({ token: { url, answer: form } }), came);
  });

  it('that refuses in the vendor’s names is told in its words', async () => {
    const form = { error: 'err.code', error_description: 'err.text' };
    const { exchange } = recorded(answer({ err: { code: 40013, text: 'invalid appid' } }));
    expect(
      await exchange.signIn(contextOf({ token: { url, answer: form } }), 'client_credentials'),
    ).toMatchObject({
      kind: 'rejected',
      vendorError: { error: '40013', error_description: 'invalid appid' },
    });
  });

  it.each([
    [{ at: 'data' }, { error: 'invalid_grant', data: {} }],
    [{ error: 'errcode' }, { error: 'invalid_grant' }],
  ])('by %j is read in the standard’s form too, which a gateway may speak', async (form, came) => {
    const { exchange } = recorded(answer(came, 400));
    expect(
      await exchange.signIn(contextOf({ token: { url, answer: form } }), 'client_credentials'),
    ).toMatchObject({ kind: 'rejected', vendorError: { error: 'invalid_grant' } });
  });

  it('with a lifetime of 0 that never ends lives for a hundred years', async () => {
    const { exchange } = recorded(answer({ ...granted, expires_in: 0 }));
    const came = await exchange.signIn(contextOf({ zero_lifetime: 'endless' }), 'client_credentials');
    expect(came).toMatchObject({ value: { session: { lifetime: 100 * 366 * 86_400_000 } } });
  });
});

describe('the API’s own headers', () => {
  it('are handed out with the token, and those of empty fields are not', () => {
    const context = contextOf(
      {
        api_headers: {
          'Notion-Version': '2022-06-28',
          'developer-token': '{developer_token}',
          'x-none': '{audience}',
        },
      },
      {},
      { developer_token: 'd' },
    );
    expect(apiPlacement(context.profile, context, { access_token: 't' })).toEqual({
      headers: { 'Notion-Version': '2022-06-28', 'developer-token': 'd', Authorization: 'Bearer t' },
      query: {},
    });
  });
});

describe('a client', () => {
  const basic = (text: string): string => `authorization: Basic ${btoa(text)}`;
  it.each([
    ['basic_empty_secret', basic('c:')],
    ['basic_secret_as_user', basic('s:')],
    ['basic_secret_as_password', basic(':s')],
  ])('shows itself by %s', async (way, header) => {
    expect(await signIn(contextOf({ client_auth: way }))).toContain(header);
  });

  it('without a secret shows an empty one where the vendor wants it', async () => {
    const context = contextOf({ client_auth: 'basic_empty_secret' });
    expect(await signIn({ ...context, secrets: {} })).toContain(basic('c:'));
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = (key: typeof rsa.privateKey): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each([
    ['RSA', pem(rsa.privateKey), rsa.publicKey, 'RS256'],
    ['RSA whose line ends were lost', pem(rsa.privateKey).replaceAll('\n', ' '), rsa.publicKey, 'RS256'],
    ['EC', pem(ec.privateKey), ec.publicKey, 'ES256'],
    ['a JWK', JSON.stringify(ec.privateKey.export({ format: 'jwk' })), ec.publicKey, 'ES256'],
  ])('signs with its private key, %s', async (_kind, key, publicKey, alg) => {
    const context = contextOf({ client_auth: 'private_key_jwt' }, { key_id: 'k1' }, { private_key: key });
    const body = new URLSearchParams((await signIn(context)).at(-1));
    expect(body.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = (body.get('client_assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg, kid: 'k1' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      ...{ iss: 'c', sub: 'c' },
      // The vendor names no issuer: RFC 7523 section 3.
      aud: url,
    });
    const how = alg === 'ES256' ? { key: publicKey, dsaEncoding: 'ieee-p1363' as const } : publicKey;
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), how, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
  });

  it.each(['', 'no key', '-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----', '{"kty":"RSA"}'])(
    'with a private key that is none is told so, and nothing is sent: %j',
    async (key) => {
      const { exchange, sent } = recorded();
      const context = contextOf({ client_auth: 'private_key_jwt' }, {}, { private_key: `${key} ` });
      await expect(exchange.signIn(context, 'client_credentials')).rejects.toMatchObject({
        problem: { reason: 'private_key_unusable' },
      });
      expect(sent).toEqual([]);
    },
  );

  it('signs by its secret', async () => {
    const body = new URLSearchParams((await signIn(contextOf({ client_auth: 'client_secret_jwt' }))).at(-1));
    const [head = ''] = (body.get('client_assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg: 'HS256' });
    expect(body.get('client_secret')).toBeNull();
  });
});

describe('a JWT that an account signs', () => {
  it.each([{}, { alg: 'HS256' }])(
    'with nothing to sign by is refused, and not as something unexpected (header %j)',
    async (header) => {
      const signing = signJwt({ claims: {}, header }, { values: {}, secrets: {} });
      await expect(signing).rejects.toMatchObject({ problem: { reason: 'private_key_unusable' } });
    },
  );
});

describe('a profile that leaves out what ties an answer to its request', () => {
  const authorize = { url: 'https://acme.example/authorize', pkce: true };
  const sent = ['response_type', 'client_id', 'state', 'code_challenge', 'code_challenge_method'];
  const without = (name: string) => ({ ...authorize, parameters: sent.filter((one) => one !== name) });
  it.each([
    [{ authorize: without('state') }, ['authorize.parameters: binding_left_out']],
    [{ authorize: without('code_challenge') }, ['authorize.parameters: binding_left_out']],
    [{ authorize: { ...authorize, names: { state: 's' } } }, ['authorize.names.state: own_parameter']],
    [{ authorize: { ...authorize, names: { scope: 'state' } } }, ['authorize.names.scope: own_parameter']],
    [{ authorize: { ...authorize, parameters: sent } }, []],
    [{ authorize: without('state'), redirect: { vendor_does_not_echo_state: true } }, []],
  ])('is refused, and one that keeps it is not: %j', (change, expected) => {
    expect(faults(change)).toEqual(expected);
  });
});

describe('a profile with an address for one grant alone', () => {
  const own = { per_grant: { client_credentials: { url: 'https://b.example/t' } } };
  it('has one for that grant, and is told that another grant has none', async () => {
    const { client_credentials } = grants;
    const alone = contextOf({ token: own, grants: { client_credentials } });
    expect((await signIn(alone))[0]).toBe('POST https://b.example/t');
    expect(faults({ token: own })).toEqual(['token: needs_url']);
  });

  it('asks whether a code may go there before a person signs in', async () => {
    const url = 'https://elsewhere.example/t';
    const context = contextOf({
      token: { url: 'https://acme.example/t', per_grant: { authorization_code: { url } } },
    });
    const checked: string[] = [];
    const gate = { check: (one: string) => void checked.push(one), discovered: async () => true };
    await recorded().exchange.beginPage({ ...context, gate }, 'authorization_code');
    expect(checked).toContain(url);
  });
});

describe('a dry run of such a profile', () => {
  it.each(['RS256', 'PS256', 'ES384', 'EdDSA', 'HS256'])(
    'was told that its key cannot be used, where its JWT is signed by %s',
    async (alg) => {
      const { profile } = contextOf({
        client_auth: 'private_key_jwt',
        signed_jwt: { client_assertion: { header: { alg }, claims: { iss: '{client_id}' } } },
      });
      const given = { client_id: 'c', client_secret: 's', private_key: 'x' };
      const [request] = await dryRun(profile, 'client_credentials', given);
      expect(request?.body).toContain('client_assertion=••••');
    },
  );

  it('shows an assertion and a random value as marks', async () => {
    const { profile } = contextOf({
      client_auth: 'private_key_jwt',
      token: { url, extra_parameters: { n: '{random}' } },
    });
    const [request] = await dryRun(profile, 'client_credentials', { client_id: 'c', private_key: 'x' });
    expect(request?.body).toContain('client_assertion=••••');
    expect(request?.body).toContain('n=••••');
  });
});

describe('a profile whose template names a secret', () => {
  it.each([
    [
      { authorize: { ...base.authorize, extra_parameters: { a: '{client_secret}' } } },
      'authorize.extra_parameters.a',
    ],
    [{ token: { url: 'https://acme.example/{client_secret}' } }, 'token.url'],
    [
      { token: { url, per_grant: { password: { url: 'https://{client_secret}.example' } } } },
      'token.per_grant.password.url',
    ],
  ])('where others would read it is refused: %j', (change, path) => {
    expect(faults(change)).toContain(`${path}: names_secret`);
  });

  it('or a field that it has not, in an address of one region', () => {
    const cases = { eu: 'https://{nowhere}.acme.example', us: 'ftp://acme.example' };
    expect(faults({ token: { url: { by_field: 'region', cases } } })).toEqual([
      'token.url.cases.eu: names_no_field',
      'token.url.cases.us: no_address_template',
    ]);
  });
});
