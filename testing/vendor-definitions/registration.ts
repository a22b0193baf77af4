// Vendors that register a client for whoever signs in (RFC 7591).
import { redirectUri, type VendorDefinition } from './vendor.ts';

const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 3600, refresh_token: 'r' };
const asksFor = {
  client_name: 'Keyfob',
  application_type: 'native',
  redirect_uris: (value: unknown): boolean => JSON.stringify(value) === JSON.stringify([redirectUri]),
  grant_types: (value: unknown): boolean =>
    JSON.stringify(value) === JSON.stringify(['authorization_code', 'refresh_token']),
  response_types: (value: unknown): boolean => JSON.stringify(value) === '["code"]',
};
const page = {
  query: { response_type: 'code', client_id: 'dyn', redirect_uri: redirectUri, scope: 'read' },
  comesBack: 'code=k&state=STATE',
};
const code = { grant_type: 'authorization_code', code: 'k', redirect_uri: redirectUri, client_id: 'dyn' };
const refresh = { grant_type: 'refresh_token', refresh_token: 'r', client_id: 'dyn' };

export const registrations: readonly VendorDefinition[] = [
  {
    name: 'a public client, as most MCP servers have it',
    profile: { client_auth: 'none', registration: { url: 'ORIGIN/register' } },
    registers: true,
    settings: { scope: 'read' },
    page,
    steps: [
      {
        path: '/register',
        json: true,
        body: { ...asksFor, token_endpoint_auth_method: 'none', scope: 'read' },
        status: 201,
        answer: { client_id: 'dyn', redirect_uris: [redirectUri], client_id_issued_at: 1 },
      },
      { path: '/token', body: code, answer: granted },
      { path: '/token', body: refresh, answer: granted },
    ],
    refreshes: true,
    session: { access_token: 'a' },
  },
  {
    name: 'a confidential client, with an initial access token and metadata of the vendor’s own',
    profile: {
      fields: { initial_access_token: { label: 'x', secret: true } },
      registration: { url: 'ORIGIN/register', metadata: { client_uri: 'https://example.com', tos: true } },
    },
    registers: true,
    settings: { scope: 'read' },
    secrets: { initial_access_token: 'iat' },
    page,
    steps: [
      {
        path: '/register',
        json: true,
        headers: { authorization: 'Bearer iat' },
        body: {
          ...asksFor,
          token_endpoint_auth_method: 'client_secret_post',
          scope: 'read',
          client_uri: 'https://example.com',
          tos: (value: unknown) => value === true,
        },
        answer: {
          client_id: 'dyn',
          client_secret: 'drawn',
          client_secret_expires_at: 0,
          token_endpoint_auth_method: 'client_secret_basic',
        },
      },
      {
        path: '/token',
        headers: { authorization: `Basic ${btoa('dyn:drawn')}` },
        body: { grant_type: 'authorization_code', code: 'k', redirect_uri: redirectUri },
        answer: granted,
      },
    ],
    session: { access_token: 'a' },
  },
];
