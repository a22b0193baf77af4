// What a refusal says to a person.
import { describe, expect, it } from 'vitest';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { vendorRefused } from './refusal.ts';

describe('vendorRefused', () => {
  it('knows the profile’s hint, then a general one', () => {
    expect(vendorRefused(profileOf('officernd'), { error: 'invalid_scope' }).hint).toMatch(/^Ask for less/);
    expect(vendorRefused(profileOf('oauth2'), { error: 'invalid_scope' }).hint).toMatch(
      /^Ask for another scope/,
    );
  });

  it.each(['constructor', 'toString', '__proto__', 'whatever'])(
    'has a text to say about the error %s',
    (error) => {
      for (const id of ['officernd', 'oauth2']) {
        expect(vendorRefused(profileOf(id), { error }).hint).toBe(
          'Check the account’s settings and secrets.',
        );
      }
    },
  );
});
