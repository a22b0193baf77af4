// A provider's profile with little more than must be there, for tests that add to it. It has no fields and no grants yet.
export const smallProfile = {
  id: 'acme',
  name: 'Acme',
  credentials_help: 'x',
  default_grant: 'client_credentials',
  client_auth: 'basic_rfc6749',
  lifetime_unit: 'seconds',
  refresh_token: 'reusable',
  refresh_when: 'ahead',
  api: { header: 'Authorization', scheme: 'Bearer' },
  token: { url: 'https://acme.example/token' },
} as const;
