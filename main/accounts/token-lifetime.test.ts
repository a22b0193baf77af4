// How long a token is served whose answer says it in another form, or not at all.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hour, minute, officernd } from '../../testing/core-accounts.ts';
import { json, openKit, type Kit } from '../../testing/core-kit.ts';
import { account } from '../../testing/home-kit.ts';
import { failure } from '../../testing/short-message.ts';

const start = Date.UTC(2026, 0, 1);

/** A vendor that mints `a1`, `r1` and so on, and says of a token's life what `says` gives for its number. */
function minting(answerOf: (count: number, kit: () => Kit) => object, headers: Record<string, string> = {}) {
  let count = 0;
  let kit: Kit | null = null;
  const made = {
    answer: () => {
      count += 1;
      const n = String(count);
      const told = answerOf(count, () => kit ?? expect.fail('no kit yet'));
      return json(
        { access_token: `a${n}`, refresh_token: `r${n}`, token_type: 'bearer', ...told },
        200,
        headers,
      );
    },
    async signedIn(): Promise<Kit> {
      kit = await openKit(made.answer);
      await kit.keyfob.add(account);
      await kit.keyfob.login('hq');
      return kit;
    },
  };
  return made;
}

/** `members`, signed in as a client, whose vendor says this of its first token and nothing of the later ones. */
async function tellingOnce(told: object): Promise<Kit> {
  let count = 0;
  const kit = await openKit(() => {
    count += 1;
    return json({ access_token: `a${String(count)}`, token_type: 'bearer', ...(count === 1 && told) });
  });
  await officernd(kit);
  return kit;
}

/** A JWT whose claims nobody can check. */
const jwt = (claims: object): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x']
    .map((one) => Buffer.from(one).toString('base64url'))
    .join('.');

describe('a refresh answer without a lifetime', () => {
  it('made a token that was served for ever: the earlier lifetime holds', async () => {
    const kit = await minting((count) => (count === 1 ? { expires_in: 3600 } : {})).signedIn();
    for (let hours = 0; hours < 10; hours++) {
      await kit.clock.pass(hour);
      expect((await kit.keyfob.token({ account: 'hq', minValid: 300 })).expires_in).toBeGreaterThan(0);
    }
    expect(kit.asked.length).toBeGreaterThan(10);
    expect(kit.keyfob.account('hq').lifetime).toBe(3600);
  });

  it('holds the earlier one after a restart too, and at a renewal that is a sign-in of the client', async () => {
    const kit = await tellingOnce({ expires_in: 3600 });
    const again = await kit.restart();
    again.clock.sleep(2 * hour);
    expect(await again.keyfob.token({ account: 'members' })).toMatchObject({ expires_in: 3600 });
  });

  it('holds it for a token with a scope of its own', async () => {
    const kit = await tellingOnce({ expires_in: 600 });
    const own = { account: 'members', scope: 'x' };
    const first = await kit.keyfob.token(own);
    await kit.clock.pass(11 * minute);
    expect((await kit.keyfob.token(own)).access_token).not.toBe(first.access_token);
  });

  it('is not life begun anew for a token that the vendor repeats', async () => {
    let told: object = { expires_in: 3600 };
    const kit = await openKit(() => json({ access_token: 'same', token_type: 'bearer', ...told }));
    await officernd(kit);
    told = {};
    await kit.clock.pass(50 * minute);
    await kit.keyfob.refresh('members');
    expect((await kit.keyfob.token({ account: 'members' })).expires_in).toBe(600);
    await kit.clock.pass(11 * minute);
    expect((await failure(kit.keyfob.token({ account: 'members' }))).code).toBe('vendor_unreachable');
  });
});

describe('a slip in a lifetime', () => {
  const slips = [{ expires_in: 0 }, { expires_in: -100 }, { expires_in: 1e30 }, { expires_at: 1e9 }];

  it.each(slips)('held for all later tokens whose answers have none: %j', async (slip) => {
    const told = [{ expires_in: 3600 }, slip, slip];
    const kit = await minting((count) => told[count - 1] ?? {}).signedIn();
    await kit.keyfob.refresh('hq');
    await kit.clock.pass(minute);
    await kit.keyfob.refresh('hq');
    const again = await kit.restart();
    for (const _time of [1, 2]) {
      await again.clock.pass(minute);
      await again.keyfob.refresh('hq');
      expect((await again.keyfob.token({ account: 'hq' })).expires_in).toBe(3600);
    }
  });

  it.each(slips)('of the first token says nothing of the next ones: %j', async (slip) => {
    const kit = await minting((count) => (count === 1 ? slip : {})).signedIn();
    await kit.keyfob.refresh('hq');
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBeNull();
  });

  it('is none where the profile says that a lifetime of nothing is for ever', async () => {
    const own = { id: 'own', extends: 'oauth2', name: 'Own', zero_lifetime: 'endless' };
    const kit = await openKit(() => json({ access_token: 'a1', token_type: 'bearer', expires_in: 0 }));
    await kit.keyfob.addProvider(JSON.stringify(own));
    await kit.keyfob.add({ ...account, provider: 'own' });
    await kit.keyfob.login('hq');
    kit.answer = () => json({ access_token: 'a2', token_type: 'bearer' });
    await kit.keyfob.refresh('hq');
    expect((await kit.keyfob.token({ account: 'hq', minValid: 3600 })).access_token).toBe('a2');
  });
});

describe('an answer that says only when the token ends', () => {
  const end = start / 1000 + 900;
  it.each([
    ['in Unix seconds', { expires_at: end }],
    ['in Unix ms', { expires_at: end * 1000 }],
    ['in seconds as text', { expires_on: String(end) }],
    ['by ISO 8601', { expires_at: new Date(end * 1000).toISOString() }],
    ['by ISO 8601 without a zone', { expires_at: '2026-01-01T00:15:00' }],
    ['by ISO 8601 with another zone', { expires_on: '2026-01-01 02:15:00+0200' }],
    ['beside an empty lifetime', { expires_in: '', expires_at: end }],
  ])('%s: is taken', async (_how, told) => {
    const kit = await minting(() => told).signedIn();
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({ expires_in: 900, expires_at: end });
  });

  it('is measured by the vendor’s clock, where it tells its time', async () => {
    const date = new Date(start + 5 * hour).toUTCString();
    const kit = await minting(() => ({ expires_at: end + 5 * 3600 }), { date }).signedIn();
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({ expires_in: 900, expires_at: end });
  });

  it('is passed over where it is no time', async () => {
    for (const expires_at of [0, -1, 3600, 'never', '', true, null, {}, '2026', Infinity]) {
      const kit = await minting(() => ({ expires_at, expires_on: expires_at })).signedIn();
      expect((await kit.keyfob.token({ account: 'hq' })).expires_in, inspect(expires_at)).toBeNull();
    }
  });

  it('counts less than a lifetime', async () => {
    const kit = await minting(() => ({ expires_in: 60, expires_at: end })).signedIn();
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBe(60);
  });
});

describe('a token of which no answer says how long it lives', () => {
  const times = start / 1000;
  it.each([
    ['a JWT: from its birth to its end', { iat: times - 9, exp: times + 291 }, 300],
    ['a JWT of a clock far off', { iat: 1000, exp: 1300 }, 300],
    ['a JWT without its birth', { exp: times + 300 }, 300],
    ['a JWT without an end', { iat: times }, null],
    ['a JWT that ends before it is born', { iat: times, exp: times - 5 }, null],
    ['a JWT whose end is no number', { exp: 'soon' }, null],
  ])('lives as long as its claims say: %s', async (_what, claims, seconds) => {
    const kit = await minting(() => ({ access_token: jwt(claims) })).signedIn();
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBe(seconds);
  });

  it('was served dead where its JWT names no algorithm: its claims count', async () => {
    const [, claims = ''] = jwt({ exp: times + 300 }).split('.');
    const access_token = ['{}', ''].map((one) => Buffer.from(one).toString('base64url')).join(`.${claims}.`);
    const kit = await minting(() => ({ access_token })).signedIn();
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBe(300);
  });

  it('lives no longer than its claims say, whatever the earlier one did', async () => {
    const kit = await minting((count) =>
      count === 1 ? { expires_in: 3600 } : { access_token: jwt({ iat: times, exp: times + 300 }) },
    ).signedIn();
    await kit.keyfob.refresh('hq');
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBe(300);
  });

  it.each(['a.b', 'a.b.c', '..', 'a.!!!.c', `a.${Buffer.from('[1]').toString('base64url')}.c`])(
    'is not taken for a JWT: %s',
    async (access_token) => {
      const kit = await minting(() => ({ access_token })).signedIn();
      expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBeNull();
    },
  );
});

describe('a lifetime of nothing', () => {
  it.each([0, -1, '0'])('ends the token at once, and makes no loop: %j', async (expires_in) => {
    const kit = await minting(() => ({ expires_in })).signedIn();
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('lifetime_too_short');
    const asked = kit.asked.length;
    await kit.clock.pass(24 * hour);
    expect(kit.asked).toHaveLength(asked);
  });

  it('had a vendor asked every second by callers that go on asking: the waits grow, and end with it', async () => {
    let told: object = { expires_in: 0 };
    const kit = await minting(() => told).signedIn();
    const asked = kit.asked.length;
    for (let second = 0; second < 600; second++) {
      await failure(kit.keyfob.token({ account: 'hq' }));
      await kit.clock.pass(1_000);
    }
    expect(kit.asked.length - asked).toBeLessThan(20);
    told = { expires_in: 3600 };
    await kit.clock.pass(minute);
    await kit.keyfob.token({ account: 'hq', minValid: 3600 });
    told = { expires_in: 0 };
    await kit.keyfob.refresh('hq');
    await kit.clock.pass(1_000);
    told = { expires_in: 3600 };
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBe(3600);
  });
});

describe('a profile', () => {
  async function signedIn(profile: object, told: object): Promise<Kit> {
    const kit = await openKit(() => json({ access_token: 'a1', token_type: 'bearer', ...told }));
    await kit.keyfob.addProvider(JSON.stringify({ id: 'own', extends: 'oauth2', name: 'Own', ...profile }));
    await kit.keyfob.add({ ...account, provider: 'own' });
    await kit.keyfob.login('hq');
    return kit;
  }

  it.each([
    ['how long a token lives whose answer does not', { default_lifetime: 1800 }, {}, 1800],
    ['that with an end of its own, which counts', { default_lifetime: 1800 }, { expires_in: 60 }, 60],
    ['that a lifetime of nothing is none', { zero_lifetime: 'not_stated' }, { expires_in: 0 }, null],
    ['both', { zero_lifetime: 'not_stated', default_lifetime: 1800 }, { expires_in: -1 }, 1800],
  ])('may say %s', async (_what, profile, told, seconds) => {
    const kit = await signedIn(profile, told);
    expect((await kit.keyfob.token({ account: 'hq' })).expires_in).toBe(seconds);
  });

  it('that says that a lifetime of nothing is one has what it says: the token has ended', async () => {
    const kit = await signedIn({ zero_lifetime: 'ended', default_lifetime: 1800 }, { expires_in: 0 });
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('lifetime_too_short');
  });
});
