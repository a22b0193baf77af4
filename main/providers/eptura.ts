// Eptura Workplace, and iOFFICE before it: parameters in x-* headers, lifetimes in milliseconds, the code in
// the redirect's fragment without a state. Source: "Using OAuth 2.0 to Access the API", Eptura and iOFFICE
// knowledge centers. Inferred: the empty body, POST for revoke.
import type { Profile } from '../core/profile.ts';

const names = {
  grant_type: 'x-grant-type',
  code: 'x-auth-code',
  refresh_token: 'x-refresh-token',
  redirect_uri: 'x-redirect-uri',
  client_id: 'x-client-id',
  scope: 'x-scope',
  username: 'x-auth-username',
  password: 'x-auth-password',
  token: 'x-token',
};
const headers = { 'Content-Type': 'application/json' };

const fields: Profile['fields'] = {
  site: {
    label: 'Site',
    help: 'The address of your site, such as https://hq.example.com.',
    kind: 'base_url',
    binds_tokens: true,
  },
  client_id: { label: 'Client ID', help: 'Given by the vendor for your redirect URI.', binds_tokens: true },
  redirect_uri: {
    label: 'Redirect URI',
    help: 'Exactly the one that was named when the client ID was made.',
    kind: 'redirect_uri',
  },
  client_secret: {
    label: 'Client secret',
    help: 'Kept if you have one; the vendor names no place to send it.',
    secret: true,
  },
  scope: { label: 'Scope', help: 'email, or any other text.', default: 'email', kind: 'scope' },
  username: { label: 'User name', help: 'Of the person who signs in.', binds_tokens: true },
  password: {
    label: 'Password',
    help: 'Used to sign in without a page, and tried once more when the vendor ends the sign-in.',
    secret: true,
  },
};

const grants: Profile['grants'] = {
  authorization_code: {
    required: ['site', 'client_id', 'redirect_uri'],
    optional: ['client_secret', 'scope'],
    renewal: ['refresh_token'],
  },
  direct: {
    required: ['site', 'client_id', 'redirect_uri', 'username', 'password'],
    optional: ['client_secret', 'scope'],
    renewal: ['refresh_token', 'stored_password'],
  },
};

const common = {
  fields,
  grants,
  default_grant: 'authorization_code',
  authorize: { url: '{site}/login.html', pkce: false },
  redirect: { vendor_does_not_echo_state: true },
  token: {
    url: '{site}/external/api/oauth2/token',
    place: 'header',
    names,
    headers,
    legs: {
      authorization_code: { send: ['grant_type', 'redirect_uri', 'client_id', 'scope', 'code'] },
      refresh_token: { send: ['grant_type', 'redirect_uri', 'client_id', 'scope', 'refresh_token'] },
    },
  },
  revoke: {
    url: '{site}/external/api/oauth2/revoke',
    place: 'header',
    names,
    headers,
    send: ['token'],
    tokens: ['access_token'],
    authenticate: false,
    warning: 'Revoking can sign the person out of the vendor’s other applications too.',
  },
  client_auth: 'none',
  lifetime_unit: 'milliseconds',
  token_type_unsaid: 'bearer',
  refresh_token: 'single_use',
  refresh_when: 'ahead',
  who_am_i: { url: '{site}/external/api/rest/v2/users/me', show: ['userName', 'username', 'name', 'email'] },
} satisfies Partial<Profile>;

export const epturaWorkplace: Profile = {
  id: 'eptura-workplace',
  name: 'Eptura Workplace',
  credentials_help:
    'Ask Eptura for OAuth 2.0 credentials and name your redirect URI: it is one of the requirements for a client ID. A client secret may not be required.',
  ...common,
  direct: {
    url: '{site}/external/api/oauth2/auth',
    place: 'header',
    names,
    headers,
    send: ['username', 'password', 'client_id', 'redirect_uri', 'scope'],
  },
  api: { header: 'Authorization', scheme: 'Bearer' },
};

export const ioffice: Profile = {
  id: 'ioffice',
  name: 'iOFFICE',
  credentials_help:
    'Ask iOFFICE for OAuth 2.0 credentials and name your redirect URI: it is one of the requirements for a client ID. A client secret may not be required.',
  ...common,
  fields: {
    ...fields,
    placement: {
      label: 'Token goes into',
      help: 'The header x-access-token, or the query parameter access_token.',
      choices: ['header', 'query'],
      default: 'header',
    },
  },
  grants: Object.fromEntries(
    Object.entries(grants).map(([grant, one]) => [
      grant,
      { ...one, optional: [...(one.optional ?? []), 'placement'] },
    ]),
  ),
  direct: {
    url: '{site}/external/api/oauth2/auth',
    place: 'header',
    names,
    headers,
    send: ['username', 'password', 'client_id'],
  },
  api: {
    by_field: 'placement',
    ways: { header: { header: 'x-access-token' }, query: { query: 'access_token' } },
  },
};
