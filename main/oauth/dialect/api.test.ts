// How an API takes the token.
import { describe, expect, it } from 'vitest';
import { profileOf } from '../../../testing/recorded-exchange.ts';
import { fieldValues } from '../fields.ts';
import { apiPlacement } from './api.ts';

describe('apiPlacement', () => {
  it.each([
    ['eptura-workplace', {}, { headers: { Authorization: 'Bearer t/+=' }, query: {} }],
    ['ioffice', {}, { headers: { 'x-access-token': 't/+=' }, query: {} }],
    ['ioffice', { placement: 'query' }, { headers: {}, query: { access_token: 't/+=' } }],
    ['oauth2-json', {}, { headers: { Authorization: 'Bearer t/+=' }, query: {} }],
    ['organization-api', {}, { headers: { Authorization: 'Bearer t/+=' }, query: {} }],
    ['officernd', {}, { headers: { Authorization: 'Bearer t/+=' }, query: {} }],
  ])('puts the token where %s wants it, with %j', (id, settings, expected) => {
    const profile = profileOf(id);
    const values = fieldValues(profile, settings);
    expect(apiPlacement(profile, { values, secrets: {} }, { access_token: 't/+=' })).toEqual(expected);
  });
});
