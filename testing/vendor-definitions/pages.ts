// Vendors whose sign-in page, or what comes back from it, departs from RFC 6749 section 4.1.
import { client, codeRequest, page, redirectUri, type VendorDefinition } from './vendor.ts';

const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 3600 };

export const pages: readonly VendorDefinition[] = [
  {
    name: 'Amazon SP-API: the code comes under another name',
    profile: {
      authorize: {
        url: 'ORIGIN/apps/authorize/consent',
        pkce: false,
        parameters: ['state'],
        extra_parameters: { application_id: 'amzn1.app' },
      },
      redirect: { names: { code: 'spapi_oauth_code' } },
    },
    page: {
      query: { application_id: 'amzn1.app' },
      comesBack: 'spapi_oauth_code=k&state=STATE&selling_partner_id=A1',
    },
    steps: [{ path: '/token', body: codeRequest, answer: granted }],
    session: { access_token: 'a', lifetime: 3_600_000 },
  },
  {
    name: 'Shopline: every parameter has another name, the state too, and the page is a route',
    profile: {
      authorize: {
        url: 'ORIGIN/admin/oauth-web/#/oauth/authorize',
        pkce: false,
        names: {
          response_type: 'responseType',
          client_id: 'appKey',
          redirect_uri: 'redirectUri',
          state: 'customField',
        },
      },
      redirect: { names: { state: 'customField' } },
    },
    page: {
      query: { responseType: 'code', appKey: 'c', redirectUri },
      stateName: 'customField',
      comesBack: 'code=k&customField=STATE',
    },
    steps: [{ path: '/token', body: codeRequest, answer: granted }],
    session: { access_token: 'a' },
  },
  {
    name: 'monday.com: no response_type',
    profile: {
      authorize: {
        url: 'ORIGIN/authorize',
        pkce: false,
        parameters: ['client_id', 'redirect_uri', 'state'],
        extra_parameters: { force_install_if_needed: 'true' },
      },
    },
    page: {
      query: { client_id: 'c', redirect_uri: redirectUri, force_install_if_needed: 'true' },
      comesBack: 'code=k&state=STATE',
    },
    steps: [{ path: '/token', body: codeRequest, answer: granted }],
    session: { access_token: 'a' },
  },
  {
    name: 'TikTok: the client ID is a client key, at the page and at the token',
    profile: {
      authorize: { url: 'ORIGIN/authorize', pkce: false, names: { client_id: 'client_key' } },
      token: { url: 'ORIGIN/token', names: { client_id: 'client_key' } },
    },
    page: {
      query: { response_type: 'code', client_key: 'c', redirect_uri: redirectUri },
      comesBack: 'code=k&state=STATE&scopes=user.info.basic',
    },
    steps: [
      {
        path: '/token',
        body: {
          grant_type: 'authorization_code',
          code: 'k',
          redirect_uri: redirectUri,
          client_key: 'c',
          client_secret: 's',
        },
        answer: { ...granted, refresh_token: 'r', open_id: 'o' },
      },
    ],
    session: { access_token: 'a', refresh_token: 'r' },
  },
  {
    name: 'code id_token by a form post, with a fresh nonce',
    profile: {
      authorize: {
        url: 'ORIGIN/authorize',
        pkce: false,
        response_type: 'code id_token',
        extra_parameters: { nonce: '{random}' },
      },
    },
    page: {
      query: { ...page.query, response_type: 'code id_token', nonce: /^[0-9a-f]{32}$/ },
      comesBack: 'code=k&id_token=x.y.z&state=STATE',
    },
    steps: [{ path: '/token', body: codeRequest, answer: granted }],
    session: { access_token: 'a' },
  },
  {
    name: 'Twitch: claims in an object are JSON in the address',
    profile: {
      authorize: {
        url: 'ORIGIN/authorize',
        pkce: false,
        extra_parameters: { claims: { id_token: { email: null } }, force_verify: true },
      },
    },
    page: {
      query: { ...page.query, claims: '{"id_token":{"email":null}}', force_verify: 'true' },
      comesBack: 'code=k&state=STATE',
    },
    steps: [{ path: '/token', body: codeRequest, answer: { ...granted, scope: ['openid', 'email'] } }],
    session: { access_token: 'a', scope: 'openid email' },
  },
  {
    name: 'MyAnimeList: PKCE by `plain` alone',
    profile: {
      authorize: { url: 'ORIGIN/authorize', pkce: 'plain' },
      token: { url: 'ORIGIN/token', names: { code_verifier: 'code_verifier' } },
    },
    page: {
      query: { ...page.query, code_challenge: /^[\w-]{43}$/, code_challenge_method: 'plain' },
      comesBack: 'code=k&state=STATE',
    },
    steps: [{ path: '/token', body: { ...codeRequest, code_verifier: /^[\w-]{43}$/ }, answer: granted }],
    session: { access_token: 'a' },
  },
  {
    name: 'Microsoft: an administrator consents for a tenant, and the client asks by itself',
    profile: {
      authorize: {
        url: 'ORIGIN/adminconsent',
        pkce: false,
        parameters: ['client_id', 'redirect_uri', 'state'],
      },
      redirect: { names: { code: 'admin_consent' } },
      kept_values: { tenant: { from: 'redirect' } },
      token: {
        url: 'ORIGIN/token',
        per_grant: {
          authorization_code: {
            url: 'ORIGIN/{tenant}/oauth2/v2.0/token',
            parameters: ['client_id', 'client_secret'],
            extra_parameters: {
              grant_type: 'client_credentials',
              scope: 'https://graph.microsoft.com/.default',
            },
          },
        },
      },
    },
    page: {
      query: { client_id: 'c', redirect_uri: redirectUri },
      comesBack: 'admin_consent=True&tenant=T1&state=STATE',
    },
    steps: [
      {
        path: '/T1/oauth2/v2.0/token',
        body: {
          ...client,
          grant_type: 'client_credentials',
          scope: 'https://graph.microsoft.com/.default',
        },
        answer: { access_token: 'a', token_type: 'Bearer', expires_in: 3600 },
      },
    ],
    session: { access_token: 'a' },
  },
];
