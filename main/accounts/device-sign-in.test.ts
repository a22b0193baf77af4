// A sign-in with a device's code (RFC 8628), over a virtual clock.
import { describe, expect, it } from 'vitest';
import { json, openKit, type Kit } from '../../testing/core-kit.ts';

const minute = 60_000;

/** An account whose vendor gives a code of 30 minutes, which a person enters after so long. */
async function approvedAfter(ms: number, until = 'authorization_pending'): Promise<Kit> {
  let since = 0;
  const kit = await openKit(({ url, at }) => {
    if (url.endsWith('/device')) {
      since = at;
      return json({
        device_code: 'd',
        user_code: 'WDJB-MJHT',
        verification_url: 'https://vendor.example/enter',
        verification_uri_complete: null,
        expires_in: '1800',
        interval: '5',
      });
    }
    return at - since < ms
      ? json({ error: until }, 400)
      : json({ access_token: 'a', token_type: 'bearer', expires_in: 3600 });
  });
  await kit.keyfob.add({
    name: 'tv',
    provider: 'oauth2',
    grant: 'device_code',
    settings: {
      device_url: 'https://vendor.example/device',
      token_url: 'https://vendor.example/token',
      client_id: 'c',
    },
    secrets: {},
  });
  return kit;
}

async function begun(kit: Kit, options: { timeout?: number } = {}) {
  const result = await kit.keyfob.login('tv', options);
  if (result.kind !== 'waiting') throw new Error('it waits for a person');
  return result.signIn;
}

describe('a device code', () => {
  it('lives as long as the vendor says, though a page is given up after five minutes', async () => {
    const kit = await approvedAfter(29 * minute);
    const { id, expires_at, url } = await begun(kit);
    expect(url).toBe('https://vendor.example/enter');
    expect(expires_at).toBe(kit.clock.unixMs() / 1000 + 1800);
    await kit.clock.pass(28 * minute);
    expect(kit.keyfob.signIn(id).state).toBe('waiting');
    await kit.clock.pass(2 * minute);
    expect(kit.keyfob.signIn(id)).toMatchObject({ state: 'done', problem: null });
    await kit.keyfob.stop();
  });

  it('is given up when it has ended, though its vendor says "pending" for ever', async () => {
    const kit = await approvedAfter(Infinity);
    const { id } = await begun(kit);
    await kit.clock.pass(30 * minute);
    expect(kit.keyfob.signIn(id)).toMatchObject({
      state: 'failed',
      problem: { reason: 'nobody_signed_in', params: { seconds: 1800 } },
    });
    await kit.keyfob.stop();
  });

  it('that had ended at its vendor was told as a fault of the account', async () => {
    const kit = await approvedAfter(Infinity, 'expired_token');
    const { id } = await begun(kit);
    await kit.clock.pass(minute);
    const { state, problem } = kit.keyfob.signIn(id);
    expect(state).toBe('failed');
    expect(problem).toMatchObject({
      code: 'sign_in_timed_out',
      reason: 'device_code_ended',
      action: { type: 'sign_in', params: { account: 'tv' } },
    });
    await kit.keyfob.stop();
  });

  it('is waited for no longer than the person said', async () => {
    const kit = await approvedAfter(6 * minute);
    const { id } = await begun(kit, { timeout: 60 });
    await kit.clock.pass(minute);
    expect(kit.keyfob.signIn(id)).toMatchObject({
      state: 'failed',
      problem: { reason: 'nobody_signed_in', params: { seconds: 60 } },
    });
    await kit.keyfob.stop();
  });
});
