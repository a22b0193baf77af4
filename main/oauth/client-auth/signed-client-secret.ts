// A client secret that is a JWT of the client's own key, among the parameters (Sign in with Apple).
import { signJwt } from '../signed-jwt.ts';
import type { ClientAuthMethod } from './method.ts';

export const signedClientSecret: ClientAuthMethod = {
  possible: ({ secrets }) => (secrets['private_key'] ?? '') !== '',
  authenticate: (client) => async (_server, _client, body) => {
    const form = client.profile?.signed_jwt?.client_secret;
    body.set('client_id', client.values['client_id'] ?? '');
    if (form !== undefined) body.set('client_secret', await signJwt(form, client));
  },
};
