// Secrets go to the origins they were entered for: whatever changes under an account, another origin gets nothing.
import { describe, expect, it } from 'vitest';
import { json, openKit, type Answer, type Asked, type Kit } from '../../testing/core-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { message } from '../api/problems/index.ts';
import { originsAfter, presentOrigins, readOrigin, type OriginsChange } from './origins.ts';
import type { Profile } from '../oauth/profile.ts';

const good = 'https://login.good.example';
const evil = 'https://evil.example';
const minute = 60_000;

/** A vendor at every origin: it grants whatever it is asked, and tells its metadata as a test says. */
function vendor(metadata: () => Record<string, string> = () => ({})): Answer {
  let count = 0;
  return ({ url }) => {
    if (url.endsWith('/.well-known/openid-configuration')) return json(metadata());
    if (url.includes('revoke')) return json({});
    if (url.endsWith('/device')) {
      return json({
        device_code: 'd',
        user_code: 'u',
        verification_uri: `${good}/d`,
        expires_in: 600,
        interval: 5,
      });
    }
    if (url.endsWith('/me')) return json({ name: 'alice' });
    count += 1;
    return json({
      token_type: 'bearer',
      access_token: `a${count}`,
      refresh_token: `r${count}`,
      expires_in: 3600,
    });
  };
}

const at = (kit: Kit, origin: string): Asked[] =>
  kit.asked.filter(({ url, init }) => new URL(url).origin === origin && init.method !== 'GET');

function refusedTo(origin: string, ...known: string[]): unknown {
  return expect.objectContaining({
    code: 'not_permitted',
    problem: expect.objectContaining({
      reason: 'origin_asked',
      params: expect.objectContaining({ asked: origin, known }),
      origins: expect.objectContaining({ asked: origin, known }),
      action: { type: 'allow_origin', params: { account: expect.any(String), origin } },
    }),
  });
}

/** An own profile with every address written out, of which a test changes some. */
function ownProfile(
  change: Partial<Record<'authorize' | 'token' | 'device' | 'revoke' | 'who_am_i', string>> = {},
): string {
  const base: Profile = profileOf('oauth2');
  const own = {
    ...base,
    id: 'acme',
    grants: Object.fromEntries(
      Object.entries(base.grants).map(([grant, { renewal, required, optional }]) => {
        const fields = (names: readonly string[] = []): string[] =>
          names.filter((name) => !name.endsWith('_url'));
        return [grant, { renewal, required: fields(required), optional: fields(optional) }];
      }),
    ),
    authorize: { url: `${change.authorize ?? good}/authorize`, pkce: true },
    token: { url: `${change.token ?? good}/token`, place: 'form' },
    device: { url: `${change.device ?? good}/device` },
    revoke: { ...base.revoke, url: `${change.revoke ?? good}/revoke` },
    who_am_i: { url: `${change.who_am_i ?? good}/me`, show: ['name'] },
  };
  return JSON.stringify(own);
}

async function acme(kit: Kit, grant = 'client_credentials', login = true): Promise<void> {
  await kit.keyfob.addProvider(ownProfile());
  await kit.keyfob.add({
    name: 'hq',
    provider: 'acme',
    grant,
    settings: { client_id: 'c1', ...(grant === 'password' ? { username: 'alice' } : {}) },
    secrets: { client_secret: 's1', ...(grant === 'password' ? { password: 'p1' } : {}) },
  });
  if (login) await kit.keyfob.login('hq');
}

describe('a profile of a known id that names another token address', () => {
  it('gets no secret at the renewal; the live token is served, and a yes lets it through', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    const added = await kit.keyfob.addProvider(ownProfile({ token: evil }));
    expect(JSON.stringify(added.notes)).toContain(
      JSON.stringify(message('destination', { host: evil, uses: [message('for_token', {})] })),
    );
    expect(added.asks).toEqual([{ account: 'hq', known: [good], asked: evil }]);
    expect(await failure(kit.keyfob.refresh('hq'))).toEqual(refusedTo(evil, good));
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect(kit.keyfob.account('hq')).toMatchObject({
      state: 'retrying',
      notice: { reason: 'origin_asked', params: { asked: evil } },
    });
    await kit.clock.pass(3 * 60 * minute);
    expect(await failure(kit.keyfob.token({ account: 'hq' }))).toEqual(refusedTo(evil, good));
    expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    expect(at(kit, evil)).toEqual([]);
    expect(kit.events.filter(({ type }) => type === 'account.origin_refused')).toEqual([
      { type: 'account.origin_refused', account: 'hq', origin: evil },
    ]);

    await kit.keyfob.set('hq', { settings: {}, secrets: {}, allow_origins: [evil] });
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a2');
    expect(at(kit, evil)).toHaveLength(1);
    expect(kit.events).toContainEqual({ type: 'account.origin_allowed', account: 'hq', origin: evil });
  });

  it('is asked about in vain where it is put right again: nothing has to be allowed', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    await kit.keyfob.addProvider(ownProfile({ token: evil }));
    await failure(kit.keyfob.refresh('hq'));
    await kit.keyfob.addProvider(ownProfile());
    expect((await kit.keyfob.refresh('hq')).state).toBe('live');
  });

  it('does not use up the one try of a stored password, nor send it', async () => {
    const kit = await openKit(vendor());
    await acme(kit, 'password');
    await kit.keyfob.addProvider(ownProfile({ token: evil }));
    kit.answer = ({ url }) => (url.startsWith(good) ? json({ error: 'invalid_grant' }, 400) : json({}));
    await failure(kit.keyfob.refresh('hq'));
    expect(at(kit, evil)).toEqual([]);
    expect(JSON.parse(kit.vault.entries.get('hq') ?? '')).toMatchObject({ state: { password_tried: false } });
  });
});

describe('the other legs of a changed profile', () => {
  it('revoke: it alone is stopped, tokens stay, renewals go on', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    await kit.keyfob.addProvider(ownProfile({ revoke: evil }));
    expect(await failure(kit.keyfob.revoke('hq'))).toEqual(refusedTo(evil, good));
    expect((await kit.keyfob.refresh('hq')).state).toBe('live');
    expect(at(kit, evil)).toEqual([]);
  });

  it('who_am_i: the access token stays here', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    await kit.keyfob.addProvider(ownProfile({ who_am_i: evil }));
    expect(await failure(kit.keyfob.whoAmI('hq'))).toEqual(refusedTo(evil, good));
    expect(kit.asked.some(({ url }) => url.startsWith(evil))).toBe(false);
  });

  it.each(['authorize', 'token'] as const)(
    '%s: no page is shown on which a person would sign in',
    async (leg) => {
      const kit = await openKit(vendor());
      await acme(kit, 'authorization_code', false);
      await kit.keyfob.addProvider(ownProfile({ [leg]: evil }));
      // The kit has no window: one that were asked for would throw.
      expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    },
  );

  it.each(['device', 'token'] as const)('%s: no device sign-in begins', async (leg) => {
    const kit = await openKit(vendor());
    await acme(kit, 'device_code', false);
    await kit.keyfob.addProvider(ownProfile({ [leg]: evil }));
    expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    expect(kit.asked).toEqual([]);
  });
});

describe('a field that names another host', () => {
  const desk = { token_url: `${good}/token`, client_id: 'c1', username: 'alice' };
  const secrets = { client_secret: 's1', password: 'p1' };
  const add = (kit: Kit): Promise<unknown> =>
    kit.keyfob.add({ name: 'desk', provider: 'oauth2-json', grant: 'password', settings: desk, secrets });
  const moved = { token_url: `${evil}/token` };

  it('is kept, told, and gets no secret', async () => {
    const kit = await openKit(vendor());
    await add(kit);
    await kit.keyfob.login('desk');
    const { notes, asks } = await kit.keyfob.set('desk', { settings: moved, secrets: {} });
    expect(notes).toEqual([message('tokens_forgotten', { fields: ['token_url'] })]);
    expect(asks).toEqual([{ account: 'desk', known: [good], asked: evil }]);
    expect(kit.keyfob.facts('desk').fields.find(({ name }) => name === 'token_url')?.value).toBe(
      moved.token_url,
    );
    expect(kit.keyfob.account('desk').state).toBe('signed_out');
    expect(await failure(kit.keyfob.login('desk'))).toEqual(refusedTo(evil, good));
    expect(at(kit, evil)).toEqual([]);
  });

  it('gets them once all were given again, at once or later, and the old host none from then on', async () => {
    for (const together of [true, false]) {
      const kit = await openKit(vendor());
      await add(kit);
      await kit.keyfob.set('desk', { settings: moved, secrets: together ? secrets : {} });
      if (!together) await kit.keyfob.set('desk', { settings: {}, secrets });
      await kit.keyfob.login('desk');
      expect(at(kit, evil)).toHaveLength(1);
      await kit.keyfob.set('desk', { settings: desk, secrets: {} });
      expect(await failure(kit.keyfob.login('desk'))).toEqual(refusedTo(good, evil));
    }
  });

  it('does not get the password because the client secret was given again', async () => {
    const kit = await openKit(vendor());
    await add(kit);
    await kit.keyfob.set('desk', { settings: moved, secrets: { client_secret: 's2' } });
    expect(await failure(kit.keyfob.login('desk'))).toEqual(refusedTo(evil, good));
    expect(at(kit, evil)).toEqual([]);
  });

  it.each([
    [
      'eptura-workplace',
      'direct',
      { site: good, redirect_uri: 'https://app.example/cb', username: 'alice' },
      { password: 'p' },
      { site: evil },
    ],
    [
      'organization-api',
      'client_credentials',
      { server_address: 'login.good.example' },
      { client_secret: 's' },
      { server_address: 'evil.example' },
    ],
    [
      'officernd',
      'client_credentials',
      { token_url: `${good}/t` },
      { client_secret: 's' },
      { token_url: `${evil}/t` },
    ],
  ])('%s: refused at login', async (provider, grant, fields, own, change) => {
    const kit = await openKit(vendor());
    await kit.keyfob.add({
      name: 'hq',
      provider,
      grant,
      settings: { client_id: 'c', ...fields },
      secrets: own,
    });
    await kit.keyfob.set('hq', { settings: change, secrets: {} });
    expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    expect(at(kit, evil)).toEqual([]);
  });

  it('asks nothing of an account that has neither secret nor token', async () => {
    const kit = await openKit(vendor());
    const settings = { token_url: `${good}/token`, device_url: `${good}/device`, client_id: 'c1' };
    await kit.keyfob.add({ name: 'hq', provider: 'oauth2', grant: 'device_code', settings, secrets: {} });
    const { asks } = await kit.keyfob.set('hq', {
      settings: { token_url: 'https://other.example/t' },
      secrets: {},
    });
    expect(asks).toEqual([]);
    expect((await kit.keyfob.login('hq')).kind).toBe('waiting');
  });

  it('refuses a new revocation address while a token is in hand', async () => {
    const kit = await openKit(vendor());
    const settings = { token_url: `${good}/token`, client_id: 'c1' };
    await kit.keyfob.add({
      name: 'hq',
      provider: 'oauth2',
      grant: 'client_credentials',
      settings,
      secrets: { client_secret: 's' },
    });
    await kit.keyfob.login('hq');
    await kit.keyfob.set('hq', { settings: { revoke_url: `${evil}/revoke` }, secrets: {} });
    expect(await failure(kit.keyfob.revoke('hq'))).toEqual(refusedTo(evil, good));
    expect((await kit.keyfob.refresh('hq')).state).toBe('live');
    expect(at(kit, evil)).toEqual([]);
  });
});

describe('settings that were changed by hand while Keyfob was away', () => {
  it('send no secret elsewhere', async () => {
    const kit = await openKit(vendor());
    const settings = { token_url: `${good}/token`, client_id: 'c1' };
    await kit.keyfob.add({ name: 'hq', provider: 'officernd', settings, secrets: { client_secret: 's' } });
    await kit.keyfob.login('hq');
    await kit.keyfob.settings.change((now) => {
      const { hq } = now.accounts;
      if (hq === undefined) throw new Error('hq is not there');
      return { ...now, accounts: { hq: { ...hq, fields: { ...hq.fields, token_url: `${evil}/token` } } } };
    });
    const again = await kit.restart();
    await again.clock.pass(2 * 60 * minute);
    expect((await failure(again.keyfob.token({ account: 'hq' }))).code).toBe('sign_in_needed');
    expect(await failure(again.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    expect(at(again, evil)).toEqual([]);
  });
});

describe('an account from before origins were remembered', () => {
  it('takes its present ones once, at the first start', async () => {
    const kit = await openKit(vendor());
    await kit.keyfob.add({
      name: 'old',
      provider: 'officernd',
      settings: { client_id: 'c' },
      secrets: { client_secret: 's' },
    });
    const before = {
      version: 1,
      secrets: { client_secret: 's' },
      session: null,
      standing: 'signed_out',
      refusal: null,
      password_tried: false,
    };
    kit.vault.entries.set('old', JSON.stringify(before));
    const again = await kit.restart();
    const carried = { known: ['https://identity.officernd.com'], issuer: null, discovered: true };
    expect(JSON.parse(again.vault.entries.get('old') ?? '')).toMatchObject({
      origins: carried,
      secrets: { client_secret: 's' },
    });
    await again.keyfob.set('old', { settings: { token_url: `${evil}/t` }, secrets: {} });
    const third = await again.restart();
    expect(await failure(third.keyfob.login('old'))).toEqual(
      refusedTo(evil, 'https://identity.officernd.com'),
    );
  });
});

describe('an issuer', () => {
  const issuer = 'https://issuer.example';
  const tokens = 'https://tokens.good.example';
  const named = (token: string): Record<string, string> => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${token}/token`,
    revocation_endpoint: `${tokens}/revoke`,
  });
  const add = (kit: Kit): Promise<unknown> =>
    kit.keyfob.add({
      name: 'hq',
      provider: 'oidc',
      grant: 'client_credentials',
      settings: { issuer, client_id: 'c' },
      secrets: { client_secret: 's' },
    });

  it('may name other origins when it is first asked, and asks when it moves later', async () => {
    let token = tokens;
    const kit = await openKit(vendor(() => named(token)));
    await add(kit);
    await kit.keyfob.login('hq');
    expect(kit.keyfob.facts('hq').origins).toEqual({ known: [issuer, tokens], waiting: [] });
    token = evil;
    const moved = await kit.restart();
    expect(await failure(moved.keyfob.refresh('hq'))).toEqual(refusedTo(evil, issuer, tokens));
    expect(moved.keyfob.facts('hq').origins.waiting).toEqual([evil]);
    expect((await moved.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect(at(moved, evil)).toEqual([]);
    // Metadata that is not to be used is not kept: it moved back.
    token = tokens;
    expect((await moved.keyfob.refresh('hq')).state).toBe('live');
    token = evil;
    const again = await moved.restart();
    await failure(again.keyfob.refresh('hq'));
    await again.keyfob.set('hq', { settings: {}, secrets: { client_secret: 's2' } });
    await again.keyfob.refresh('hq');
    expect(at(again, evil)).toHaveLength(1);
  });

  it('keeps what it named first in the vault before anything secret is sent there', async () => {
    const kit = await openKit(vendor(() => named(tokens)));
    await add(kit);
    kit.vault.beforeWrite = async () => {
      throw new Error('the vault does not take it');
    };
    await failure(kit.keyfob.login('hq'));
    expect(at(kit, tokens)).toEqual([]);
  });

  it('that is another one gets nothing, wherever its endpoints are', async () => {
    const kit = await openKit((asked) =>
      asked.url.startsWith('https://other.example')
        ? json({ ...named(evil), issuer: 'https://other.example' })
        : vendor(() => named(tokens))(asked),
    );
    await add(kit);
    await kit.keyfob.login('hq');
    await kit.keyfob.set('hq', { settings: { issuer: 'https://other.example' }, secrets: {} });
    expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, issuer, tokens));
    expect(at(kit, evil)).toEqual([]);
  });
});

describe('an export', () => {
  it('carries the origins, so that a profile of the same id at the new home gets nothing', async () => {
    const from = await openKit(vendor());
    await acme(from);
    const taken = from.keyfob.exportAccounts({ secrets: true });
    const to = await openKit(vendor());
    await to.keyfob.addProvider(ownProfile({ token: evil }));
    const results = await to.keyfob.importAccounts(taken);
    expect(results.find(({ kind }) => kind === 'account')?.why).toMatchObject([
      { reason: 'origin_asked', params: { asked: evil } },
    ]);
    expect(await failure(to.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    expect(at(to, evil)).toEqual([]);
  });

  it('without secrets says nothing of origins: they are those of the secrets that are given then', async () => {
    const from = await openKit(vendor());
    await acme(from);
    const taken = from.keyfob.exportAccounts({ secrets: false });
    expect(JSON.stringify(taken.accounts)).not.toContain('origins');
  });
});

describe('a yes that comes while a renewal waits for the vault', () => {
  it('is not undone by it, nor does its write put the spent refresh token back into the vault', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    let release = (): void => undefined;
    kit.vault.beforeWrite = () => new Promise((resolve) => (release = resolve));
    const refreshing = kit.keyfob.refresh('hq');
    await settle();
    const allowing = kit.keyfob.set('hq', { settings: {}, secrets: {}, allow_origins: [evil] });
    await settle();
    kit.vault.beforeWrite = async () => undefined;
    release();
    await Promise.all([refreshing, allowing]);
    expect(kit.keyfob.facts('hq').origins.known).toContain(evil);
    expect(JSON.parse(kit.vault.entries.get('hq') ?? '')).toMatchObject({
      origins: { known: [evil, good] },
      state: { session: { access_token: 'a2', refresh_token: 'r2' } },
    });
  });
});

describe('originsAfter', () => {
  const origins = (...known: string[]) => ({ known, issuer: null, discovered: true });
  const base: OriginsChange = {
    before: origins(good),
    present: { before: origins(good), after: origins(good) },
    given: false,
    nothingKept: false,
    refused: [],
    allowed: [],
  };

  it('lets a change of one field not vouch for what a profile changed', () => {
    const changed = { before: origins(evil), after: origins(evil, 'https://new.example') };
    const after = originsAfter({ ...base, present: changed, nothingKept: true });
    expect(after.known).toEqual([good, 'https://new.example']);
  });

  it('forgets what a field does not name any more', () => {
    const present = { before: origins(good), after: origins('https://new.example') };
    expect(originsAfter({ ...base, present, nothingKept: true }).known).toEqual(['https://new.example']);
  });
});

describe('presentOrigins', () => {
  it('names each origin once, by the WHATWG URL Standard', () => {
    const values = {
      token_url: 'HTTPS://Login.Good.example:443/t',
      authorize_url: `${good}/a`,
      device_url: 'https://evil\\@good/',
    };
    expect(presentOrigins(profileOf('oauth2'), values)).toEqual({
      known: [good],
      issuer: null,
      discovered: true,
    });
  });
});

describe('readOrigin', () => {
  it.each([
    ['https://evil.example', 'https://evil.example'],
    ['https://Evil.example:443/', 'https://evil.example'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('%s', (text, origin) => {
    expect(readOrigin(text)).toBe(origin);
  });
  it.each([
    'evil.example',
    'https://evil.example/path',
    'https://evil.example?x',
    'http://evil.example',
    'https://a@evil.example',
    'https://evil\\@good',
    '',
  ])('refuses %j', (text) => {
    expect(() => readOrigin(text)).toThrow(/not_an_origin/);
  });
});
