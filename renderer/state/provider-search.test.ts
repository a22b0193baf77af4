import { describe, expect, it } from 'vitest';
import { windowKit } from '../../testing/window-kit.ts';
import { findProviders, issuerIn } from './provider-search.ts';

describe('providers', () => {
  it('are found best match first', async () => {
    await using kit = await windowKit();
    const { providers } = await kit.ask('overview', {});
    const found = (typed: string): string[] =>
      findProviders(providers, typed, (text) => (typeof text === 'string' ? text : text.en)).map(
        ({ id }) => id,
      );
    expect(found('oauth 2.0')).toEqual(['oauth2', 'oauth2-json']);
    expect(found('oauth2-json')[0]).toBe('oauth2-json');
    expect(found('json oauth')).toEqual(['oauth2-json']);
    expect(found('ioffice')[0]).toBe('ioffice');
    expect(found('')).toHaveLength(providers.length);
    expect(found('no such vendor')).toEqual([]);
  });
});

describe('a pasted address', () => {
  it.each([
    ['https://id.example.com/.well-known/openid-configuration', 'https://id.example.com'],
    [' https://id.example.com/realms/a/.well-known/openid-configuration ', 'https://id.example.com/realms/a'],
    ['https://tenant.example.com/', 'https://tenant.example.com/'],
    ['http://localhost:8080/realms/a', 'http://localhost:8080/realms/a'],
    [
      'https://id.example.com/.well-known/oauth-authorization-server/tenant1',
      'https://id.example.com/tenant1',
    ],
    ['https://id.example.com/.well-known/openid-configuration/realms/a', 'https://id.example.com/realms/a'],
    ['https://id.example.com/.well-known/oauth-authorization-server/', 'https://id.example.com'],
    ['https://id.example.com/.well-known/jwks.json', null],
    ['https://id.example.com/a/.well-known/oauth-authorization-server/b', null],
    ['http://id.example.com', null],
    ['https://id.example.com/?tenant=a', null],
    ['javascript:alert(1)', null],
    ['oauth 2.0', null],
  ])('%s names the issuer %s', (typed, issuer) => {
    expect(issuerIn(typed)).toBe(issuer);
  });
});
