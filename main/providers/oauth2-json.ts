// The JSON-body vendor: every grant but implicit posts JSON to /token, codes and refresh tokens travel as
// they stood. Source: the vendor's "OAuth 2.0" page, options 1 to 5. Inferred: seconds, the Bearer scheme.
import type { Profile } from '../core/profile.ts';

const urls = ['authorize_url', 'token_url', 'client_secret', 'redirect_uri', 'scope'];
const without = (...used: string[]): string[] => urls.filter((one) => !used.includes(one));

export const oauth2Json: Profile = {
  id: 'oauth2-json',
  name: 'OAuth 2.0 with JSON bodies',
  credentials_help:
    'Ask your vendor for a client ID and a client secret, and for the addresses of the sign-in page and of /token. Signing in on a page wants your redirect URI to be known there.',
  fields: {
    authorize_url: {
      label: 'Sign-in page',
      help: 'The address that people are sent to; a query in it is kept.',
      kind: 'url',
      binds_tokens: true,
    },
    token_url: { label: 'Token URL', help: 'The address of /token.', kind: 'url', binds_tokens: true },
    client_id: { label: 'Client ID', binds_tokens: true },
    client_secret: { label: 'Client secret', secret: true },
    redirect_uri: { label: 'Redirect URI', help: 'Left out: Keyfob’s own.', kind: 'redirect_uri' },
    scope: { label: 'Scope', help: 'Only where the vendor names one.', kind: 'scope' },
    username: { label: 'User name', binds_tokens: true },
    password: {
      label: 'Password',
      help: 'Tried once more by itself when the vendor ends the sign-in.',
      secret: true,
    },
  },
  grants: {
    authorization_code: {
      required: ['authorize_url', 'token_url', 'client_id', 'client_secret'],
      optional: without('authorize_url', 'token_url', 'client_secret'),
      renewal: ['refresh_token'],
    },
    implicit: {
      required: ['authorize_url', 'client_id'],
      optional: without('authorize_url'),
      renewal: [],
    },
    password: {
      required: ['token_url', 'client_id', 'client_secret', 'username', 'password'],
      optional: without('token_url', 'client_secret'),
      renewal: ['refresh_token', 'stored_password'],
    },
    client_credentials: {
      required: ['token_url', 'client_id', 'client_secret'],
      optional: without('token_url', 'client_secret'),
      renewal: ['refresh_token', 'client_credentials'],
    },
  },
  default_grant: 'authorization_code',
  authorize: { url: '{authorize_url}', pkce: false },
  redirect: { code_passed_on: 'as_it_stood' },
  token: {
    url: '{token_url}',
    place: 'json',
    legs: {
      authorization_code: { send: ['grant_type', 'client_id', 'client_secret', 'code'] },
      password: { send: ['grant_type', 'client_id', 'client_secret', 'username', 'password', 'scope'] },
      client_credentials: { send: ['grant_type', 'client_id', 'client_secret', 'scope'] },
      refresh_token: { send: ['grant_type', 'client_id', 'client_secret', 'refresh_token'] },
    },
  },
  revoke: {
    not_offered:
      'This vendor’s document names no way to revoke a token: it was forgotten here and ends by itself.',
  },
  client_auth: 'params',
  lifetime_unit: 'seconds',
  token_type_unsaid: 'bearer',
  refresh_token: 'single_use',
  refresh_when: 'at_end',
  api: { header: 'Authorization', scheme: 'Bearer' },
};
