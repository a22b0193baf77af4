// The registry of client authentications: a profile's `client_auth` names one of them.
import { idsOf } from '../registry.ts';
import { basicRfc6749 } from './basic-rfc6749.ts';
import { basicRfc7617 } from './basic-rfc7617.ts';
import { none } from './none.ts';
import { params } from './params.ts';

export const clientAuthMethods = {
  basic_rfc7617: basicRfc7617,
  basic_rfc6749: basicRfc6749,
  params,
  none,
};
export type ClientAuthId = keyof typeof clientAuthMethods;
export const clientAuthIds = idsOf(clientAuthMethods);
