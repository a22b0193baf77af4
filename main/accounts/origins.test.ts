// Secrets go to the origins they were entered for: what a field or a change by hand names gets nothing; and how origins are read.
import { describe, expect, it } from 'vitest';
import { openKit, type Kit } from '../../testing/core-kit.ts';
import { at, evil, good, minute, refusedTo, vendor } from '../../testing/origins-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { failure } from '../../testing/short-message.ts';
import { message } from '../api/problems/index.ts';
import { originsAfter, presentOrigins, readOrigin, type OriginsChange } from './origins.ts';

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
    expect((await kit.keyfob.facts('desk')).fields.find(({ name }) => name === 'token_url')?.value).toBe(
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
    expect((await kit.keyfob.refresh('hq')).account.state).toBe('live');
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
  ])('takes %s', (text, origin) => {
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
