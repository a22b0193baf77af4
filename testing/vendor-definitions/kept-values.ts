// Vendors that tell something beside the token: who it is for, or where its API is.
import { client, codeRequest, page, type VendorDefinition } from './vendor.ts';

const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 3600, refresh_token: 'r' };
const refresh = { grant_type: 'refresh_token', refresh_token: 'r', ...client };

export const keptValues: readonly VendorDefinition[] = [
  {
    name: 'QuickBooks: the company comes with the redirect',
    profile: {
      kept_values: { realm_id: { from: 'redirect', at: 'realmId' } },
      api_base: 'ORIGIN/v3/company/{realm_id}',
    },
    page: { ...page, comesBack: 'code=k&state=STATE&realmId=123146' },
    steps: [
      { path: '/token', body: codeRequest, answer: granted },
      { path: '/token', body: refresh, answer: granted },
    ],
    refreshes: true,
    session: { kept: { realm_id: '123146' } },
    served: { values: { realm_id: '123146' }, url: 'ORIGIN/v3/company/123146/me' },
  },
  {
    name: 'Salesforce: the answer says where the API is, and a refresh says it no more',
    profile: {
      kept_values: { instance_url: { from: 'answer', hosts: ['*.salesforce.com', '127.0.0.1'] } },
      api_base: '{instance_url}/services/data',
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: { ...granted, instance_url: 'ORIGIN/i', id: 'x' } },
      { path: '/token', body: refresh, answer: granted },
    ],
    refreshes: true,
    session: { kept: { instance_url: 'ORIGIN/i' } },
    served: { values: { instance_url: 'ORIGIN/i' }, url: 'ORIGIN/i/services/data/me' },
  },
  {
    name: 'Bullhorn: the answer’s own address is where the next refresh goes',
    profile: {
      kept_values: { rest_url: { from: 'answer', at: 'restUrl', hosts: ['127.0.0.1'] } },
      token: { url: 'ORIGIN/token', per_grant: { refresh_token: { url: '{rest_url}/token' } } },
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: { ...granted, restUrl: 'ORIGIN/first' } },
      { path: '/first/token', body: refresh, answer: { ...granted, restUrl: 'ORIGIN/second' } },
    ],
    refreshes: true,
    session: { kept: { rest_url: 'ORIGIN/second' } },
  },
  {
    name: 'Zoho: the redirect says at which host the code is exchanged',
    profile: {
      kept_values: {
        accounts_server: { from: 'redirect', at: 'accounts-server', hosts: ['*.zoho.eu', '127.0.0.1'] },
        api_domain: { from: 'answer', hosts: ['*.zohoapis.eu'] },
      },
      token: { url: '{accounts_server}/oauth/v2/token' },
    },
    page: { ...page, comesBack: 'code=k&state=STATE&location=eu&accounts-server=ORIGIN' },
    steps: [
      {
        path: '/oauth/v2/token',
        body: codeRequest,
        answer: { ...granted, api_domain: 'https://www.zohoapis.eu' },
      },
      { path: '/oauth/v2/token', body: refresh, answer: granted },
    ],
    refreshes: true,
    session: { kept: { accounts_server: 'ORIGIN', api_domain: 'https://www.zohoapis.eu' } },
  },
  {
    name: 'Slack: a person’s token stands in an object, and the team beside it',
    profile: {
      token: { url: 'ORIGIN/token', answer: { at: 'authed_user' } },
      kept_values: {
        team_id: { from: 'answer', at: 'team.id' },
        channel: { from: 'answer', at: 'incoming_webhook.channel' },
        bot: { from: 'answer', at: 'bot_user_id' },
      },
    },
    page,
    steps: [
      {
        path: '/token',
        body: codeRequest,
        answer: {
          ok: true,
          access_token: 'bot',
          team: { id: 'T1' },
          bot_user_id: null,
          authed_user: { id: 'U1', access_token: 'a', token_type: 'user' },
        },
      },
    ],
    session: { access_token: 'a', kept: { team_id: 'T1' } },
    served: { values: { team_id: 'T1' } },
  },
  {
    name: 'a value in a header of the API, a number, and one in the body of a refresh',
    profile: {
      kept_values: { account: { from: 'answer', at: 'data.account_id' } },
      api_headers: { 'X-Account': '{account}' },
      token: {
        url: 'ORIGIN/token',
        per_grant: { refresh_token: { extra_parameters: { account_id: '{account}' } } },
      },
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: { ...granted, data: { account_id: 42 } } },
      { path: '/token', body: { ...refresh, account_id: '42' }, answer: granted },
    ],
    refreshes: true,
    session: { kept: { account: '42' } },
    served: { headers: { 'X-Account': '42' }, values: { account: '42' } },
  },
];
