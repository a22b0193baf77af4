// Sign-ins whose request is pushed (RFC 9126), from the page that a person is sent to to the token.
import { describe, expect, it } from 'vitest';
import { answer, contextOf, profileOf, recorded } from '../../testing/recorded-exchange.ts';
import { faultsWith } from '../../testing/small-profile.ts';
import { dryRun } from './dry-run.ts';

const issuer = 'https://id.example.com';
const redirectUri = 'http://127.0.0.1/callback';
const metadata = (more: object) =>
  answer({
    issuer,
    authorization_endpoint: `${issuer}/authorize?tenant=1`,
    token_endpoint: `${issuer}/token`,
    pushed_authorization_request_endpoint: `${issuer}/par`,
    ...more,
  });
const required = { require_pushed_authorization_requests: true };
const pushed = () => answer({ request_uri: 'urn:example:1', expires_in: 60 }, 201);
const token = (type = 'Bearer') => answer({ access_token: 'a', token_type: type, expires_in: 60 });
const settings = { issuer, client_id: 'c', scope: 'email' };
const context = (more: Record<string, string> = {}) =>
  contextOf('oidc', 'authorization_code', { ...settings, ...more }, { client_secret: 's' });

async function begin(client: ReturnType<typeof context>, ...answers: (Response | Error)[]) {
  const kit = recorded(...answers);
  const begun = await kit.exchange.beginPage(client, 'authorization_code');
  if (begun.kind !== 'granted') throw new Error(begun.kind);
  return { ...kit, made: await begun.value(redirectUri) };
}

describe('a sign-in at an issuer that requires its request to be pushed', () => {
  it('sent it through the browser, and was refused', async () => {
    const { made, sent } = await begin(context(), metadata(required), pushed());
    if (made.kind !== 'granted') throw new Error(made.kind);
    expect(made.value.url).toBe(`${issuer}/authorize?tenant=1&client_id=c&request_uri=urn%3Aexample%3A1`);
    const [head = '', body = ''] = (sent[1] ?? '').split('\n\n');
    expect(head.split('\n')[0]).toBe(`POST ${issuer}/par`);
    expect(head).toContain(`authorization: Basic ${btoa('c:s')}`);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      ...{ response_type: 'code', client_id: 'c', redirect_uri: redirectUri, scope: 'email' },
      state: expect.any(String) as string,
      code_challenge: expect.any(String) as string,
      code_challenge_method: 'S256',
    });
  });

  it('had its page refused where it was opened a minute later: it is pushed again then, and not before', async () => {
    const again = answer({ request_uri: 'urn:example:2', expires_in: 60 }, 201);
    const { made, sent, clock } = await begin(
      context(),
      metadata(required),
      pushed(),
      again,
      answer({ error: 'access_denied' }, 400),
    );
    if (made.kind !== 'granted') throw new Error(made.kind);
    const urlNow = async () => made.value.urlNow?.();
    await clock.pass(30_000);
    expect(await urlNow()).toEqual({ kind: 'granted', value: made.value.url });
    await clock.pass(30_000);
    const later = { kind: 'granted', value: expect.stringContaining('urn%3Aexample%3A2') as string };
    expect(await urlNow()).toEqual(later);
    expect(await urlNow()).toEqual(later);
    expect(sent).toHaveLength(3);
    // The same request: what ties its answer to this sign-in is the same.
    expect(sent[2]).toBe(sent[1]);
    await clock.pass(60_000);
    expect(await urlNow()).toMatchObject({ kind: 'rejected', vendorError: { error: 'access_denied' } });
  });

  it('is told what the vendor refuses, and never sends it through the browser in its place', async () => {
    const refusal = answer({ error: 'invalid_request', error_description: 'no' }, 400);
    const { made } = await begin(context(), metadata(required), refusal);
    expect(made).toMatchObject({ kind: 'rejected', vendorError: { error: 'invalid_request' } });
    const { made: without } = await begin(context(), metadata(required), answer({ expires_in: 60 }, 201));
    expect(without).toMatchObject({ kind: 'transient', unusable: true });
    const nowhere = begin(
      context(),
      metadata({ ...required, pushed_authorization_request_endpoint: undefined }),
    );
    await expect(nowhere).rejects.toMatchObject({ problem: { reason: 'endpoint_not_in_metadata' } });
  });

  it('asks the gate before the client’s secret goes there', async () => {
    const asked: string[] = [];
    const gate = { check: (url: string) => void asked.push(url), discovered: async () => true };
    await begin({ ...context(), gate }, metadata(required), pushed());
    expect(asked).toContain(`${issuer}/par`);
  });

  it('has a bound token asked for with the key that the request was pushed with', async () => {
    const { made, exchange, sent } = await begin(
      context({ sender_constraint: 'dpop' }),
      metadata(required),
      answer({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'n' }),
      pushed(),
      token('DPoP'),
    );
    if (made.kind !== 'granted') throw new Error(made.kind);
    const code = new Map([['code', { raw: 'k', value: 'k' }]]);
    const came = await exchange.redeem(
      context({ sender_constraint: 'dpop' }),
      'authorization_code',
      code,
      made.value.proof,
    );
    expect(came).toMatchObject({ kind: 'granted', value: { session: { token_type: 'dpop' } } });
    const keys = sent.slice(1).map((text) => {
      const [head = ''] = (/dpop: (\S+)/.exec(text)?.[1] ?? '').split('.');
      return (JSON.parse(Buffer.from(head, 'base64url').toString()) as { jwk: { x: string } }).jwk.x;
    });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });
});

describe('an authorization request', () => {
  it('is not pushed where an issuer only offers that', async () => {
    const { made, sent } = await begin(context(), metadata({}));
    expect(made).toMatchObject({ value: { url: expect.stringContaining('code_challenge=') as string } });
    expect(sent).toHaveLength(1);
  });

  it('is pushed to the address that a profile names, by a field or without', async () => {
    const own = { authorize_url: `${issuer}/a`, token_url: `${issuer}/t`, client_id: 'c' };
    const client = contextOf('oauth2', 'authorization_code', own);
    const profile = { ...client.profile, pushed_authorization: { url: '{par_url}' } };
    const named = { ...client, profile, values: { ...client.values, par_url: `${issuer}/p` } };
    const { made, sent } = await begin(named, pushed());
    expect(made).toMatchObject({ value: { url: `${issuer}/a?client_id=c&request_uri=urn%3Aexample%3A1` } });
    expect(sent[0]).toContain(`POST ${issuer}/p`);
    expect((await begin({ ...client, profile })).sent).toEqual([]);
    const fixed = { ...profileOf('oidc'), pushed_authorization: { url: `${issuer}/p` } };
    const { sent: second } = await begin({ ...context(), profile: fixed }, metadata({}), pushed());
    expect(second[1]).toContain(`POST ${issuer}/p`);
  });

  it('is pushed where a profile says so, to where the metadata says; and shown so without being sent', async () => {
    const profile = { ...profileOf('oidc'), pushed_authorization: {} };
    const { made } = await begin({ ...context(), profile }, metadata({}), pushed());
    expect(made).toMatchObject({ value: { url: expect.stringContaining('request_uri=') as string } });
    const shown = await dryRun(profile, 'authorization_code', settings);
    expect(shown.filter(({ step }) => step === 'authorize').map(({ method, url }) => [method, url])).toEqual([
      ['POST', '{pushed_authorization_request_endpoint}'],
      ['GET', '{authorization_endpoint}?client_id=c&request_uri=••••'],
    ]);
  });

  it('cannot be pushed by a profile that names no place', () => {
    const grants = { client_credentials: { required: [], renewal: [] } };
    const faults = faultsWith({ fields: {}, grants, pushed_authorization: {} });
    expect(faults).toEqual(['pushed_authorization: needs_url']);
  });
});
