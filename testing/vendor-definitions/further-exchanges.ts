// Vendors whose first token is not the one: it is exchanged for another at once, and some renew themselves.
import { client, codeRequest, page, type VendorDefinition } from './vendor.ts';

const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 3600 };

const longLived = {
  method: 'GET',
  parameters: ['client_id', 'client_secret'],
  extra_parameters: { grant_type: 'fb_exchange_token' },
};
const instagram = {
  url: 'ORIGIN/access_token',
  method: 'GET',
  parameters: ['client_secret', 'subject_token'],
  names: { subject_token: 'access_token' },
  extra_parameters: { grant_type: 'ig_exchange_token' },
};
const login = { url: 'ORIGIN/login', method: 'GET', parameters: ['subject_token'] };
const bullhorn = {
  ...login,
  names: { subject_token: 'access_token' },
  extra_parameters: { version: '*' },
  answer: { names: { access_token: 'BhRestToken' } },
};

export const furtherExchanges: readonly VendorDefinition[] = [
  {
    name: 'Facebook: a token of two months for one of two hours, and again',
    profile: {
      token: {
        url: 'ORIGIN/token',
        per_grant: {
          authorization_code: {
            further_exchange: {
              url: 'ORIGIN/token',
              ...longLived,
              parameters: [...longLived.parameters, 'subject_token'],
              names: { subject_token: 'fb_exchange_token' },
              answer: { names: { refresh_token: 'access_token' } },
            },
          },
          refresh_token: {
            ...longLived,
            parameters: [...longLived.parameters, 'refresh_token'],
            names: { refresh_token: 'fb_exchange_token' },
            answer: { names: { refresh_token: 'access_token' } },
          },
        },
      },
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: granted },
      {
        method: 'GET',
        path: '/token',
        query: { grant_type: 'fb_exchange_token', fb_exchange_token: 'a', ...client },
        answer: { access_token: 'b', token_type: 'bearer', expires_in: 5_184_000 },
      },
      {
        method: 'GET',
        path: '/token',
        query: { grant_type: 'fb_exchange_token', fb_exchange_token: 'b', ...client },
        answer: { access_token: 'd', token_type: 'bearer', expires_in: 5_184_000 },
      },
    ],
    refreshes: true,
    session: { access_token: 'd', refresh_token: 'd', lifetime: 5_184_000_000 },
  },
  {
    name: 'Instagram: the long-lived token is what a GET renews it by, and no client ID is sent',
    profile: {
      token: {
        url: 'ORIGIN/token',
        answer: { names: { refresh_token: 'access_token' } },
        per_grant: {
          authorization_code: {
            further_exchange: { ...instagram, answer: { names: { refresh_token: 'access_token' } } },
          },
          refresh_token: {
            url: 'ORIGIN/refresh_access_token',
            method: 'GET',
            parameters: ['refresh_token'],
            names: { refresh_token: 'access_token' },
            extra_parameters: { grant_type: 'ig_refresh_token' },
          },
        },
      },
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: { access_token: 'a', user_id: 17 } },
      {
        method: 'GET',
        path: '/access_token',
        query: { grant_type: 'ig_exchange_token', client_secret: 's', access_token: 'a' },
        answer: { ...granted, access_token: 'b' },
      },
      {
        method: 'GET',
        path: '/refresh_access_token',
        query: { grant_type: 'ig_refresh_token', access_token: 'b' },
        answer: { ...granted, access_token: 'd' },
      },
    ],
    refreshes: true,
    session: { access_token: 'd', refresh_token: 'd' },
  },
  {
    name: 'Bullhorn: each token is exchanged for one of the API, whose address comes with it; the refresh token stays',
    profile: {
      kept_values: { rest_url: { from: 'answer', at: 'restUrl', hosts: ['127.0.0.1'] } },
      token: { url: 'ORIGIN/token', further_exchange: bullhorn },
      api_base: '{rest_url}',
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: { ...granted, refresh_token: 'r1' } },
      {
        method: 'GET',
        path: '/login',
        query: { version: '*', access_token: 'a' },
        answer: { BhRestToken: 'x', restUrl: 'ORIGIN/rest' },
      },
      {
        path: '/token',
        body: { grant_type: 'refresh_token', refresh_token: 'r1', ...client },
        answer: { ...granted, access_token: 'b', refresh_token: 'r2' },
      },
      {
        method: 'GET',
        path: '/login',
        query: { version: '*', access_token: 'b' },
        answer: { BhRestToken: 'y', restUrl: 'ORIGIN/rest' },
      },
    ],
    refreshes: true,
    session: { access_token: 'y', refresh_token: 'r2', kept: { rest_url: 'ORIGIN/rest' } },
    served: { access_token: 'y', url: 'ORIGIN/rest/me' },
  },
  {
    name: 'a token that goes in a header to an address that came with it, and ends on a date',
    profile: {
      kept_values: { tenant: { from: 'answer', at: 'tenant.id' } },
      token: {
        url: 'ORIGIN/token',
        further_exchange: {
          url: 'ORIGIN/{tenant}/token',
          method: 'GET',
          parameters: [],
          headers: { Authorization: 'token {subject_token}' },
          answer: { names: { access_token: 'token' } },
        },
      },
    },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: { ...granted, tenant: { id: 7 } } },
      {
        method: 'GET',
        path: '/7/token',
        headers: { authorization: 'token a' },
        answer: { token: 'b', expires_at: '2100-01-01T00:00:00Z' },
      },
    ],
    session: { access_token: 'b', kept: { tenant: '7' } },
  },
  {
    name: 'RFC 8693: by the standard’s own names',
    profile: { token: { url: 'ORIGIN/token', further_exchange: { url: 'ORIGIN/exchange' } } },
    page,
    steps: [
      { path: '/token', body: codeRequest, answer: granted },
      {
        path: '/exchange',
        body: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: 'a',
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          ...client,
        },
        answer: {
          ...granted,
          access_token: 'b',
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        },
      },
    ],
    session: { access_token: 'b', lifetime: 3_600_000 },
  },
];
