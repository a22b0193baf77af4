// Id and secret among the parameters, wherever those travel (RFC 6749 section 2.3.1).
import * as oauth from 'oauth4webapi';
import { hasSecret, type ClientAuthMethod } from './method.ts';

export const params: ClientAuthMethod = {
  possible: hasSecret,
  authenticate: ({ secrets }) => oauth.ClientSecretPost(secrets['client_secret'] ?? ''),
};
