// Where a JSON file is wrong, and why, in words that say what to do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonSource } from './json-source.ts';

describe('parseJsonSource', () => {
  it.each([
    ['{\n  "a": x\n}', 2, 8, /wants a value/],
    ["{\n  'a': 1\n}", 2, 3, /name in double quotes/],
    ['{\n  "a": \'x\'\n}', 2, 8, /text in double quotes/],
    ['{"a": 1,\n}', 1, 8, /comma before the }: take it out/],
    ['[1,\n2,]', 2, 2, /comma before the ]: take it out/],
    ['{"a": 1\n "b": 2}', 2, 2, /wants a comma or a closing bracket/],
    ['{"a" 1}', 1, 6, /wants a : after the name/],
    ['{"a": "x\ny"}', 1, 7, /without its closing "/],
    ['{"a": "x', 1, 7, /without its closing "/],
    ['{"a": "\t"}', 1, 8, /control character/],
    ['{"a": "\\q"}', 1, 8, /begins no escape/],
    ['{"a": "\\u12"}', 1, 8, /begins no escape/],
    ['{"a": 01}', 1, 8, /wants a comma/],
    ['{"a": tru}', 1, 7, /wants a value/],
    ['{"a": }', 1, 7, /wants a value/],
    ['{"a": 1}\n}', 2, 1, /more text after its end/],
    ['// profile\n{}', 1, 1, /comment/],
    ['{\n  # here\n}', 2, 3, /comment/],
    ['{"a": 1, /* x */ "b": 2}', 1, 10, /comment/],
    ['{\n"a": {\n"b": 1', 3, 7, /ends before a } closes the { of line 2/],
    ['', 1, 1, /is empty/],
    [' \n ', 2, 2, /is empty/],
    ['{"a": 1,\n"a": 2}', 2, 1, /twice/],
  ])('%j', (source, line, column, reason) => {
    const parsed = parseJsonSource(source);
    expect(parsed).toMatchObject({ ok: false, line, column });
    expect(parsed.ok ? '' : parsed.reason).toMatch(reason);
  });

  it('ends where it is nested too deeply', () => {
    expect(parseJsonSource('['.repeat(100_000))).toEqual({
      ok: false,
      line: 1,
      column: 65,
      reason: 'is nested too deeply here',
    });
  });

  it('takes a byte order mark and Windows line ends', () => {
    const parsed = parseJsonSource('\ufeff{\r\n  "a": [1,\r\n 2]}');
    expect(parsed).toMatchObject({ ok: true, value: { a: [1, 2] } });
    expect(parsed.ok && parsed.positionOf(['a', '1'])).toEqual({ line: 3, column: 2 });
  });

  it('finds every member at its name, and the nearest ancestor of what is not there', () => {
    const parsed = parseJsonSource('{\n "a": {\n  "\\u0062": [{"c": 1}]}}');
    const at = (...path: string[]): unknown => parsed.ok && parsed.positionOf(path);
    expect(at()).toEqual({ line: 1, column: 1 });
    expect(at('a')).toEqual({ line: 2, column: 2 });
    expect(at('a', 'b')).toEqual({ line: 3, column: 3 });
    expect(at('a', 'b', '0', 'c')).toEqual({ line: 3, column: 15 });
    expect(at('a', 'x', 'y')).toEqual({ line: 2, column: 2 });
  });

  it('agrees with JSON.parse on what is JSON, whatever is taken out of it or put in', () => {
    const broken = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(60),
        fc.nat(3),
        fc.constantFrom('', ',', '"', '}', ']', ':', '1', '\\'),
      )
      .map(([text, at, length, put]) => text.slice(0, at) + put + text.slice(at + length));
    fc.assert(
      fc.property(fc.oneof(fc.json({ maxDepth: 3 }), broken, fc.string()), (text) => {
        const parsed = parseJsonSource(text);
        let value: unknown;
        let good = true;
        try {
          value = JSON.parse(text);
        } catch {
          good = false;
        }
        if (parsed.ok) {
          expect(good).toBe(true);
          expect(parsed.value).toEqual(value);
        } else if (good) {
          expect(parsed.reason).toMatch(/twice/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
