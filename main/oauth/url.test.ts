// Which URLs and redirect URIs are taken, and when an address is the redirect.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../api/problems/index.ts';
import { baseUrlFault, isLoopbackHost, isRedirectTo, redirectUriFault, urlFault, webAddress } from './url.ts';

const notAUrl = 'no_url';
const loopbackOnly = 'url_http';
const https = 'url_not_https';
const fragment = 'url_with_fragment';
const user = 'url_with_user';
const blanks = 'has_blanks';

const both: [string, string | null][] = [
  ['https://api.example.com', null],
  ['https://api.example.com:8443/a/b?c=d%2f', null],
  ['HTTPS://API.example.com/', null],
  ['http://127.0.0.1:8080/cb', null],
  ['http://127.8.9.1/', null],
  ['http://localhost/', null],
  ['http://[::1]:1/', null],
  ['https://münchen.example/', null],
  ['http://api.example.com/', loopbackOnly],
  ['http://localhost.example.com/', loopbackOnly],
  ['http://127.0.0.1.example.com/', loopbackOnly],
  ['http://0.0.0.0/', loopbackOnly],
  ['http://192.168.0.1/', loopbackOnly],
  ['api.example.com', notAUrl],
  ['/path', notAUrl],
  ['', notAUrl],
  ['https://', notAUrl],
  ['https:', notAUrl],
  ['https:api.example.com', notAUrl],
  ['https:/api.example.com', notAUrl],
  ['https:\\\\api.example.com', notAUrl],
  ['https://a:99999/', notAUrl],
  [' https://api.example.com', blanks],
  ['https://api.example.com ', blanks],
  ['https://api.example.com/a b', blanks],
  ['https://api.example.com/#x', fragment],
  ['https://api.example.com/#', fragment],
  ['https://alice@api.example.com/', user],
  ['https://:keys@api.example.com/', user],
];

function expectFault(fault: Message | null, expected: string | null): void {
  expect(fault).toEqual(expected === null ? null : { reason: expected, params: {} });
}

describe('urlFault', () => {
  it.each([
    ...both,
    ['ftp://a.example', https],
    ['javascript:alert(1)', https],
    ['com.example.app:/cb', https],
  ] as typeof both)('judges %j', (text, expected) => {
    expectFault(urlFault(text), expected);
  });

  it('never throws, and never quotes the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string({ unit: 'binary' })), (text) => {
        for (const fault of [urlFault(text), redirectUriFault(text), baseUrlFault(text)]) {
          expect(fault?.params ?? {}).toEqual({});
        }
      }),
    );
  });
});

describe('baseUrlFault', () => {
  it('takes no query, since paths are added', () => {
    expect(baseUrlFault('https://hq.example.com/x/')).toBeNull();
    expectFault(baseUrlFault('https://hq.example.com?x=1'), 'url_with_query');
    expectFault(baseUrlFault('http://hq.example.com'), loopbackOnly);
  });
});

describe('redirectUriFault', () => {
  it.each([
    ...both,
    ['com.example.app:/cb', null],
    ['com.example.app:/cb?x=1', null],
    ['com.example.app:cb', null],
    ['com.example.app://host/cb', null],
    ['COM.example.app:/cb', null],
    ['myapp:/cb', null],
    ['myapp://callback', null],
    ...[
      'javascript:alert(1)',
      'JavaScript://x/%0aalert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'blob:https://x.example/1',
      'about:blank',
      'chrome://settings',
      'chrome-extension://abc/cb',
      'view-source:https://x.example/',
      'httpx://vendor.example/cb',
      'https.app:/cb',
      'ws://vendor.example/cb',
      'vbscript:x',
      'intent://x',
      'keyfob-app://window/',
      'urn:ietf:wg:oauth:2.0:oob',
    ].map((uri): [string, string] => [uri, 'scheme_refused']),
    ['com.example.app:/cb#x', fragment],
    ['com.example.app:/cb#', fragment],
    ['com.example.app://alice:keys@host/cb', user],
    ['com.example.app:/c b', 'no_redirect_uri'],
  ] as typeof both)('judges %j', (text, expected) => {
    expectFault(redirectUriFault(text), expected);
  });
});

describe('isLoopbackHost', () => {
  it.each(['localhost', '127.0.0.1', '127.255.0.9', '[::1]'])('%s is this machine', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });
  it.each(['localhost.', '127.0.0.1.example.com', '::1', '0.0.0.0', '[::]', 'a127.0.0.1', ''])(
    '%s is not',
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );
});

describe('isRedirectTo', () => {
  it.each([
    ['https://app.example.com/cb?code=1#x', 'https://app.example.com/cb', true],
    ['https://app.example.com:443/cb', 'https://app.example.com/cb', true],
    ['https://app.example.com/cb', 'https://app.example.com/cb?tenant=1', true],
    ['com.example.app:/cb?code=1', 'com.example.app:/cb', true],
    ['http://127.0.0.1:4711/callback?code=1', 'http://127.0.0.1:4711/callback', true],
    ['http://127.0.0.1:4712/callback?code=1', 'http://127.0.0.1:4711/callback', false],
    ['http://localhost:4711/callback', 'http://127.0.0.1:4711/callback', false],
    ['http://app.example.com/cb', 'https://app.example.com/cb', false],
    ['https://app.example.com/cb/', 'https://app.example.com/cb', false],
    ['https://app.example.com/cbx', 'https://app.example.com/cb', false],
    ['https://app.example.com.evil.example/cb', 'https://app.example.com/cb', false],
    ['https://app.example.com@evil.example/cb', 'https://app.example.com/cb', false],
    ['https://alice@app.example.com/cb', 'https://app.example.com/cb', false],
    ['com.example.other:/cb', 'com.example.app:/cb', false],
    ['', 'https://app.example.com/cb', false],
    ['code=1', 'https://app.example.com/cb', false],
  ])('%s for %s: %s', (address, redirectUri, expected) => {
    expect(isRedirectTo(address, redirectUri)).toBe(expected);
  });
});

describe('webAddress', () => {
  it.each([
    ['https://vendor.example.com/a b', 'https://vendor.example.com/a%20b'],
    ['HTTP://vendor.example.com', 'http://vendor.example.com/'],
    ['file:///etc/passwd', null],
    ['smb://host/share', null],
    ['vscode://x', null],
    ['javascript:alert(1)', null],
    ['--version', null],
    ['//vendor.example.com', null],
    ['', null],
  ])('of %j is %j', (text, expected) => {
    expect(webAddress(text)).toBe(expected);
  });
});
