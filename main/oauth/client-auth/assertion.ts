// What the two kinds of client assertion have in common (RFC 7523 section 3).
import * as oauth from 'oauth4webapi';
import { isOfTenants } from '../issuer.ts';
import { noIssuer } from '../no-issuer.ts';

/** Whom an assertion is meant for: the issuer, or the token endpoint where the vendor names no issuer of its own. */
export function meantFor({
  issuer,
  token_endpoint,
}: oauth.AuthorizationServer): oauth.ModifyAssertionOptions {
  return {
    [oauth.modifyAssertion](_header, payload) {
      payload['aud'] = issuer === noIssuer || isOfTenants(issuer) ? (token_endpoint ?? null) : issuer;
    },
  };
}
