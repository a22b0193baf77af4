// What a refusal says to a person.
import { describe, expect, it } from 'vitest';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { message } from '../api/problems/index.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { judge, vendorRefused, whyNoSignIn } from './refusal.ts';

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

describe('a stored password that the vendor takes no more', () => {
  it('was refused “without a reason” though the vendor gave one', () => {
    const why = message('vendor_status_and_error', { status: 401, error: 'Locked' });
    const failing = {
      kind: 'ambiguous',
      status: 401,
      isJson: true,
      message: why,
      words: 'Locked',
      retryAfterMs: null,
    } as const;
    const judged = judge('stored_password', failing, profileOf('oauth2'));
    if (judged.kind !== 'ended') throw new Error('it has ended');
    expect(whyNoSignIn({ ...judged.vendorError, at: 0 })).toEqual(
      message('refused_status_because', { status: 401, description: 'Locked' }),
    );
  });
});
