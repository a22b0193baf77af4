// A short-lived JWT that the client secret signs (RFC 7523 section 2.2, OpenID Connect Core 1.0 section 9), by HS256.
import * as oauth from 'oauth4webapi';
import { hasSecret, type ClientAuthMethod } from './method.ts';

export const clientSecretJwt: ClientAuthMethod = {
  possible: hasSecret,
  authenticate: ({ secrets }) => oauth.ClientSecretJwt(secrets['client_secret'] ?? ''),
};
