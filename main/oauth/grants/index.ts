// The registry of grants: a profile's `grants` names those that its vendor has.
import { idsOf } from '../registry.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import { deviceCode } from './device-code.ts';
import { direct } from './direct.ts';
import type { GrantType } from './grant.ts';
import { implicit } from './implicit.ts';
import { jwtBearer } from './jwt-bearer.ts';
import { password } from './password.ts';
import { refreshGrantType } from './refresh-token.ts';

/** What a person can sign in by. */
const registry = {
  authorization_code: authorizationCode,
  direct,
  implicit,
  password,
  client_credentials: clientCredentials,
  device_code: deviceCode,
  jwt_bearer: jwtBearer,
};
type GrantId = keyof typeof registry;
export const grantIds = idsOf(registry);

/** Grants by which a client asks on its own: nobody signs in, so that they renew what other grants brought, too. */
export const clientGrantIds = ['client_credentials', 'jwt_bearer'] as const satisfies readonly GrantId[];
export type ClientGrantId = (typeof clientGrantIds)[number];

export function isClientGrant(id: string | undefined): id is ClientGrantId {
  return clientGrantIds.some((one) => one === id);
}

/** Requests to the token endpoint that can have a form of their own. */
export type TokenGrantType =
  NonNullable<(typeof registry)[GrantId]['tokenGrantType']> | typeof refreshGrantType;
export const tokenGrantTypes = [
  ...new Set([...Object.values(registry).map(({ tokenGrantType }) => tokenGrantType), refreshGrantType]),
].filter((one) => one !== null);

export function isGrant(id: string): id is GrantId {
  return Object.hasOwn(registry, id);
}

/** A grant by its name. Throws TypeError for another: a profile's schema and `grantOf` have judged it before. */
export function grantType(id: string): GrantType & { readonly tokenGrantType: TokenGrantType | null } {
  if (!isGrant(id)) throw new TypeError('no such grant');
  return registry[id];
}
