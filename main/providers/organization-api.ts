// Organization API: client credentials by plain HTTP Basic, or everything in the query, and a refresh token
// with them. Source: the vendor's "Authentication" page. Inferred: the form body, the Bearer scheme.
import type { Profile } from '../core/profile.ts';

export const organizationApi: Profile = {
  id: 'organization-api',
  name: 'Organization API',
  credentials_help:
    'Your launch engineer provides a client identifier and secret at your request, or find them in Settings → Developers → OAuth2.',
  fields: {
    server_address: {
      label: 'Server address',
      help: 'The host of your organization’s server, such as api.example.com.',
      kind: 'server',
      binds_tokens: true,
    },
    client_id: { label: 'Client ID', binds_tokens: true },
    client_secret: { label: 'Client secret', secret: true },
    client_auth: {
      label: 'Credentials go into',
      help: 'basic: the Authorization header. query: the address, which is less safe.',
      choices: ['basic', 'query'],
      default: 'basic',
    },
  },
  grants: {
    client_credentials: {
      required: ['server_address', 'client_id', 'client_secret'],
      optional: ['client_auth'],
      renewal: ['refresh_token', 'client_credentials'],
    },
  },
  default_grant: 'client_credentials',
  token: {
    url: '{server_address}/oauth2/token',
    place: { by_field: 'client_auth', ways: { basic: 'form', query: 'query' } },
  },
  revoke: {
    not_offered:
      'Organization API’s document names no way to revoke a token: it was forgotten here and ends by itself.',
  },
  client_auth: { by_field: 'client_auth', ways: { basic: 'basic_rfc7617', query: 'params' } },
  lifetime_unit: 'seconds',
  token_type_unsaid: 'bearer',
  refresh_token: 'reusable',
  refresh_when: 'at_end',
  api: { header: 'Authorization', scheme: 'Bearer' },
};
