import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyfobError } from '../api/errors.ts';
import {
  accountOf,
  chunkAccount,
  chunkOf,
  joinChunks,
  layOut,
  nameOf,
  readHead,
} from './keychain-entries.ts';

// Any text: of code points beyond the first plane, of halves of pairs, of NUL.
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)), maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('😀', '\ud83d', '\ude00', '"', '\\', '\0', 'ü', 'a'), maxLength: 400 }),
);

describe('a text laid out over keychain entries', () => {
  it('comes back as it was, in entries that fit whichever way the store counts', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 384, max: 2560 }), (text, limit) => {
        const layout = layOut(text, 7, '0123abcd', limit);
        for (const entry of [layout.head, ...layout.chunks]) {
          expect(Buffer.byteLength(entry, 'utf8')).toBeLessThanOrEqual(limit);
          expect(Buffer.byteLength(entry, 'utf16le')).toBeLessThanOrEqual(limit);
          expect(entry).toMatch(/^[\x20-\x7e]+$/);
        }
        const head = readHead('hq', layout.head);
        expect(head.version).toBe(7);
        if (head.kind === 'whole') expect(head.text).toBe(text);
        else {
          expect(head).toMatchObject({ generation: '0123abcd', chunks: layout.chunks.length });
          expect(joinChunks('hq', layout.chunks, head.sha256)).toBe(text);
        }
      }),
    );
  });

  it('keeps a short text whole and splits one that is a byte too long', () => {
    const envelope = '{"keyfob":2,"version":7,"text":""}'.length;
    expect(layOut('a'.repeat(1280 - envelope), 7, 'ab', 2560).chunks).toHaveLength(0);
    expect(layOut('a'.repeat(1281 - envelope), 7, 'ab', 2560).chunks).toHaveLength(1);
    expect(layOut('a'.repeat(100_000), 7, 'ab', Number.POSITIVE_INFINITY).chunks).toHaveLength(0);
  });

  it('tells a missing, altered or exchanged chunk and a foreign head', () => {
    const { head, chunks } = layOut('x'.repeat(900), 7, 'ab', 384);
    const read = readHead('hq', head);
    const sha256 = read.kind === 'chunked' ? read.sha256 : null;
    expect(chunks.length).toBeGreaterThan(2);
    const other = layOut('y'.repeat(900), 7, 'ab', 384).chunks;
    const { problem } = new KeyfobError('keychain_entry_damaged', { account: 'hq' });
    for (const bad of [
      [null, ...chunks.slice(1)],
      chunks.slice(0, -1),
      [chunks[0] ?? '', ...other.slice(1)],
    ]) {
      expect(() => joinChunks('hq', bad, sha256)).toThrow(expect.objectContaining({ problem }));
    }
    for (const text of [
      '',
      'plain',
      '"x"',
      '{"keyfob":3,"text":"x"}',
      '{"keyfob":1}',
      '{"keyfob":2,"text":"x"}',
    ]) {
      expect(() => readHead('hq', text)).toThrow(expect.objectContaining({ problem }));
    }
  });

  it('reads what an older Keyfob wrote, as version 1', () => {
    expect(readHead('hq', '{"keyfob":1,"text":"x"}')).toEqual({ kind: 'whole', version: 1, text: 'x' });
    expect(readHead('hq', '{"keyfob":1,"generation":"0a1b","chunks":2}')).toEqual({
      kind: 'chunked',
      version: 1,
      generation: '0a1b',
      chunks: 2,
      sha256: null,
    });
    expect(joinChunks('hq', ['"a', 'b"'], null)).toBe('ab');
  });
});

describe('names of keychain accounts', () => {
  it('come back from their accounts and never look like a chunk', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        fc.pre(name.isWellFormed());
        expect(nameOf(accountOf(name))).toBe(name);
        const chunk = chunkAccount(accountOf(name), '0a1b', 12);
        expect(nameOf(chunk)).toBeNull();
        expect(chunkOf(chunk)).toEqual({ account: accountOf(name), generation: '0a1b' });
      }),
    );
    expect(accountOf('berlin-sandbox_1.b')).toBe('berlin-sandbox_1.b');
  });

  it('must be whole', () => {
    for (const name of ['', '\ud83d']) {
      expect(() => accountOf(name)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    }
  });
});
