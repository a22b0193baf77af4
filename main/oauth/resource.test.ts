// What a token is asked for to be meant for (RFC 8707).
import { describe, expect, it } from 'vitest';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';
import { authorizationRequest } from './authorization-request.ts';
import { endpointsOf } from './endpoints.ts';
import { checkFields } from './fields.ts';
import { authorizationCode } from './grants/authorization-code.ts';

const [api, files] = ['https://api.example.com', 'https://files.example.com/v1?all'];
const settings = {
  authorize_url: 'https://vendor.example.com/authorize',
  token_url: 'https://vendor.example.com/token',
  device_url: 'https://vendor.example.com/device',
  client_id: 'c1',
  resource: `${api} ${files}`,
};
const token = () => answer({ access_token: 'a', token_type: 'bearer', expires_in: 60, refresh_token: 'r' });
const bodies = (sent: readonly string[]) =>
  sent.map((text) => new URLSearchParams(text.split('\n').at(-1)).getAll('resource'));

describe('the resources of an account', () => {
  it('are each a parameter of the sign-in page, of its code, and of a refresh', async () => {
    const context = contextOf('oauth2', 'authorization_code', settings);
    const { server } = endpointsOf(context, null);
    const request = await authorizationRequest(
      context,
      server,
      authorizationCode,
      'http://127.0.0.1/callback',
    );
    expect(new URL(request.url).searchParams.getAll('resource')).toEqual([api, files]);

    const kit = recorded(token(), token());
    const code = new Map([['code', { raw: 'k', value: 'k' }]]);
    const came = await kit.exchange.redeem(context, 'authorization_code', code, request.proof);
    if (came.kind !== 'granted') throw new Error(came.kind);
    await kit.exchange.refresh(context, came.value.session);
    expect(bodies(kit.sent)).toEqual([
      [api, files],
      [api, files],
    ]);
  });

  it('stay behind where one request asks for another', async () => {
    const context = contextOf('oauth2', 'client_credentials', settings, { client_secret: 's' });
    const kit = recorded(token(), token());
    await kit.exchange.signIn(context, 'client_credentials');
    await kit.exchange.signIn(context, 'client_credentials', { resource: 'https://other.example.com' });
    expect(bodies(kit.sent)).toEqual([[api, files], ['https://other.example.com']]);
  });

  it('are those of a device’s code', async () => {
    const context = contextOf('oauth2', 'device_code', settings);
    const kit = recorded(answer({}, 500));
    await kit.exchange.startDevice(context, 'device_code');
    expect(bodies(kit.sent)).toEqual([[api, files]]);
  });

  it.each(['api', '/v1', 'https://api.example.com/#x', `${api} files`])(
    'are absolute and have no fragment, which %s is not',
    (resource) => {
      const { profile } = contextOf('oauth2', 'client_credentials', settings, { client_secret: 's' });
      const given = { ...settings, resource };
      const check = () => {
        checkFields(profile, 'client_credentials', given, { client_secret: 's' });
      };
      expect(check).toThrow(
        expect.objectContaining({ problem: expect.objectContaining({ reason: 'wrong_field' }) }),
      );
    },
  );
});
