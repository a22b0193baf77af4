import { describe, expect, it } from 'vitest';
import { addressIn, readOptions } from './options.ts';

describe("the desktop's arguments", () => {
  it('reads what it knows and leaves the rest alone', () => {
    const given = [
      '--no-sandbox',
      '--disable-gpu',
      '--json',
      '--hidden',
      '--vault',
      'file',
      '--port=0',
      '--lang=de',
    ];
    expect(readOptions([...given, '--passphrase-file', 'p', 'keyfob://x'])).toEqual({
      json: true,
      hidden: true,
      newVault: false,
      vault: 'file',
      passphraseFile: 'p',
      port: 0,
      tcp: true,
      guestSocket: undefined,
      oidcAgent: false,
    });
    expect(readOptions(['--no-tcp', '--oidc-agent', '--guest-socket', '/run/guests.sock'])).toMatchObject({
      tcp: false,
      guestSocket: '/run/guests.sock',
      oidcAgent: true,
    });
    expect(readOptions([])).toEqual({
      json: false,
      hidden: false,
      newVault: false,
      vault: undefined,
      passphraseFile: undefined,
      port: undefined,
      tcp: true,
      guestSocket: undefined,
      oidcAgent: false,
    });
  });

  it.each([
    ['--vault', 'cupboard'],
    ['--vault'],
    ['--port', '70000'],
    ['--port', 'x'],
    ['--port'],
    ['--passphrase-file='],
    ['--guest-socket='],
  ])('refuses %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('finds an address wherever it stands', () => {
    expect(addressIn(['--flag', 'KEYFOB://callback?code=1', 'more'])).toBe('KEYFOB://callback?code=1');
    expect(addressIn(['https://keyfob.example/', '--x=keyfob:y'])).toBeNull();
  });
});
