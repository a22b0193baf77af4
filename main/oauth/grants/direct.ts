// A code asked for with user name and password, without a page (Eptura: "request an authorization code directly"),
// and used as any other.
import { codeMessage } from './authorization-code.ts';
import { scopeOf, type DirectGrant } from './grant.ts';

export const direct: DirectGrant<'authorization_code'> = {
  mode: 'direct',
  needs: ['direct', 'token'],
  tokenGrantType: 'authorization_code',
  code: (client) => ({
    username: client.values['username'],
    password: client.secrets['password'],
    client_id: client.values['client_id'],
    redirect_uri: client.values['redirect_uri'],
    scope: scopeOf(client),
  }),
  token: codeMessage,
};
