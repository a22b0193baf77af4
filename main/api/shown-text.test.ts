// What comes from outside cannot steer a terminal or forge what stands beside it, whoever prints it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandTexts, describeProblem, sentenceOf, windowTexts } from '../messages/index.ts';
import { KeyfobError } from './errors.ts';
import { message } from './problems/index.ts';
import { shownJson, shownLines, shownText } from './shown-text.ts';

const bad = [
  ...[0x00, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x80, 0x85, 0x90, 0x9b, 0x9c, 0x9d, 0x9f],
  ...[0x00ad, 0x061c, 0x180e, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe0041],
].map((code) => String.fromCodePoint(code));
const forbidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('a text from outside turned a line around, moved the cursor or broke the line', () => {
  it.each(bad.map((sign) => [sign.codePointAt(0)?.toString(16), sign]))('U+%s', (_code, sign) => {
    const text = `a${sign}b`;
    expect(shownText(text)).toBe('a b');
    expect(shownJson({ text }, 2).replaceAll('\n', '')).not.toMatch(forbidden);
    expect(JSON.parse(shownJson({ text }))).toEqual({ text });
    expect(shownLines(text).replaceAll('\n', '')).not.toMatch(forbidden);
    for (const texts of [commandTexts, windowTexts.en, windowTexts.de]) {
      expect(sentenceOf(texts, message('text', { text, hint: '' }))).not.toMatch(forbidden);
      const { problem } = new KeyfobError('not_the_redirect', { redirect: text }, { advice: { en: text } });
      const { detail, hint } = describeProblem(texts, problem);
      expect(`${detail}${hint ?? ''}`).not.toMatch(forbidden);
      expect(sentenceOf(texts, message('names_no_field', { name: text, fields: [text] }))).not.toMatch(
        forbidden,
      );
    }
  });

  it('whatever it is, and however it is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(shownText(text)).not.toMatch(forbidden);
        expect(shownText(text)).toBe(shownText(shownText(text)));
      }),
      { numRuns: 2_000 },
    );
  });
});
