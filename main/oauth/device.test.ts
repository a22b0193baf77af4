// What a vendor's device answer may have a person open (RFC 8628 section 3.2).
import { describe, expect, it } from 'vitest';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';

const context = contextOf('oauth2', 'device_code', {
  device_url: 'https://vendor.example.com/device',
  token_url: 'https://vendor.example.com/token',
  client_id: 'c1',
});
const page = 'https://vendor.example.com/enter';

function start(pages: { verification_uri: string; verification_uri_complete?: string }) {
  const kit = recorded(answer({ device_code: 'd', user_code: 'WDJB-MJHT', expires_in: 600, ...pages }));
  return kit.exchange.startDevice(context, 'device_code');
}

describe('the page of a device answer', () => {
  it('is a page of the web', async () => {
    expect(await start({ verification_uri: page })).toMatchObject({ kind: 'granted', value: { url: page } });
    const whole = `${page}?user_code=WDJB-MJHT`;
    expect(await start({ verification_uri: page, verification_uri_complete: whole })).toMatchObject({
      value: { url: whole },
    });
  });

  it.each([
    'smb://host/share',
    'vscode://x',
    'file:///etc/passwd',
    '--version',
    'javascript:alert(1)',
    'page',
  ])('is an error when it is %s, in either place', async (other) => {
    const refused = { code: 'unusable_answer', problem: { reason: 'page_not_of_the_web' } };
    await expect(start({ verification_uri: other })).rejects.toMatchObject(refused);
    await expect(start({ verification_uri: page, verification_uri_complete: other })).rejects.toMatchObject(
      refused,
    );
    await expect(start({ verification_uri: other, verification_uri_complete: page })).rejects.toMatchObject(
      refused,
    );
  });
});

describe('a device answer', () => {
  it.each([
    ['the drafts’ name of the page', { verification_url: page }],
    ['seconds as text', { verification_uri: page, interval: '7', expires_in: '1800' }],
    ['null for what is not there', { verification_uri: page, verification_uri_complete: null }],
    ['an empty text for what is not there', { verification_uri: page, verification_uri_complete: '' }],
    ['null for the interval', { verification_uri: page, interval: null }],
  ])('was refused for %s', async (_what, odd) => {
    const kit = recorded(answer({ device_code: 'd', user_code: 'u', expires_in: 600, ...odd }));
    const started = await kit.exchange.startDevice(context, 'device_code');
    const { expires_in = 600, interval = 5 } = odd as { expires_in?: string; interval?: string | null };
    expect(started).toMatchObject({
      kind: 'granted',
      value: { url: page, expiresIn: Number(expires_in), interval: Number(interval ?? 5) },
    });
  });
});
