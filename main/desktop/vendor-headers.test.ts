import { describe, expect, it } from 'vitest';
import { headerPlan } from './vendor-headers.ts';

const url = 'https://vendor.example:8443/token';

describe('headers for vendors', () => {
  it('bear the name of Keyfob unless the caller has one', () => {
    expect(headerPlan({ 'X-Text': 'a b' }, url, 'Keyfob/1')).toEqual({
      ascii: true,
      headers: { 'x-text': 'a b', 'user-agent': 'Keyfob/1' },
    });
    expect(headerPlan({ 'User-Agent': 'mine' }, url, 'Keyfob/1').headers).toEqual({ 'user-agent': 'mine' });
  });

  it('leave host and length to the network where they say the same', () => {
    expect(headerPlan({ Host: 'vendor.example:8443', 'Content-Length': '0' }, url, 'k').headers).toEqual({
      'user-agent': 'k',
    });
  });

  it.each([{ Host: 'other.example' }, { 'Transfer-Encoding': 'chunked' }, { Connection: 'upgrade' }])(
    'refuse what the network would not send: %o',
    (named) => {
      expect(() => headerPlan(named, url, 'k')).toThrow(/cannot be set by a request/);
    },
  );

  it('tell values beyond ASCII, and refuse those beyond Latin-1', () => {
    expect(headerPlan({ 'x-user': 'Zo\xeb' }, url, 'k').ascii).toBe(false);
    expect(() => headerPlan({ 'x-user': '\u0141' }, url, 'k')).toThrow(TypeError);
    expect(() => headerPlan({ 'x-user': 'a\r\nb: c' }, url, 'k')).toThrow(TypeError);
  });
});
