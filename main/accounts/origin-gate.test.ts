// Secrets go to the origins they were entered for, whatever a profile, an issuer or an import names later.
import { describe, expect, it } from 'vitest';
import { json, openKit, type Kit } from '../../testing/core-kit.ts';
import { acme, at, evil, good, minute, ownProfile, refusedTo, vendor } from '../../testing/origins-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { message } from '../api/problems/index.ts';

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
    expect((await kit.keyfob.refresh('hq')).account.state).toBe('live');
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

describe('another request of a changed profile than the token request', () => {
  it('revoke: it alone is stopped, tokens stay, renewals go on', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    await kit.keyfob.addProvider(ownProfile({ revoke: evil }));
    expect(await failure(kit.keyfob.revoke('hq'))).toEqual(refusedTo(evil, good));
    expect((await kit.keyfob.refresh('hq')).account.state).toBe('live');
    expect(at(kit, evil)).toEqual([]);
  });

  it('who_am_i: the access token stays here', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    await kit.keyfob.addProvider(ownProfile({ who_am_i: evil }));
    expect(await failure(kit.keyfob.whoAmI('hq'))).toEqual(refusedTo(evil, good));
    expect(kit.asked.some(({ url }) => url.startsWith(evil))).toBe(false);
  });

  it('api_base: the token is told, and no address of the API; a yes lets it through', async () => {
    const kit = await openKit(vendor());
    await acme(kit);
    expect(await kit.keyfob.token({ account: 'hq', path: '/me' })).toMatchObject({ url: `${good}/api/me` });
    await kit.keyfob.addProvider(ownProfile({ api_base: evil }));
    expect(await failure(kit.keyfob.token({ account: 'hq', path: '/me' }))).toEqual(refusedTo(evil, good));
    expect(await kit.keyfob.token({ account: 'hq' })).not.toHaveProperty('url');
    await kit.keyfob.set('hq', { settings: {}, secrets: {}, allow_origins: [evil] });
    expect(await kit.keyfob.token({ account: 'hq', path: '/me' })).toMatchObject({ url: `${evil}/api/me` });
  });

  it.each(['authorize', 'token'] as const)(
    '%s: no page is shown on which a person would sign in',
    async (section) => {
      const kit = await openKit(vendor());
      await acme(kit, 'authorization_code', false);
      await kit.keyfob.addProvider(ownProfile({ [section]: evil }));
      // The kit has no window: one that were asked for would throw.
      expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    },
  );

  it.each(['device', 'token'] as const)('%s: no device sign-in begins', async (section) => {
    const kit = await openKit(vendor());
    await acme(kit, 'device_code', false);
    await kit.keyfob.addProvider(ownProfile({ [section]: evil }));
    expect(await failure(kit.keyfob.login('hq'))).toEqual(refusedTo(evil, good));
    expect(kit.asked).toEqual([]);
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
    expect((await kit.keyfob.facts('hq')).origins).toEqual({ known: [issuer, tokens], waiting: [] });
    token = evil;
    const moved = await kit.restart();
    expect(await failure(moved.keyfob.refresh('hq'))).toEqual(refusedTo(evil, issuer, tokens));
    expect((await moved.keyfob.facts('hq')).origins.waiting).toEqual([evil]);
    expect((await moved.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect(at(moved, evil)).toEqual([]);
    // Metadata that is not to be used is not kept: it moved back.
    token = tokens;
    expect((await moved.keyfob.refresh('hq')).account.state).toBe('live');
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
    await expect(kit.keyfob.login('hq')).rejects.toThrow('the vault does not take it');
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
    const taken = await from.keyfob.exportAccounts({ secrets: true });
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
    const taken = await from.keyfob.exportAccounts({ secrets: false });
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
    expect((await kit.keyfob.facts('hq')).origins.known).toContain(evil);
    expect(JSON.parse(kit.vault.entries.get('hq') ?? '')).toMatchObject({
      origins: { known: [evil, good] },
      state: { session: { access_token: 'a2', refresh_token: 'r2' } },
    });
  });
});
