// What a vendor's device answer may have a person open (RFC 8628 section 3.2).
import { describe, expect, it } from 'vitest';
import { answer, partyOf, recorded } from '../../testing/recorded-exchange.ts';

const party = partyOf('oauth2', 'device_code', {
  device_url: 'https://vendor.example.com/device',
  token_url: 'https://vendor.example.com/token',
  client_id: 'c1',
});
const page = 'https://vendor.example.com/enter';

function start(pages: { verification_uri: string; verification_uri_complete?: string }) {
  const kit = recorded(answer({ device_code: 'd', user_code: 'WDJB-MJHT', expires_in: 600, ...pages }));
  return kit.exchange.startDevice(party, 'device_code');
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
