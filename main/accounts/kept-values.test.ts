// Values of a vendor's answer that name hosts: what becomes of them where the vendor, or who speaks in its name, names others.
import { describe, expect, it } from 'vitest';
import { json, openKit, type Kit } from '../../testing/core-kit.ts';
import { minute, refusedTo } from '../../testing/origins-kit.ts';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';
import { smallProfile } from '../../testing/small-profile.ts';

const field = { label: 'x' };
const profile = {
  ...smallProfile,
  fields: { client_id: field, client_secret: { label: 'x', secret: true } },
  grants: {
    client_credentials: {
      required: ['client_id', 'client_secret'],
      renewal: ['refresh_token', 'client_credentials'],
    },
  },
  kept_values: {
    instance_url: { from: 'answer', hosts: ['*.force.example'] },
    shop: { from: 'answer' },
  },
  api_base: '{instance_url}/api',
  who_am_i: { url: 'https://{shop}.shops.example/me', show: ['name'] },
};
const own = 'https://acme.example';

/** Signed in to a vendor whose every token answer has what `more` gives, by its number. */
async function signedIn(more: (count: number) => object, change: object = {}): Promise<Kit> {
  let count = 0;
  const kit = await openKit(({ url }) => {
    if (!url.endsWith('/token')) return json({ name: 'alice' });
    count += 1;
    return json({
      access_token: `a${count}`,
      token_type: 'bearer',
      expires_in: 3600,
      refresh_token: `r${count}`,
      ...more(count),
    });
  });
  await kit.keyfob.addProvider(JSON.stringify({ ...profile, ...change }));
  await kit.keyfob.add({
    name: 'hq',
    provider: 'acme',
    settings: { client_id: 'c' },
    secrets: { client_secret: 's' },
  });
  await kit.keyfob.login('hq');
  return kit;
}

describe('an answer that names the API’s host', () => {
  it('is taken the first time, and asks first when another answer names another', async () => {
    const kit = await signedIn((count) => ({ instance_url: `https://na${count}.force.example` }));
    const [first, second] = ['https://na1.force.example', 'https://na2.force.example'];
    expect(await kit.keyfob.token({ account: 'hq', path: '/x' })).toMatchObject({
      url: `${first}/api/x`,
      values: { instance_url: first },
    });
    await kit.keyfob.refresh('hq');
    expect(await failure(kit.keyfob.token({ account: 'hq', path: '/x' }))).toEqual(
      refusedTo(second, own, first),
    );
    expect((await kit.keyfob.facts('hq')).origins.waiting).toEqual([second]);
    await kit.keyfob.set('hq', { settings: {}, secrets: {}, allow_origins: [second] });
    expect(await kit.keyfob.token({ account: 'hq', path: '/x' })).toMatchObject({ url: `${second}/api/x` });
    await kit.keyfob.stop();
  });

  it('asks first when a new sign-in names another', async () => {
    const kit = await signedIn((count) => ({ instance_url: `https://na${count}.force.example` }));
    await kit.keyfob.logout('hq');
    await kit.keyfob.login('hq');
    expect(await failure(kit.keyfob.token({ account: 'hq', path: '/x' }))).toEqual(
      refusedTo('https://na2.force.example', own, 'https://na1.force.example'),
    );
    await kit.keyfob.stop();
  });

  it.each([
    'https://evil.example',
    'https://force.example',
    'https://evilforce.example',
    'https://x.force.example.evil.example',
    'https://x.force.example@evil.example',
    'https://evil.example/#.force.example',
    'https://evil.example?.force.example',
    'https://x.force.example:8443',
    'http://x.force.example',
    'javascript:alert(1)//.force.example',
    '//evil.example/.force.example',
    'x.force.example\\@evil.example',
    7,
    ['https://na1.force.example'],
    null,
  ])('%j is not kept, and its token is', async (instance) => {
    const kit = await signedIn(() => ({ instance_url: instance }));
    expect(await kit.keyfob.token({ account: 'hq' })).not.toHaveProperty('values');
    expect(await failure(kit.keyfob.token({ account: 'hq', path: '/x' }))).toMatchObject({
      code: 'bad_request',
    });
    await kit.keyfob.stop();
  });

  it('keeps the earlier value where a refresh names what is not allowed', async () => {
    const kit = await signedIn((count) => ({
      instance_url: count === 1 ? 'https://na1.force.example' : 'https://evil.example',
    }));
    await kit.keyfob.refresh('hq');
    expect(await kit.keyfob.token({ account: 'hq', path: '/x' })).toMatchObject({
      access_token: 'a2',
      url: 'https://na1.force.example/api/x',
    });
    await kit.keyfob.stop();
  });

  it.each([
    ['evil.example/', 'bad_request'],
    ['evil.example#', 'bad_request'],
    ['a@evil.example/', 'bad_request'],
    ['berlin', null],
  ])('a shop of %s below the vendor’s own host', async (shop, code) => {
    const kit = await signedIn(() => ({ shop }));
    const asked = kit.keyfob.whoAmI('hq');
    if (code === null) expect(await asked).toMatchObject({ name: 'alice' });
    else expect(await failure(asked)).toMatchObject({ code });
    expect(kit.asked.filter(({ url }) => !url.startsWith(own)).map(({ url }) => new URL(url).host)).toEqual(
      code === null ? ['berlin.shops.example'] : [],
    );
    await kit.keyfob.stop();
  });

  it('is read again from the vault, and is gone at sign-out', async () => {
    const kit = await signedIn(() => ({ shop: 'berlin' }));
    await kit.keyfob.lock();
    await kit.keyfob.unlock();
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({ values: { shop: 'berlin' } });
    await kit.keyfob.logout('hq');
    expect(kit.vault.entries.get('hq')).not.toContain('"berlin"');
    await kit.keyfob.stop();
  });

  it('a refresh token, or an ID token, was handed out by a profile that keeps it', async () => {
    const kit = await signedIn((count) => ({ id_token: `eyJh.eyJz.${count}` }), {
      kept_values: {
        a: { from: 'answer', at: 'refresh_token' },
        b: { from: 'answer', at: 'access_token' },
        c: { from: 'answer', at: 'id_token' },
      },
      api_base: undefined,
      who_am_i: undefined,
    });
    await kit.clock.pass(10 * minute);
    await kit.keyfob.refresh('hq');
    expect(await kit.keyfob.token({ account: 'hq' })).not.toHaveProperty('values');
    await kit.keyfob.stop();
  });
});

describe('a redirect', () => {
  it('had its code handed out by a profile that keeps it', async () => {
    const settings = { authorize_url: `${own}/a`, token_url: `${own}/token`, client_id: 'c' };
    const client = contextOf('oauth2', 'authorization_code', settings);
    const kept_values = Object.fromEntries(
      ['code', 'vendors_code', 'id_token', 'realm'].map((at) => [
        `my_${at}`,
        { from: 'redirect' as const, at },
      ]),
    );
    const parameters = new Map(
      Object.entries({ code: 'k/1', vendors_code: 'k/1', id_token: 'eyJh.e30.x', realm: '7' }).map(
        ([name, value]) => [name, { raw: encodeURIComponent(value), value }],
      ),
    );
    const { exchange } = recorded(answer({ access_token: 'a', token_type: 'Bearer' }));
    const came = await exchange.redeem(
      { ...client, profile: { ...client.profile, kept_values } },
      'authorization_code',
      parameters,
      { redirectUri: 'http://127.0.0.1/callback', codeVerifier: 'v', nonce: null },
    );
    expect(came.kind === 'granted' && came.value.session.kept).toEqual({ my_realm: '7' });
  });
});

describe('a profile that keeps values', () => {
  it.each<[string, object, string]>([
    ['a whole address', { api_base: '{shop}/api' }, 'api_base: kept_as_host'],
    ['a host', { api_base: 'https://{shop}/api' }, 'api_base: kept_as_host'],
    ['a host below one label', { api_base: 'https://{shop}.com/api' }, 'api_base: kept_as_host'],
    ['the end of a host', { api_base: 'https://api.example.{shop}/' }, 'api_base: kept_as_host'],
    ['a port', { api_base: 'https://api.example.com:{shop}/' }, 'api_base: kept_as_host'],
    [
      'before there is an answer',
      { token: { url: 'https://acme.example/{shop}' } },
      'token.url: kept_too_late',
    ],
    [
      'before there is a client',
      { registration: { url: 'https://acme.example/{shop}' } },
      'registration.url: kept_too_late',
    ],
    [
      'in a JWT that asks for the first answer',
      { signed_jwt: { assertion: { claims: { sub: '{shop}' } } } },
      'signed_jwt.assertion.claims.sub: kept_too_late',
    ],
    [
      'a field’s name',
      { kept_values: { client_id: { from: 'answer' } } },
      'kept_values.client_id: kept_name_taken',
    ],
    [
      'hosts of one label',
      { kept_values: { shop: { from: 'answer', hosts: ['*.com'] } } },
      'kept_values.shop.hosts.0: wants_hosts',
    ],
    ['another source', { kept_values: { shop: { from: 'header' } } }, 'kept_values.shop.from: no_choice'],
  ])('is refused where one would be %s', async (_what, change, told) => {
    const kit = await openKit(() => json({}));
    const check = await kit.keyfob.checkProfile(JSON.stringify({ ...profile, ...change }));
    const problems = check.ok ? [] : check.problems.map((one) => `${one.path}: ${one.problem.reason}`);
    expect(problems).toContain(told);
    await kit.keyfob.stop();
  });
});
