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
  it('that redirects was told as a redirect of the token address', async () => {
    const kit = recorded(answer('', 302, { location: '/moved' }));
    expect(await kit.exchange.startDevice(context, 'device_code')).toMatchObject({
      message: { reason: 'endpoint_redirects', params: { endpoint: { reason: 'endpoint_device' } } },
    });
  });

  it.each([
    ['the drafts’ name of the page', { verification_url: page }],
    ['seconds as text', { verification_uri: page, interval: '7', expires_in: '1800' }],
    ['null for what is not there', { verification_uri: page, verification_uri_complete: null }],
    ['an empty text for what is not there', { verification_uri: page, verification_uri_complete: '' }],
    ['null for the interval', { verification_uri: page, interval: null }],
    ['an interval of 0', { verification_uri: page, interval: 0 }],
    ['an interval of 0 as text', { verification_uri: page, interval: '0' }],
    ['an interval in words', { verification_uri: page, interval: 'five' }],
    ['a whole page that is no text', { verification_uri: page, verification_uri_complete: {} }],
  ])('was refused for %s', async (_what, odd) => {
    const kit = recorded(answer({ device_code: 'd', user_code: 'u', expires_in: 600, ...odd }));
    const started = await kit.exchange.startDevice(context, 'device_code');
    const { expires_in = 600, interval = 5 } = odd as { expires_in?: string; interval?: string | null };
    expect(started).toMatchObject({
      kind: 'granted',
      value: { url: page, expiresIn: Number(expires_in), interval: Number(interval) || 5 },
    });
  });

  it('was refused for codes that are numbers', async () => {
    const codes = { device_code: 12345678, user_code: 987654 };
    const kit = recorded(answer({ ...codes, expires_in: 600, verification_uri: page }));
    expect(await kit.exchange.startDevice(context, 'device_code')).toMatchObject({
      kind: 'granted',
      value: { deviceCode: '12345678', userCode: '987654' },
    });
  });

  it('takes no number for a code that has lost digits', async () => {
    const text = `{"device_code":12345678901234567890,"user_code":"u","verification_uri":"${page}"}`;
    expect(await recorded(answer(text)).exchange.startDevice(context, 'device_code')).toMatchObject({
      unusable: true,
    });
  });

  it.each([[undefined], [null], [0], ['soon']])('was refused for %j as its life', async (expires_in) => {
    const kit = recorded(answer({ device_code: 'd', user_code: 'u', verification_uri: page, expires_in }));
    expect(await kit.exchange.startDevice(context, 'device_code')).toMatchObject({
      kind: 'granted',
      value: { expiresIn: 900 },
    });
  });
});
