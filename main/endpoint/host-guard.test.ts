import { describe, expect, it } from 'vitest';

import { hostGuard, originForm } from './host-guard.ts';

const check = (rawHeaders: string[], target = '/v1/token', listener: 'tcp' | 'socket' = 'tcp') =>
  hostGuard({ listener, port: 15393, target, rawHeaders });

describe('the host guard of the endpoint', () => {
  it.each(['127.0.0.1:15393', 'localhost:15393', '[::1]:15393'])('lets Host %s pass', (host) => {
    expect(check(['Host', host])).toBeNull();
    expect(check(['hOsT', host])).toBeNull();
  });

  it.each([
    '',
    '127.0.0.1',
    'localhost',
    '127.0.0.1:15394',
    '127.0.0.1:15393.',
    '127.0.0.1.:15393',
    'localhost.:15393',
    'LOCALHOST:15393',
    'localhost:15393.evil.example',
    'localhost:15393@evil.example',
    'evil.example:15393',
    '127.0.0.1:015393',
    '127.0.0.2:15393',
    '127.1:15393',
    '0.0.0.0:15393',
    '[::]:15393',
    '[::ffff:127.0.0.1]:15393',
    '[0:0:0:0:0:0:0:1]:15393',
    '127.0.0.1:15393, 127.0.0.1:15393',
    'http://127.0.0.1:15393',
  ])('turns Host %j away', (host) => {
    expect(check(['Host', host])).toBe('wrong_host');
  });

  it('turns a missing Host and two Hosts away, even two right ones', () => {
    expect(check([])).toBe('wrong_host');
    expect(check(['Host', '127.0.0.1:15393', 'host', '127.0.0.1:15393'])).toBe('wrong_host');
    expect(check(['Host', '127.0.0.1:15393', 'Host', 'evil.example'])).toBe('wrong_host');
  });

  it.each(['Origin', 'referer', 'Sec-Fetch-Site'])('knows a browser by %s, whatever it says', (name) => {
    for (const value of ['', 'null', 'none', 'http://127.0.0.1:15393'])
      expect(check(['Host', '127.0.0.1:15393', name, value])).toBe('browser_refused');
  });

  it('looks at Host first', () => {
    expect(check(['Origin', 'http://evil.example', 'Host', 'evil.example'])).toBe('wrong_host');
  });

  it('takes an absolute target for this very address alone', () => {
    const host = ['Host', '127.0.0.1:15393'];
    expect(check(host, 'http://127.0.0.1:15393/v1/health')).toBeNull();
    expect(check(host, 'http://127.0.0.1:15393')).toBeNull();
    expect(check(host, 'http://evil.example/v1/health')).toBe('wrong_host');
    expect(check(host, 'http://127.0.0.1:15393.evil.example/')).toBe('wrong_host');
    expect(check(host, 'http://127.0.0.1:15393@evil.example/')).toBe('wrong_host');
    expect(check(host, 'evil.example:443')).toBe('wrong_host');
    expect(check(['Host', 'evil.example'], 'http://127.0.0.1:15393/')).toBe('wrong_host');
    expect(originForm('http://127.0.0.1:15393/v1/health?a=b')).toBe('/v1/health?a=b');
    expect(originForm('http://127.0.0.1:15393')).toBe('/');
    expect(originForm('*')).toBe('/*');
  });

  it('leaves the socket alone', () => {
    expect(check(['Host', 'anything', 'Origin', 'null'], '/', 'socket')).toBeNull();
  });
});
