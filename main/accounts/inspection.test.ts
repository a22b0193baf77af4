import { describe, expect, it } from 'vitest';
import { json, openKit } from '../../testing/core-kit.ts';
import { failure } from '../../testing/short-message.ts';
import type { Kit } from '../../testing/core-kit.ts';
import { readJwt } from '../oauth/jwt.ts';

const minute = 60_000;
const site = 'https://hq.example.com';
const me = `${site}/external/api/rest/v2/users/me`;

/** An Eptura account whose API answers what `api` says, its tokens numbered. */
async function signedIn(api: (token: string) => Response, expiresIn = 3_600_000): Promise<Kit> {
  let count = 0;
  const kit = await openKit(({ url, init }) => {
    if (url.startsWith(me)) return api(init.headers['Authorization'] ?? '');
    if (url.endsWith('/auth')) return json({ code: 'c' });
    count += 1;
    return json({ access_token: `token-${count}`, refresh_token: `refresh-${count}`, expires_in: expiresIn });
  });
  await kit.keyfob.add({
    name: 'hq',
    provider: 'eptura-workplace',
    grant: 'direct',
    settings: { site, client_id: 'c1', redirect_uri: 'https://app.example.com/cb', username: 'alice' },
    secrets: { password: 'canary-password' },
  });
  await kit.keyfob.login('hq');
  kit.asked.length = 0;
  return kit;
}

describe('who am I', () => {
  it('asks the vendor’s API with the token in its place, and tells the name', async () => {
    const kit = await signedIn(() => json({ email: 'a@example.com', userName: 'alice' }));
    expect(await kit.keyfob.whoAmI('hq')).toEqual({ name: 'alice', status: 200, milliseconds: 0 });
    expect(kit.asked.map(({ url, init }) => [init.method, url, init.headers['Authorization']])).toEqual([
      ['GET', me, 'Bearer token-1'],
    ]);
  });

  it('renews a token that the API has refused, once', async () => {
    const kit = await signedIn((token) => json({ name: 'alice' }, token === 'Bearer token-1' ? 401 : 200));
    expect((await kit.keyfob.whoAmI('hq')).name).toBe('alice');
    expect(kit.asked).toHaveLength(3);
    const never = await signedIn(() => json({}, 401));
    await expect(never.keyfob.whoAmI('hq')).rejects.toMatchObject({ code: 'vendor_refused' });
    expect(never.asked).toHaveLength(3);
  });

  it.each([
    [403, 'vendor_refused'],
    [404, 'vendor_refused'],
    [302, 'vendor_refused'],
    [429, 'vendor_unreachable'],
    [503, 'vendor_unreachable'],
  ])('says in words what HTTP %i means', async (status, code) => {
    const kit = await signedIn(() => new Response('canary-body', { status }));
    const problem = await kit.keyfob.whoAmI('hq').catch((error: unknown) => error);
    expect(problem).toMatchObject({ code, message: expect.stringContaining(String(status)) });
    expect(JSON.stringify(problem) + String(problem)).not.toMatch(/canary|token-/);
  });

  it('finds a name inside, makes it plain, and is content with none', async () => {
    const bodies: [unknown, string][] = [
      [{ username: 'b\u202eob\n' }, 'b ob'],
      [{ userName: '', name: 7 }, '7'],
      [{ other: 'x' }, ''],
      [['alice'], ''],
      [null, ''],
    ];
    for (const [body, name] of bodies) {
      const kit = await signedIn(() => json(body));
      expect((await kit.keyfob.whoAmI('hq')).name).toBe(name);
    }
    const html = await signedIn(() => new Response('<html>', { status: 200 }));
    expect((await html.keyfob.whoAmI('hq')).name).toBe('');
  });

  it('hears when nothing answers', async () => {
    const kit = await signedIn(() => {
      throw new TypeError('canary');
    });
    await expect(kit.keyfob.whoAmI('hq')).rejects.toMatchObject({
      code: 'vendor_unreachable',
      problem: { params: { why: { params: { text: 'The vendor could not be reached.' } } } },
    });
  });
});

describe('the claims of a token', () => {
  const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('are those of a JWT, whatever its signature', () => {
    const token = `${segment({ alg: 'RS256' })}.${segment({ sub: 'älice', exp: 1 })}.c2ln`;
    expect(readJwt(token)).toEqual({ header: { alg: 'RS256' }, payload: { sub: 'älice', exp: 1 } });
    expect(readJwt(`${segment({ alg: 'none' })}.${segment({})}.`)).toEqual({
      header: { alg: 'none' },
      payload: {},
    });
  });

  it.each([
    'opaque',
    'a.b.c',
    `${segment({ alg: 'x' })}.${segment({})}`,
    `${segment({ alg: 'x' })}.${segment([])}.s`,
    `${segment({})}.${segment({})}.s`,
    `${segment({ alg: 'dir', enc: 'x' })}.a.b.c.d`,
    `${segment({ alg: 'x' })}.${segment({})}=.s`,
    `${segment({ alg: 'x' })}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.s`,
    '..',
  ])('are none for %s', (token) => {
    expect(readJwt(token)).toBeNull();
  });

  it('are not told while locked', async () => {
    const kit = await signedIn(() => json({}));
    expect(await kit.keyfob.claims('hq')).toBeNull();
    await kit.keyfob.lock();
    expect((await failure(kit.keyfob.claims('hq'))).code).toBe('vault_locked');
    expect(JSON.stringify(await kit.keyfob.facts('hq'))).not.toContain('canary');
  });
});

describe('the wish to refresh sooner', () => {
  it('reaches the timer, and is heard at once when it changes', async () => {
    const kit = await signedIn(() => json({}));
    const began = kit.clock.unixMs();
    expect(kit.keyfob.account('hq')).toMatchObject({ lifetime: 3600 });
    const usual = kit.keyfob.account('hq').next_refresh_at ?? 0;
    kit.refreshAhead = 20 * 60;
    const sooner = kit.keyfob.account('hq').next_refresh_at ?? 0;
    expect(usual - sooner).toBeGreaterThan(10 * 60);
    await kit.clock.pass(30 * minute + 1000);
    expect(kit.asked).toHaveLength(0);
    await kit.clock.pass(10 * minute);
    expect(kit.asked).toHaveLength(1);
    expect(kit.asked[0]?.at).toBeLessThanOrEqual(began + 40 * minute);
  });
});
