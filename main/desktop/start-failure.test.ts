import { expect, it } from 'vitest';
import { KeyfobError } from '../api/errors.ts';
import { commandTexts, windowTexts } from '../messages/index.ts';
import { startFailure } from './start-failure.ts';

it('the box of a failed start was English for a person who reads German', () => {
  const known = new KeyfobError('loaded_too_late', {});
  const german = startFailure(known, windowTexts.de);
  expect(german.message).not.toBe(startFailure(known, commandTexts).message);
  expect(startFailure(new Error('no display'), windowTexts.de)).toEqual({
    message: 'Keyfob konnte nicht starten.',
    detail: 'no display',
  });
  // On standard error, for programs and whoever reads their logs.
  expect(startFailure(new Error('no display'), commandTexts).message).toBe('Keyfob could not start.');
});
