import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from './text-encoding.ts';

const utf16be = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();

describe('a text that a tool of Windows wrote', () => {
  it('is the same words with and without a byte order mark, in UTF-8 and in UTF-16', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^[\ufeff\ufffe]/.test(text) && text.isWellFormed());
        expect(decodeText(Buffer.from(text))).toBe(text);
        expect(decodeText(Buffer.from(`\ufeff${text}`))).toBe(text);
        expect(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe(text);
        expect(decodeText(utf16be(text))).toBe(text);
      }),
    );
  });

  it('is not made another one where it is none, as in Latin 1', () => {
    for (const bytes of [
      [0x61, 0xff, 0xfe, 0x62],
      [0x66, 0xfc, 0x72],
      [0xff, 0xfe, 0x00, 0xd8],
    ])
      expect(() => decodeText(Uint8Array.from(bytes), { fatal: true })).toThrow(TypeError);
  });
});
