// What is taken from a redirect, from whichever part carries it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redirectParameters, splitAddress, type RedirectParameters } from './redirect.ts';

const from = (carriers: { query?: string; fragment?: string; body?: string }): RedirectParameters =>
  redirectParameters({ query: '', fragment: '', body: null, ...carriers });

function plainly(found: RedirectParameters): unknown {
  return found.ok
    ? Object.fromEntries([...found.parameters].map(([name, { value }]) => [name, value]))
    : found.reason;
}

describe('redirectParameters', () => {
  it.each<[string, Parameters<typeof from>[0], unknown]>([
    ['a query', { query: 'code=a&state=s' }, { code: 'a', state: 's' }],
    ['a query with its question mark', { query: '?code=a' }, { code: 'a' }],
    ['a fragment', { fragment: 'code=a&appCode=7' }, { code: 'a', appCode: '7' }],
    ['a fragment with its hash mark', { fragment: '#code=a' }, { code: 'a' }],
    ['a body', { body: 'code=a&state=s' }, { code: 'a', state: 's' }],
    [
      'a fragment beside the redirect URI’s own query',
      { query: 'tenant=1', fragment: 'code=a' },
      { code: 'a' },
    ],
    [
      'a query beside an empty fragment that some vendors add',
      { query: 'code=a', fragment: '_=_' },
      { code: 'a' },
    ],
    [
      'an error',
      { query: 'error=access_denied&error_description=No+way' },
      { error: 'access_denied', error_description: 'No way' },
    ],
    [
      'an implicit token',
      { fragment: 'access_token=t&expires_in=60' },
      { access_token: 't', expires_in: '60' },
    ],
    ['a blank as %20 and as +', { query: 'code=a%20b+c' }, { code: 'a b c' }],
    ['what is not well encoded', { query: 'code=a%b%zz%' }, { code: 'a%b%zz%' }],
    ['a name without a value', { query: 'code' }, { code: '' }],
    ['empty pieces', { query: '&&code=a&&' }, { code: 'a' }],
    ['an = in the value', { query: 'code=a==' }, { code: 'a==' }],
    ['nothing', {}, 'nothing'],
    ['no carrier', { query: 'state=s', fragment: '/home', body: 'x=1' }, 'nothing'],
    ['a carrier’s name as a value', { query: 'x=code' }, 'nothing'],
    ['a parameter twice', { query: 'code=a&code=b' }, 'repeated'],
    ['a parameter twice, encoded otherwise', { query: 'code=a&c%6fde=b' }, 'repeated'],
    ['a state twice', { query: 'code=a&state=s&state=s' }, 'repeated'],
  ])('reads %s', (_name, carriers, expected) => {
    expect(plainly(from(carriers))).toEqual(expected);
  });

  it('mixes no parts: a state in the query does not go with a code in the fragment', () => {
    expect(plainly(from({ query: 'state=s', fragment: 'code=a' }))).toEqual({ code: 'a' });
  });

  it.each(['%3d', '%3D', '=', '%2b', '+'])('keeps %s as it stood beside what it means', (raw) => {
    const found = from({ query: `code=x${raw}&state=s` });
    const code = found.ok ? found.parameters.get('code') : undefined;
    expect(code?.raw).toBe(`x${raw}`);
    expect(code?.value).toBe(`x${{ '%3d': '=', '%3D': '=', '=': '=', '%2b': '+', '+': ' ' }[raw] ?? ''}`);
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc
      .array(fc.constantFrom('code', '=', '&', '%', '%3d', '#', '?', 'state', 'error', '+', 'ü'))
      .map((pieces) => pieces.join('')),
  );

  it('never throws, and every raw text stands in the address, or is the value of a form', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.option(anyText, { nil: null }), (query, fragment, body) => {
        const found = redirectParameters({ query, fragment, body });
        if (found.ok) {
          for (const { raw, value } of found.parameters.values()) {
            expect([query, fragment].some((piece) => piece.includes(raw)) || raw === value).toBe(true);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives an encoded code back decoded, wherever it stands among others', () => {
    const others = fc.uniqueArray(fc.tuple(fc.stringMatching(/^x[a-z]{1,5}$/), fc.string()), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), others, fc.nat(9), (code, pairs, at) => {
        const pieces = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
        const wire = pieces.toSpliced(at, 0, `code=${encodeURIComponent(code)}`).join('&');
        const turned = pieces
          .toReversed()
          .toSpliced(0, 0, `code=${encodeURIComponent(code)}`)
          .join('&');
        expect(plainly(from({ query: wire }))).toEqual({ ...Object.fromEntries(pairs), code });
        expect(plainly(from({ fragment: turned }))).toEqual(plainly(from({ query: wire })));
      }),
    );
  });
});

describe('splitAddress', () => {
  it.each([
    ['https://a.example/cb?code=1#x=2', 'code=1', 'x=2'],
    ['https://a.example/cb#code=1?x=2', '', 'code=1?x=2'],
    ['com.example.app:/cb?code=1', 'code=1', ''],
    ['https://a.example/cb', '', ''],
    ['https://a.example/cb?a?b', 'a?b', ''],
    ['', '', ''],
  ])('splits "%s"', (address, query, fragment) => {
    expect(splitAddress(address)).toEqual({ query, fragment });
  });
});

describe('a form’s own encoding', () => {
  it('is taken off once, also from a code that is passed on as it stood', () => {
    const found = redirectParameters({ query: '', fragment: '', body: 'code=abc%253d&state=s1' });
    expect(found.ok && found.parameters.get('code')).toEqual({ raw: 'abc%3d', value: 'abc%3d' });
    const inAddress = redirectParameters({ query: 'code=abc%3d', fragment: '', body: null });
    expect(inAddress.ok && inAddress.parameters.get('code')).toEqual({ raw: 'abc%3d', value: 'abc=' });
  });
});
