// The registry of client authentications: a profile's `client_auth` names one of them.
import { idsOf } from '../registry.ts';
import { basicRfc6749 } from './basic-rfc6749.ts';
import { basicRfc7617 } from './basic-rfc7617.ts';
import { basicEmptySecret, basicSecretAsPassword, basicSecretAsUser } from './basic-of-vendors.ts';
import { clientSecretJwt } from './client-secret-jwt.ts';
import { none } from './none.ts';
import { params } from './params.ts';
import { privateKeyJwt } from './private-key-jwt.ts';
import { signedClientSecret } from './signed-client-secret.ts';

export const clientAuthMethods = {
  basic_rfc7617: basicRfc7617,
  basic_rfc6749: basicRfc6749,
  basic_empty_secret: basicEmptySecret,
  basic_secret_as_user: basicSecretAsUser,
  basic_secret_as_password: basicSecretAsPassword,
  client_secret_jwt: clientSecretJwt,
  private_key_jwt: privateKeyJwt,
  signed_client_secret: signedClientSecret,
  params,
  none,
};
export type ClientAuthId = keyof typeof clientAuthMethods;
export const clientAuthIds = idsOf(clientAuthMethods);
