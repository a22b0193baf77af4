// Where a JSON file is wrong, and why, in words that say what to do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { short } from '../../testing/short-message.ts';
import { message } from '../api/problems/index.ts';
import { parseJsonSource } from './json-source.ts';

describe('parseJsonSource', () => {
  it.each([
    ['{\n  "a": x\n}', 2, 8, 'json_value_wanted'],
    ["{\n  'a': 1\n}", 2, 3, 'json_name_wanted'],
    ['{\n  "a": \'x\'\n}', 2, 8, 'json_value_wanted'],
    ['{"a": 1,\n}', 1, 8, 'json_comma_too_many(})'],
    ['[1,\n2,]', 2, 2, 'json_comma_too_many(])'],
    ['{"a": 1\n "b": 2}', 2, 2, 'json_comma_wanted'],
    ['{"a" 1}', 1, 6, 'json_colon_wanted'],
    ['{"a": "x\ny"}', 1, 7, 'json_text_open'],
    ['{"a": "x', 1, 7, 'json_text_open'],
    ['{"a": "\t"}', 1, 8, 'json_control'],
    ['{"a": "\\q"}', 1, 8, 'json_bad_escape'],
    ['{"a": "\\u12"}', 1, 8, 'json_bad_escape'],
    ['{"a": 01}', 1, 8, 'json_comma_wanted'],
    ['{"a": tru}', 1, 7, 'json_value_wanted'],
    ['{"a": }', 1, 7, 'json_value_wanted'],
    ['{"a": 1}\n}', 2, 1, 'json_more_text'],
    ['// profile\n{}', 1, 1, 'json_comment'],
    ['{\n  # here\n}', 2, 3, 'json_comment'],
    ['{"a": 1, /* x */ "b": 2}', 1, 10, 'json_comment'],
    ['{\n"a": {\n"b": 1', 3, 7, 'json_bracket_open(}, {, 2)'],
    ['', 1, 1, 'json_empty'],
    [' \n ', 2, 2, 'json_empty'],
    ['{"a": 1,\n"a": 2}', 2, 1, 'json_name_twice'],
  ])('tells line, column and reason of %j', (source, line, column, reason) => {
    const parsed = parseJsonSource(source);
    expect(parsed).toMatchObject({ ok: false, line, column });
    expect(parsed.ok ? '' : short(parsed.problem)).toBe(reason);
  });

  it('ends where it is nested too deeply', () => {
    expect(parseJsonSource('['.repeat(100_000))).toEqual({
      ok: false,
      line: 1,
      column: 65,
      problem: message('json_too_deep', {}),
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
          expect(parsed.problem.reason).toBe('json_name_twice');
        }
      }),
      { numRuns: 500 },
    );
  });
});
