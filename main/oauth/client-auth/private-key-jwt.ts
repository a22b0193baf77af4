// A short-lived JWT that the client's private key signs (RFC 7523 section 2.2, OpenID Connect Core 1.0 section 9).
//
// The key is the secret field `private_key`, its name at the vendor the field `key_id`, where the vendor wants one. Header
// and claims are the profile's where it says them (`signed_jwt.client_assertion`).
import * as oauth from 'oauth4webapi';
import { readPrivateKey } from '../private-key.ts';
import { signJwt } from '../signed-jwt.ts';
import { meantFor } from './assertion.ts';
import type { ClientAuthMethod } from './method.ts';

export const privateKeyJwt: ClientAuthMethod = {
  possible: ({ secrets }) => (secrets['private_key'] ?? '') !== '',
  authenticate: (client) => async (server, known, body, headers) => {
    const { secrets, values, profile } = client;
    const key = await readPrivateKey(secrets['private_key'] ?? '');
    const kid = values['key_id'];
    const authenticate = oauth.PrivateKeyJwt(kid === undefined ? key : { key, kid }, meantFor(server));
    await authenticate(server, known, body, headers);
    const own = profile?.signed_jwt?.client_assertion;
    if (own !== undefined) body.set('client_assertion', await signJwt(own, client));
  },
};
