// A short-lived JWT that the client secret signs (RFC 7523 section 2.2, OpenID Connect Core 1.0 section 9), by HS256.
import * as oauth from 'oauth4webapi';
import { meantFor } from './assertion.ts';
import { hasSecret, type ClientAuthMethod } from './method.ts';

export const clientSecretJwt: ClientAuthMethod = {
  possible: hasSecret,
  authenticate:
    ({ secrets }) =>
    (server, ...rest) =>
      oauth.ClientSecretJwt(secrets['client_secret'] ?? '', meantFor(server))(server, ...rest),
};
