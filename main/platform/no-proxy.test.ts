// The forms of NO_PROXY that people have in their environment.
import { expect, it } from 'vitest';
import { goesRound } from './no-proxy.ts';

const https = (host: string): string => `https://${host}/token`;

it.each<[list: string, round: readonly string[], through: readonly string[]]>([
  ['*', ['vendor.example', '10.0.0.1', '[2001:db8::1]'], []],
  ['a.test, *', ['vendor.example'], []],
  ['', [], ['vendor.example']],
  [
    'example.com',
    ['example.com', 'a.example.com', 'EXAMPLE.com.'],
    ['notexample.com', 'example.com.evil.test'],
  ],
  ['.example.com', ['a.example.com', 'a.b.example.com', 'example.com'], ['badexample.com']],
  ['*.example.com', ['a.example.com'], ['badexample.com']],
  ['example.com.', ['example.com'], []],
  ['example.com:8443', ['example.com:8443', 'a.example.com:8443'], ['example.com', 'example.com:844']],
  ['example.com:443', ['example.com', 'example.com:443'], ['example.com:8443']],
  [' a.test , b.test\tc.test  d.test', ['a.test', 'b.test', 'c.test', 'd.test'], ['e.test']],
  ['EXAMPLE.COM', ['example.com'], []],
  ['10.0.0.1', ['10.0.0.1', '10.0.0.1:8443'], ['10.0.0.2', '10.0.0.1.example.com']],
  ['10.0.0.1:8443', ['10.0.0.1:8443'], ['10.0.0.1']],
  ['10.0.0.0/8', ['10.1.2.3'], ['11.0.0.1', 'a10.0.0.0.test']],
  ['10.0.0.1-10.0.0.9', ['10.0.0.5'], ['10.0.0.10']],
  ['2001:db8::1', ['[2001:db8::1]'], ['[2001:db8::2]']],
  ['[2001:db8::1]:8443', ['[2001:db8::1]:8443'], ['[2001:db8::1]']],
  ['2001:db8::/32', ['[2001:db8:1::1]'], ['[2001:db9::1]', '10.0.0.1']],
  ['/,-,.,:,:80,999.1.1.1/99', [], ['vendor.example', '10.0.0.1']],
])('NO_PROXY=%j leaves out the hosts that it names', (list, round, through) => {
  expect(round.filter((host) => !goesRound(https(host), list))).toEqual([]);
  expect(through.filter((host) => goesRound(https(host), list))).toEqual([]);
});
