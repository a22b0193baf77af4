// OfficeRnD: client credentials in a form body, no refresh token, and no new token before the old one ends.
// Source: "How to generate an OAuth 2 token", OfficeRnD's developer pages.
import type { Profile } from '../core/profile.ts';

export const officernd: Profile = {
  id: 'officernd',
  name: 'OfficeRnD',
  credentials_help:
    'In OfficeRnD go to Settings → Data & Extensibility → Developer Tools → Applications, add an application and set its permissions; View shows the client ID and the client secret.',
  fields: {
    client_id: { label: 'Client ID', binds_tokens: true },
    client_secret: { label: 'Client secret', secret: true },
    scope: {
      label: 'Scope',
      help: 'What the token may do, separated by blanks: officernd.api.read officernd.api.write. The application’s permissions bound it.',
      default: 'officernd.api.read',
      kind: 'scope',
    },
    token_url: {
      label: 'Token URL',
      default: 'https://identity.officernd.com/oauth/token',
      kind: 'url',
      binds_tokens: true,
    },
  },
  grants: {
    client_credentials: {
      required: ['client_id', 'client_secret'],
      optional: ['scope', 'token_url'],
      renewal: ['client_credentials'],
    },
  },
  default_grant: 'client_credentials',
  token: {
    url: '{token_url}',
    place: 'form',
    legs: {
      client_credentials: { send: ['client_id', 'client_secret', 'grant_type', 'scope'] },
    },
  },
  revoke: {
    not_offered:
      'OfficeRnD has no way to revoke one token: it was forgotten here. Deleting the application in OfficeRnD revokes all tokens made with it.',
  },
  client_auth: 'params',
  lifetime_unit: 'seconds',
  token_type_unsaid: 'bearer',
  refresh_token: 'reusable',
  refresh_when: 'at_end',
  narrower_tokens: ['client_credentials'],
  api: { header: 'Authorization', scheme: 'Bearer' },
  refusal_hints: {
    invalid_scope:
      'Ask for less (set scope to officernd.api.read), or give the application the permission in OfficeRnD under Settings → Data & Extensibility → Developer Tools → Applications.',
  },
};
