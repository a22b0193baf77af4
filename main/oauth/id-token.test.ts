// What becomes of a sign-in whose ID token does not hold: the attacks on one, and the clocks that differ.
import { describe, expect, it } from 'vitest';
import { idTokensOf, virtualStart } from '../../testing/id-tokens.ts';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';
import type { Outcome } from './outcome.ts';
import type { IssuedToken } from './response.ts';
import type { Session } from './token.ts';

const metadata = {
  issuer: 'https://id.example.com',
  authorization_endpoint: 'https://id.example.com/auth',
  token_endpoint: 'https://id.example.com/token',
  device_authorization_endpoint: 'https://id.example.com/device',
  jwks_uri: 'https://id.example.com/keys',
};
const now = virtualStart;
const { idToken, keySet, strange } = idTokensOf({ iss: metadata.issuer, aud: 'c1', nonce: 'n1' });
const account = { issuer: metadata.issuer, client_id: 'c1', redirect_uri: 'https://app.example.com/cb' };
const openid = contextOf('oidc', 'authorization_code', account);
const plain = contextOf('oidc', 'authorization_code', { ...account, scope: 'api' });
const code = new Map([['code', { raw: 'c', value: 'c' }]]);

interface Answered {
  readonly id_token?: unknown;
  readonly server?: Readonly<Record<string, unknown>>;
  readonly keys?: unknown;
  readonly context?: typeof openid;
}

async function signIn({
  server = {},
  keys = keySet,
  context = openid,
  ...output
}: Answered): Promise<Outcome<IssuedToken>> {
  const kit = recorded(
    answer({ ...metadata, ...server }),
    answer({ access_token: 'a1', token_type: 'Bearer', ...output }),
    keys instanceof Response || keys instanceof Error ? keys : answer(keys),
  );
  const proof = { redirectUri: account.redirect_uri, codeVerifier: null };
  const nonce = context === plain ? null : 'n1';
  return kit.exchange.redeem(context, 'authorization_code', code, { ...proof, nonce });
}

describe('a sign-in that asked for an ID token', () => {
  it.each([
    ['of a good key', idToken({})],
    ['that begins in two minutes', idToken({ nbf: now + 120, iat: now + 120 })],
    ['that ended a minute ago', idToken({ exp: now - 60 })],
    ['for this client among others', idToken({ aud: ['other', 'c1'], azp: 'c1' })],
  ])('takes one %s', async (_what, id_token) => {
    expect(await signIn({ id_token })).toMatchObject({ kind: 'granted' });
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['of another key', idToken({}, {}, strange)],
    ['of a key that the issuer has not', idToken({}, { kid: 'k2' }, strange)],
    ['unsigned', idToken({}, { alg: 'none' }, 'nobody')],
    ['without its signature', idToken({}).replace(/[^.]*$/, '')],
    ['signed with the public key as a secret', idToken({}, { alg: 'HS256' }, 'public key as HMAC')],
    ['of another issuer', idToken({ iss: 'https://id.example.com.evil.example' })],
    ['for another client', idToken({ aud: 'c2' })],
    ['for another context', idToken({ aud: ['c1', 'c2'], azp: 'c2' })],
    ['of another sign-in', idToken({ nonce: 'n2' })],
    ['without a nonce', idToken({ nonce: undefined })],
    ['that ended an hour ago', idToken({ exp: now - 3600 })],
    ['that begins in an hour', idToken({ nbf: now + 3600 })],
    ['without an end', idToken({ exp: undefined })],
    [
      'whose claims were changed',
      idToken({}).replace(/\.[^.]*\./, `.${idToken({ sub: 'me' }).split('.')[1]}.`),
    ],
    ['that is no JWT', 'x.y'],
  ])('was taken with one %s: it ends as an answer that cannot be used', async (_what, id_token) => {
    for (const server of [{}, { id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'] }]) {
      const outcome = await signIn({ id_token, server });
      expect(outcome).toMatchObject({ kind: 'transient', unusable: true });
      expect(JSON.stringify(outcome)).not.toContain('eyJ');
    }
  });

  it('whose issuer names no keys ends likewise; so does one whose keys cannot be had, and nothing is sent again', async () => {
    for (const jwks_uri of [undefined, null, 'http://127.0.0.1:9/keys', 'http://id.example.com/keys'])
      expect(await signIn({ id_token: idToken({}), server: { jwks_uri } })).toMatchObject({ unusable: true });
    const away = await signIn({ id_token: idToken({}), keys: new Error('no network') });
    expect(away).toMatchObject({ kind: 'transient', unusable: true });
    expect(JSON.stringify(away)).toContain('its keys could not be had');
  });

  it('by a device too', async () => {
    const context = contextOf('oidc', 'device_code', { issuer: metadata.issuer, client_id: 'c1' });
    const kit = recorded(answer(metadata), answer({ access_token: 'a1', token_type: 'Bearer' }));
    expect(await kit.exchange.pollDevice(context, 'device_code', 'd1')).toMatchObject({ unusable: true });
  });
});

describe('an ID token that nobody asked for', () => {
  it.each([
    ['another key', idToken({ nonce: undefined }, {}, strange), keySet],
    ['no key to be had', idToken({ nonce: undefined }), new Error('no network')],
    ['another audience', idToken({ nonce: undefined, aud: 'c2' }), keySet],
  ])('leaves the access token, with a notice: %s', async (_what, id_token, keys) => {
    const outcome = await signIn({ id_token, keys, context: plain });
    expect(outcome).toMatchObject({ kind: 'granted', value: { session: { access_token: 'a1' } } });
    expect(outcome.kind === 'granted' && outcome.value.session.id_token_fault).toMatch(/\w/);
  });

  it('and holds leaves none', async () => {
    const outcome = await signIn({ id_token: idToken({ nonce: undefined }), context: plain });
    expect(outcome.kind === 'granted' && outcome.value.session).not.toHaveProperty('id_token_fault');
  });

  it('at a refresh: the new tokens are kept at once, nothing is asked for meanwhile', async () => {
    const session: Session = {
      access_token: 'a0',
      token_type: 'bearer',
      obtained_at: 0,
      lifetime: null,
      refresh_token: 'r0',
      scope: 'openid',
      bound: { redirect_uri: null, scope: 'openid' },
    };
    for (const [id_token, fault] of [
      [idToken({ aud: 'c2' }), true],
      [idToken({ nonce: undefined }), false],
    ] as const) {
      const kit = recorded(
        answer(metadata),
        answer({ access_token: 'a1', token_type: 'Bearer', refresh_token: 'r1', id_token }),
      );
      const outcome = await kit.exchange.refresh(openid, session);
      expect(outcome).toMatchObject({ value: { session: { access_token: 'a1', refresh_token: 'r1' } } });
      expect(outcome.kind === 'granted' && 'id_token_fault' in outcome.value.session).toBe(fault);
      expect(kit.sent).toHaveLength(2);
    }
  });
});

it('a forged ID token at a refresh left no notice once the keys were some minutes old', async () => {
  const kit = recorded(
    answer(metadata),
    answer({ access_token: 'a1', token_type: 'Bearer', refresh_token: 'r1', id_token: idToken({}) }),
    answer(keySet),
    answer({
      access_token: 'a2',
      token_type: 'Bearer',
      id_token: idToken({ nonce: undefined }, {}, strange),
    }),
  );
  const proof = { redirectUri: account.redirect_uri, codeVerifier: null, nonce: 'n1' };
  const first = await kit.exchange.redeem(openid, 'authorization_code', code, proof);
  if (first.kind !== 'granted') throw new Error(JSON.stringify(first));
  await kit.clock.pass(3_600_000);
  const outcome = await kit.exchange.refresh(openid, first.value.session);
  expect(outcome).toMatchObject({ value: { session: { access_token: 'a2' } } });
  expect(outcome.kind === 'granted' && outcome.value.session).toHaveProperty('id_token_fault');
  expect(kit.sent).toHaveLength(4);
});

describe('a token of the type DPoP that nobody asked for', () => {
  it.each(['DPoP', 'dpop', 'pop', 'MAC'])('was sent as Bearer: %s', async (token_type) => {
    const kit = recorded(answer({ access_token: 'a1', token_type }));
    const urls = { token_url: 'https://v.example/token', client_id: 'c1', client_auth: 'basic' };
    const context = contextOf('oauth2', 'client_credentials', urls, { client_secret: 'a-secret' });
    expect(await kit.exchange.signIn(context, 'client_credentials')).toMatchObject({ unusable: true });
  });
});

describe('an ID token of an issuer of many tenants', () => {
  const common = { ...account, issuer: 'https://id.example.com/common/v2.0' };
  const told = 'https://id.example.com/{tenantid}/v2.0';
  const tid = '9188040d-6c67-4c5b-b112-36a304b66dad';
  const of = (tenant: string) => `https://id.example.com/${tenant}/v2.0`;
  const context = contextOf('oidc', 'authorization_code', common);
  const from = (claims: object) =>
    signIn({ id_token: idToken({ ...claims }), server: { issuer: told }, context });

  it('is taken of the tenant that it names', async () => {
    expect(await from({ iss: of(tid), tid })).toMatchObject({ kind: 'granted' });
  });

  it.each([
    { iss: of(tid) },
    { iss: told, tid: '{tenantid}' },
    { iss: told },
    { iss: of('common'), tid: 'common' },
    { iss: of('0188040d-6c67-4c5b-b112-36a304b66dad'), tid },
    { iss: 'https://other.example.com/v2.0', tid: `${tid}/x` },
  ])('was taken with %j: it ends as an answer that cannot be used', async (claims) => {
    expect(await from(claims)).toMatchObject({ kind: 'transient', unusable: true });
  });
});
