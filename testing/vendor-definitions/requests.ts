// Vendors whose requests for a token depart from RFC 6749: other parameters, values, places and ways to show the client.
import { expect } from 'vitest';
import { codeRequest, page, redirectUri, type VendorDefinition } from './vendor.ts';

const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 3600, refresh_token: 'r' };
const text = { label: 'x' };
const secretField = { label: 'x', secret: true };
const renewed = { access_token: 'b', refresh_token: 'r2' };
const is = (wanted: unknown) => (value: unknown) => JSON.stringify(value) === JSON.stringify(wanted);
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

export const requests: readonly VendorDefinition[] = [
  {
    name: 'Notion: JSON, Basic, and a version beside the token',
    profile: {
      client_auth: 'basic_rfc7617',
      token: { url: 'ORIGIN/token', in: 'json' },
      api_headers: { 'Notion-Version': '2022-06-28' },
    },
    page,
    steps: [
      {
        path: '/token',
        json: true,
        headers: { authorization: basic('c:s') },
        body: { grant_type: 'authorization_code', code: 'k', redirect_uri: redirectUri },
        answer: granted,
      },
    ],
    session: { access_token: 'a' },
    served: { headers: { Authorization: 'Bearer a', 'Notion-Version': '2022-06-28' } },
  },
  {
    name: 'Google Ads: a secret of the developer beside the token',
    profile: {
      fields: { developer_token: secretField, customer: text },
      api_headers: { 'developer-token': '{developer_token}', 'login-customer-id': '{customer}' },
    },
    secrets: { developer_token: 'd' },
    page,
    steps: [{ path: '/token', body: codeRequest, answer: granted }],
    session: { access_token: 'a' },
    served: { headers: { Authorization: 'Bearer a', 'developer-token': 'd' } },
  },
  {
    name: 'Walmart: a fresh number beside each token',
    profile: {
      api: { header: 'WM_SEC.ACCESS_TOKEN' },
      api_headers: { 'WM_QOS.CORRELATION_ID': '{random}' },
    },
    page,
    steps: [{ path: '/token', body: codeRequest, answer: granted }],
    session: { access_token: 'a' },
    served: {
      headers: {
        'WM_SEC.ACCESS_TOKEN': 'a',
        'WM_QOS.CORRELATION_ID': expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      },
    },
  },
  {
    name: 'Zoom: an own grant type, and the account in the body',
    grant: 'client_credentials',
    profile: {
      fields: { account: text },
      client_auth: 'basic_rfc6749',
      token: {
        url: 'ORIGIN/token',
        extra_parameters: { grant_type: 'account_credentials', account_id: '{account}' },
      },
    },
    settings: { account: '9' },
    steps: [
      {
        path: '/token',
        headers: { authorization: basic('c:s') },
        body: { grant_type: 'account_credentials', account_id: '9' },
        answer: granted,
      },
    ],
    session: { access_token: 'a' },
  },
  {
    name: 'Tableau: the credentials stand in objects of a JSON body',
    grant: 'client_credentials',
    profile: {
      fields: { site: text, token_name: text },
      token: {
        url: 'ORIGIN/api/3.22/auth/signin',
        in: 'json',
        parameters: [],
        extra_parameters: {
          credentials: {
            personalAccessTokenName: '{token_name}',
            personalAccessTokenSecret: '{client_secret}',
            site: { contentUrl: '{site}', luid: '{scope}' },
          },
        },
        answer: { at: 'credentials', names: { access_token: 'credentials.token' } },
      },
      api: { header: 'X-Tableau-Auth' },
      default_lifetime: 14_400,
    },
    settings: { site: 'berlin', token_name: 'ci' },
    steps: [
      {
        path: '/api/3.22/auth/signin',
        json: true,
        body: {
          credentials: is({
            personalAccessTokenName: 'ci',
            personalAccessTokenSecret: 's',
            site: { contentUrl: 'berlin' },
          }),
        },
        answer: { credentials: { token: 'a', site: { id: '1' } } },
      },
    ],
    session: { access_token: 'a', lifetime: 14_400_000 },
    served: { headers: { 'X-Tableau-Auth': 'a' } },
  },
  {
    name: 'a sign-in with JSON’s own values, renewed by both tokens',
    grant: 'password',
    profile: {
      token: {
        url: 'ORIGIN/login',
        in: 'json',
        parameters: ['username', 'password'],
        names: { username: 'userName' },
        extra_parameters: { isEncrypted: false, version: 2 },
        answer: { names: { access_token: 'jwtToken', refresh_token: 'refreshToken' } },
        per_grant: {
          refresh_token: {
            url: 'ORIGIN/renew',
            parameters: ['access_token', 'refresh_token'],
            names: { access_token: 'accessToken', refresh_token: 'refreshToken' },
            extra_parameters: {},
          },
        },
      },
    },
    settings: { username: 'alice' },
    secrets: { password: 'p' },
    steps: [
      {
        path: '/login',
        json: true,
        body: { userName: 'alice', password: 'p', isEncrypted: is(false), version: is(2) },
        answer: { jwtToken: 'a', refreshToken: 'r' },
      },
      {
        path: '/renew',
        json: true,
        body: { accessToken: 'a', refreshToken: 'r' },
        answer: { jwtToken: 'b', refreshToken: 'r2' },
      },
    ],
    refreshes: true,
    session: renewed,
  },
  {
    name: 'Salesmsg: the refresh token is a bearer’s, and nothing is in the body',
    profile: {
      token: {
        url: 'ORIGIN/token',
        per_grant: {
          refresh_token: {
            url: 'ORIGIN/refresh',
            parameters: [],
            headers: { Authorization: 'Bearer {refresh_token}' },
          },
        },
      },
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: granted },
      { path: '/refresh', headers: { authorization: 'Bearer r' }, body: {}, answer: renewed },
    ],
    refreshes: true,
    session: renewed,
  },
  {
    name: 'Azure DevOps: the code and the secret are assertions',
    profile: {
      token: {
        url: 'ORIGIN/token',
        parameters: ['code', 'refresh_token', 'client_secret', 'redirect_uri'],
        names: { code: 'assertion', refresh_token: 'assertion', client_secret: 'client_assertion' },
        extra_parameters: {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        },
        per_grant: {
          refresh_token: { extra_parameters: { grant_type: 'refresh_token' } },
        },
      },
    },
    page,
    steps: [
      {
        path: '/token',
        body: {
          assertion: 'k',
          client_assertion: 's',
          redirect_uri: redirectUri,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        },
        answer: granted,
      },
      {
        path: '/token',
        body: {
          assertion: 'r',
          client_assertion: 's',
          redirect_uri: redirectUri,
          grant_type: 'refresh_token',
        },
        answer: renewed,
      },
    ],
    refreshes: true,
    session: renewed,
  },
  {
    name: 'Setmore: a refresh token that a person got elsewhere, in the query of a GET',
    grant: 'client_credentials',
    profile: {
      fields: { refresh_token: secretField },
      token: {
        url: 'ORIGIN/o/oauth2/token',
        method: 'GET',
        parameters: [],
        extra_parameters: { refreshToken: '{refresh_token}' },
        answer: { at: 'data.token' },
      },
    },
    secrets: { refresh_token: 'given' },
    steps: [
      {
        method: 'GET',
        path: '/o/oauth2/token',
        query: { refreshToken: 'given' },
        answer: { response: true, data: { token: granted } },
      },
    ],
    session: { access_token: 'a' },
  },
  {
    name: 'Zalo: the secret of the application in a header',
    profile: {
      token: {
        url: 'ORIGIN/token',
        parameters: ['grant_type', 'code', 'refresh_token', 'client_id'],
        names: { client_id: 'app_id' },
        headers: { secret_key: '{client_secret}' },
      },
    },
    page,
    steps: [
      {
        path: '/token',
        headers: { secret_key: 's' },
        body: { grant_type: 'authorization_code', code: 'k', app_id: 'c' },
        answer: granted,
      },
      {
        path: '/token',
        headers: { secret_key: 's' },
        body: { grant_type: 'refresh_token', refresh_token: 'r', app_id: 'c' },
        answer: renewed,
      },
    ],
    refreshes: true,
    session: renewed,
  },
  {
    name: 'Workday Adaptive: the first token asks for the one of the API as a bearer, though the client shows itself by Basic',
    grant: 'client_credentials',
    profile: {
      client_auth: 'basic_rfc6749',
      token: {
        url: 'ORIGIN/token',
        further_exchange: {
          url: 'ORIGIN/adaptive',
          method: 'GET',
          parameters: [],
          headers: { Authorization: 'Bearer {subject_token}' },
          answer: { names: { access_token: 'adaptiveAPIAccessToken' } },
        },
      },
    },
    steps: [
      {
        path: '/token',
        headers: { authorization: basic('c:s') },
        body: { grant_type: 'client_credentials' },
        answer: granted,
      },
      {
        method: 'GET',
        path: '/adaptive',
        headers: { authorization: 'Bearer a' },
        answer: { adaptiveAPIAccessToken: 'b' },
      },
    ],
    session: { access_token: 'b' },
  },
  {
    name: 'a vendor by region, whose secret alone is Basic’s user, and whose next token comes from another address by PUT',
    profile: {
      fields: { region: { label: 'x', choices: ['eu', 'us'], default: 'eu' } },
      client_auth: 'basic_secret_as_user',
      token: {
        url: { by_field: 'region', cases: { eu: 'ORIGIN/eu/token', us: 'ORIGIN/us/token' } },
        parameters: ['grant_type', 'code', 'refresh_token'],
        per_grant: { refresh_token: { url: 'ORIGIN/renew', method: 'PUT', in: 'query' } },
      },
    },
    page,
    steps: [
      {
        path: '/eu/token',
        headers: { authorization: basic('s:') },
        body: { grant_type: 'authorization_code', code: 'k' },
        answer: granted,
      },
      {
        method: 'PUT',
        path: '/renew',
        query: { grant_type: 'refresh_token', refresh_token: 'r' },
        headers: { authorization: basic('s:') },
        answer: renewed,
      },
    ],
    refreshes: true,
    session: renewed,
  },
];
