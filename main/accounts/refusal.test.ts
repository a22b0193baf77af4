// What a refusal says to a person.
import { describe, expect, it } from 'vitest';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { vendorRefused } from './refusal.ts';

const hintOf = (provider: string, error: string): string | null =>
  describeProblem(commandTexts, vendorRefused('hq', profileOf(provider), { error }).problem).hint;

describe('vendorRefused', () => {
  it('knows the profile’s hint, then a general one', () => {
    expect(hintOf('officernd', 'invalid_scope')).toMatch(/^Ask for less/);
    expect(hintOf('oauth2', 'invalid_scope')).toMatch(/^Request another scope/);
  });

  it.each(['constructor', 'toString', '__proto__', 'whatever'])(
    'has a text to say about the error %s',
    (error) => {
      for (const id of ['officernd', 'oauth2']) {
        expect(hintOf(id, error)).toBe('Check the account’s settings and secrets.');
      }
    },
  );
});
