// The device code (RFC 8628): a person types a code on a page of another device.
import { scopeOf, type DeviceGrant } from './grant.ts';

export const deviceCode: DeviceGrant<'device_code'> = {
  mode: 'device',
  needs: ['device', 'token'],
  tokenGrantType: 'device_code',
  /** Section 3.1. */
  start: (client) => ({ scope: scopeOf(client) }),
  /** Section 3.4. */
  token: (client, given) => ({
    parameters: { device_code: given.code, grant_type: 'urn:ietf:params:oauth:grant-type:device_code' },
    bound: { redirect_uri: null, scope: scopeOf(client) },
  }),
};
