// No path leads out of an API, by any way in which it may be written.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressUnder } from './api-address.ts';

const base = 'https://api.example.com/v1';

describe('a path under an API', () => {
  it.each([
    [base, '/me', `${base}/me`],
    [`${base}/`, '/me', `${base}/me`],
    [base, '/', `${base}/`],
    [base, '/v1', base],
    [base, '/v1/me', `${base}/me`],
    ['https://a.example/site/rest/v2', '/rest/v2/me', 'https://a.example/site/rest/v2/me'],
    ['https://a.example/site/rest/v2', '/v2/me', 'https://a.example/site/rest/v2/v2/me'],
    [base, '/v1x/me', `${base}/v1x/me`],
    [base, '/a//b', `${base}/a//b`],
    [base, '/@evil.example/', `${base}/@evil.example/`],
    [base, '/https://evil.example/', `${base}/https://evil.example/`],
    [base, '/.../a.b/%2ehidden', `${base}/.../a.b/%2ehidden`],
    [base, '/Büro', `${base}/B%C3%BCro`],
    ['https://api.example.com', '/me', 'https://api.example.com/me'],
    ['http://127.0.0.1:9/x', '/me', 'http://127.0.0.1:9/x/me'],
  ])('%s and %s', (root, path, address) => {
    expect(addressUnder(root, path)).toBe(address);
  });

  it.each([
    ...['', 'me', '*', '@evil.example', ':1', '.evil.example', 'https://evil.example/', '?x'],
    ...['//evil.example', '/\\evil.example', '/a\\b', '/a b', '/a\tb', '/a\nb', '/a\r\nx: y', '/a?b', '/a#b'],
    ...['/..', '/../token', '/a/../../token', '/./a', '/a/.', '/..;/token', '/..;x=1/token'],
    ...['/%2e%2e/token', '/.%2E/token', '/%2e', '/..%2ftoken', '/..%5ctoken', '/a%2f..%2f..%2ftoken'],
    ...['/%252e%252e/token', '/%25252e%25252e/token', `/%${'25'.repeat(9)}2e`],
  ])('is none: %j', (path) => {
    expect(addressUnder(base, path)).toBeNull();
  });

  it.each([
    '',
    'api.example.com',
    'http://api.example.com',
    `${base}?x=1`,
    `${base}#x`,
    'https://u@a.example',
  ])('stands under no such base: %s', (root) => {
    expect(addressUnder(root, '/me')).toBeNull();
  });

  it('never led to another host or folder', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        '%2e',
        '%2f',
        '%5c',
        '%25',
        '@',
        ':',
        ';',
        '?',
        '#',
        'v1',
        'é',
        '\t',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
    fc.assert(
      fc.property(path, (text) => {
        const address = addressUnder(base, text);
        if (address === null) return;
        const read = new URL(address);
        expect(read.origin).toBe('https://api.example.com');
        expect(`${read.pathname}/`).toMatch(/^\/v1\//);
        expect(read.search + read.hash + read.username).toBe('');
      }),
      { numRuns: 10_000 },
    );
  });
});
