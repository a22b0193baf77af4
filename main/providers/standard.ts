// Any vendor that follows the standards: RFC 6749 with URLs by hand, or OpenID Connect Discovery.
import type { GrantProfile, Profile, RenewalStep } from '../core/profile.ts';

const fields = {
  client_id: { label: 'Client ID', binds_tokens: true },
  client_secret: { label: 'Client secret', help: 'None for a public client.', secret: true },
  redirect_uri: { label: 'Redirect URI', help: 'Left out: Keyfob’s own.', kind: 'redirect_uri' },
  client_auth: {
    label: 'Client authentication',
    help: 'basic: HTTP Basic. post: in the body. none: the client ID alone.',
    choices: ['basic', 'post', 'none'],
    default: 'basic',
  },
  username: { label: 'User name', binds_tokens: true },
  password: {
    label: 'Password',
    help: 'Tried once more by itself when the vendor ends the sign-in.',
    secret: true,
  },
} satisfies Profile['fields'];

const clientFields = ['client_secret', 'redirect_uri', 'client_auth', 'scope'];

/** The grants, with the fields that hold the vendor's addresses. */
function grantsWith(
  authorize: string[],
  token: string[],
  device: string[],
  optional: string[],
): Profile['grants'] {
  const rest = (required: string[]): string[] =>
    [...optional, ...clientFields].filter((one) => !required.includes(one));
  const grant = (required: string[], renewal: RenewalStep[]): GrantProfile => ({
    required,
    optional: rest(required),
    renewal,
  });
  return {
    authorization_code: grant([...new Set([...authorize, ...token]), 'client_id'], ['refresh_token']),
    password: grant([...token, 'client_id', 'username', 'password'], ['refresh_token', 'stored_password']),
    client_credentials: grant(
      [...token, 'client_id', 'client_secret'],
      ['refresh_token', 'client_credentials'],
    ),
    device_code: grant([...new Set([...device, ...token]), 'client_id'], ['refresh_token']),
    implicit: grant([...authorize, 'client_id'], []),
  };
}

const common = {
  default_grant: 'authorization_code',
  client_auth: { by_field: 'client_auth', ways: { basic: 'basic_rfc6749', post: 'params', none: 'none' } },
  lifetime_unit: 'seconds',
  refresh_token: 'reusable',
  refresh_when: 'ahead',
  narrower_tokens: ['client_credentials', 'refresh_token'],
  api: { header: 'Authorization', scheme: 'Bearer' },
} satisfies Partial<Profile>;

export const oauth2: Profile = {
  id: 'oauth2',
  name: 'OAuth 2.0',
  credentials_help:
    'Register an application with your vendor; it gives you a client ID, mostly a client secret, and its addresses.',
  ...common,
  fields: {
    authorize_url: { label: 'Authorization URL', kind: 'url', binds_tokens: true },
    token_url: { label: 'Token URL', kind: 'url', binds_tokens: true },
    revoke_url: { label: 'Revocation URL', help: 'RFC 7009, where the vendor has it.', kind: 'url' },
    device_url: { label: 'Device authorization URL', help: 'RFC 8628, for device_code.', kind: 'url' },
    ...fields,
    scope: { label: 'Scope', help: 'Separated by blanks.', kind: 'scope' },
  },
  grants: grantsWith(
    ['authorize_url'],
    ['token_url'],
    ['device_url'],
    ['authorize_url', 'token_url', 'revoke_url', 'device_url'],
  ),
  authorize: { url: '{authorize_url}', pkce: true },
  token: { url: '{token_url}', place: 'form' },
  device: { url: '{device_url}' },
  revoke: {
    url: '{revoke_url}',
    place: 'form',
    tokens: ['refresh_token', 'access_token'],
    authenticate: true,
  },
};

export const oidc: Profile = {
  id: 'oidc',
  name: 'OpenID Connect',
  credentials_help:
    'Register an application with your identity provider; it gives you a client ID and mostly a client secret.',
  ...common,
  issuer: '{issuer}',
  fields: {
    issuer: {
      label: 'Issuer',
      help: 'The provider’s address; its metadata is found below it.',
      kind: 'base_url',
      binds_tokens: true,
    },
    ...fields,
    scope: {
      label: 'Scope',
      help: 'Separated by blanks; many vendors give a refresh token for offline_access alone.',
      default: 'openid',
      kind: 'scope',
    },
  },
  grants: grantsWith(['issuer'], ['issuer'], ['issuer'], []),
  authorize: { pkce: true },
  token: { place: 'form' },
  device: {},
  revoke: { place: 'form', tokens: ['refresh_token', 'access_token'], authenticate: true },
};
