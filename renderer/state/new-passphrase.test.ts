import { describe, expect, it } from 'vitest';
import { NewPassphrase } from './new-passphrase.svelte.ts';

describe('a new passphrase', () => {
  it('is taken once when both fields agree, and is kept no longer', () => {
    const draft = new NewPassphrase();
    draft.first = draft.second = 'a long passphrase';
    expect(draft.take()).toBe('a long passphrase');
    expect([draft.first, draft.second, draft.error]).toEqual(['', '', null]);
  });

  it('is not taken when it is missing or the fields differ', () => {
    const draft = new NewPassphrase();
    expect([draft.take(), draft.error]).toEqual([null, 'missing']);
    draft.first = 'one';
    draft.second = 'another';
    expect([draft.take(), draft.error]).toEqual([null, 'differs']);
    expect(draft.first).toBe('one');
  });
});
