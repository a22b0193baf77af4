// Vendors whose answers depart from RFC 6749 section 5: their form, the names in them, their errors, the life of a token.
import { expect } from 'vitest';
import { client, codeRequest, page, redirectUri, type VendorDefinition } from './vendor.ts';

const jwt = `eyJhbGciOiJub25lIn0.${Buffer.from('{"sub":"x"}').toString('base64url')}.c2lnbmF0dXJl`;
const credentials = { required: [], renewal: ['client_credentials'] };

export const answers: readonly VendorDefinition[] = [
  ...[jwt, JSON.stringify(jwt), `${jwt}\n`].map((answer, index) => ({
    name: `JobDiva: the body is the token, and nothing else (${String(index + 1)})`,
    grant: 'password',
    profile: {
      token: {
        url: 'ORIGIN/authenticate',
        method: 'GET',
        parameters: ['client_id', 'username', 'password'],
        names: { client_id: 'clientid' },
        answer: { format: 'token' },
      },
      default_lifetime: 86_400,
    },
    settings: { username: 'alice' },
    secrets: { password: 'p' },
    steps: [
      {
        method: 'GET',
        path: '/authenticate',
        query: { clientid: 'c', username: 'alice', password: 'p' },
        answer,
      },
    ],
    session: { access_token: jwt, lifetime: 86_400_000 },
  })),
  {
    name: 'Deezer: a form that is called a page, with a lifetime of its own name',
    profile: {
      authorize: { url: 'ORIGIN/auth.php', pkce: false, names: { client_id: 'app_id', scope: 'perms' } },
      token: {
        url: 'ORIGIN/access_token.php',
        method: 'GET',
        parameters: ['client_id', 'client_secret', 'code'],
        names: { client_id: 'app_id', client_secret: 'secret' },
        answer: { format: 'form', names: { expires_in: 'expires' } },
      },
      api: { query: 'access_token' },
    },
    page: {
      query: { response_type: 'code', app_id: 'c', redirect_uri: redirectUri },
      comesBack: 'code=k&state=STATE',
    },
    steps: [
      {
        method: 'GET',
        path: '/access_token.php',
        query: { app_id: 'c', secret: 's', code: 'k' },
        answer: 'access_token=frAFB&expires=3600',
        type: 'text/html; charset=utf-8',
      },
    ],
    session: { access_token: 'frAFB', lifetime: 3_600_000 },
    served: { query: { access_token: 'frAFB' } },
  },
  {
    name: 'Stack Exchange: a form by its media type',
    profile: { token: { url: 'ORIGIN/token', answer: { names: { expires_in: 'expires' } } } },
    page,
    steps: [
      {
        path: '/token',
        body: codeRequest,
        answer: 'access_token=a%20b&expires=60',
        type: 'application/x-www-form-urlencoded',
      },
    ],
    session: { access_token: 'a b', lifetime: 60_000 },
  },
  {
    name: 'Yammer: the token is an object’s member',
    profile: { token: { url: 'ORIGIN/token', answer: { names: { access_token: 'access_token.token' } } } },
    page,
    steps: [{ path: '/token', body: codeRequest, answer: { access_token: { token: 'a' }, user: { id: 1 } } }],
    session: { access_token: 'a' },
  },
  {
    name: 'Withings: an action, and all in a body with a status of 0',
    profile: {
      token: {
        url: 'ORIGIN/token',
        extra_parameters: { action: 'requesttoken' },
        answer: { at: 'body', error: 'status', error_description: 'error' },
      },
    },
    page,
    steps: [
      {
        path: '/token',
        body: { ...codeRequest, action: 'requesttoken' },
        answer: { status: 0, body: { access_token: 'a', refresh_token: 'r', expires_in: 10_800 } },
      },
      {
        path: '/token',
        body: { grant_type: 'refresh_token', refresh_token: 'r', ...client, action: 'requesttoken' },
        answer: { status: 0, body: { access_token: 'b', refresh_token: 'r2', expires_in: 10_800 } },
      },
    ],
    refreshes: true,
    session: { access_token: 'b', refresh_token: 'r2', lifetime: 10_800_000 },
  },
  {
    name: 'WeChat: GET, other names for the client, and an error number of 0',
    profile: {
      authorize: {
        url: 'ORIGIN/connect/qrconnect#wechat_redirect',
        pkce: false,
        names: { client_id: 'appid' },
      },
      token: {
        url: 'ORIGIN/token',
        method: 'GET',
        parameters: ['client_id', 'client_secret', 'code', 'grant_type'],
        names: { client_id: 'appid', client_secret: 'secret' },
        answer: { error: 'errcode', error_description: 'errmsg' },
        per_grant: {
          refresh_token: { url: 'ORIGIN/refresh', parameters: ['client_id', 'grant_type', 'refresh_token'] },
        },
      },
      kept_values: { openid: { from: 'answer' } },
    },
    page: {
      query: { response_type: 'code', appid: 'c', redirect_uri: redirectUri },
      comesBack: 'code=k&state=STATE',
    },
    steps: [
      {
        method: 'GET',
        path: '/token',
        query: { appid: 'c', secret: 's', code: 'k', grant_type: 'authorization_code' },
        answer: { errcode: 0, access_token: 'a', expires_in: 7200, refresh_token: 'r', openid: 'o' },
        type: 'text/plain',
      },
      {
        method: 'GET',
        path: '/refresh',
        query: { appid: 'c', grant_type: 'refresh_token', refresh_token: 'r' },
        answer: { access_token: 'b', expires_in: 7200, refresh_token: 'r', openid: 'o' },
      },
    ],
    refreshes: true,
    session: { access_token: 'b', kept: { openid: 'o' } },
    served: { values: { openid: 'o' } },
  },
  {
    name: 'Jamf Pro: another name for the token, and its end as a date',
    grant: 'client_credentials',
    profile: {
      grants: { client_credentials: { ...credentials, optional: ['client_id', 'client_secret'] } },
      client_auth: 'basic_rfc7617',
      token: {
        url: 'ORIGIN/api/v1/auth/token',
        parameters: [],
        answer: { names: { access_token: 'token', expires_at: 'expires' } },
      },
    },
    steps: [
      {
        path: '/api/v1/auth/token',
        headers: { authorization: `Basic ${Buffer.from('c:s').toString('base64')}` },
        body: {},
        answer: { token: 'a', expires: new Date(Date.now() + 1_800_000).toISOString() },
      },
    ],
    session: { access_token: 'a', lifetime: expect.closeTo(1_800_000, -5) as unknown },
  },
  {
    name: 'Perimeter 81: an end in Unix seconds, deep in the answer',
    grant: 'client_credentials',
    profile: {
      token: {
        url: 'ORIGIN/token',
        in: 'json',
        parameters: ['client_secret'],
        names: { client_secret: 'apiKey' },
        extra_parameters: { grantType: 'api_key' },
        answer: { names: { access_token: 'data.accessToken', expires_at: 'data.accessTokenExpire' } },
      },
    },
    steps: [
      {
        path: '/token',
        json: true,
        body: { apiKey: 's', grantType: 'api_key' },
        answer: { data: { accessToken: 'a', accessTokenExpire: Math.round(Date.now() / 1000) + 3600 } },
      },
    ],
    session: { access_token: 'a', lifetime: expect.closeTo(3_600_000, -5) as unknown },
  },
  {
    name: 'a lifetime in milliseconds',
    profile: { lifetime_unit: 'milliseconds' },
    page,
    steps: [{ path: '/token', body: codeRequest, answer: { access_token: 'a', expires_in: '1800000' } }],
    session: { access_token: 'a', lifetime: 1_800_000 },
  },
  {
    name: 'a token without an end, told as 0',
    profile: { zero_lifetime: 'endless' },
    page,
    steps: [{ path: '/token', body: codeRequest, answer: { access_token: 'a', expires_in: 0 } }],
    session: { access_token: 'a', lifetime: 100 * 366 * 86_400_000 },
  },
];
