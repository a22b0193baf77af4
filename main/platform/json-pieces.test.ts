import fc from 'fast-check';
import { expect, it } from 'vitest';
import { indentedPieces } from './json-pieces.ts';
import { judgeDigest, piecesWithDigest } from './self-digest.ts';

const whole = (value: object): string => JSON.stringify(value, undefined, '\t');

it('the pieces of an object joined are its indented JSON, whatever it holds', () => {
  const members = fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.dictionary(fc.string(), fc.jsonValue())),
  );
  fc.assert(
    fc.property(members, (value) => {
      expect(indentedPieces(value).join('')).toBe(whole(value));
      // Again, of the texts that were kept.
      expect(indentedPieces(value).join('')).toBe(whole(value));
    }),
  );
  const odd = { '{}': {}, 'a\nb': { '\n': { 'c\n': 'd\n\ud800' }, none: undefined, 1: [], 0: {} }, x: [{}] };
  expect(indentedPieces(odd).join('')).toBe(whole(odd));
});

it('the pieces of an object have a new text for a member that is new, and the one before for another', () => {
  const [a, b] = [{ url: 'a' }, { url: 'b' }];
  const before = indentedPieces({ accounts: { a, b } });
  const after = indentedPieces({ accounts: { a, b: { ...b, url: 'c' }, again: a } });
  expect(after.join('')).toBe(whole({ accounts: { a, b: { url: 'c' }, again: { url: 'a' } } }));
  expect(after.filter((piece) => before.includes(piece) && piece.includes('url'))).toHaveLength(1);
});

it('an object of which pieces were made cannot be changed under its text', () => {
  const own = { fields: { id: '1', more: Object.freeze([{ deep: true }]) } };
  indentedPieces({ accounts: { own } });
  expect(() => (own.fields.id = '2')).toThrow(TypeError);
  expect(() => (own.fields.more[0]!.deep = false)).toThrow(TypeError);
});

it('the pieces of an object with its digest are one that fits, an empty one too', () => {
  for (const value of [{}, { version: 1 }, { accounts: { a: { url: 'ä' } } }, { digest: 'before' }]) {
    const read = JSON.parse(piecesWithDigest(value).join('')) as Record<string, unknown>;
    expect(judgeDigest(read)).toBe('fits');
    expect(judgeDigest({ ...read, more: 1 })).toBe('differs');
  }
});
