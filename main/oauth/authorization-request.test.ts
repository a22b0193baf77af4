// The address of the sign-in page.
import { describe, expect, it } from 'vitest';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';
import { withQuery } from './authorization-request.ts';

const five = {
  response_type: 'code',
  client_id: 'client 1',
  redirect_uri: 'https://app.example.com/cb?x=1',
  scope: 'email all',
  state: 's-1_~',
};

describe('the address of the sign-in page', () => {
  it('sends all five parameters that the Eptura login page wants', () => {
    expect(withQuery('https://hq.example.com/login.html', five)).toBe(
      'https://hq.example.com/login.html?response_type=code&client_id=client%201&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1&scope=email%20all&state=s-1_~',
    );
  });

  it.each([
    ['?tenant=a%2fb+c%20d', '?tenant=a%2fb+c%20d&state=s'],
    ['?tenant', '?tenant&state=s'],
    ['?', '?state=s'],
    ['?a=1&&b=2&', '?a=1&b=2&state=s'],
    ['?state=old&a=1', '?a=1&state=s'],
    ['?a=1&st%61te=old&state=older', '?a=1&state=s'],
    ['?a=x?state=1', '?a=x?state=1&state=s'],
    ['?State=other', '?State=other&state=s'],
    ['?%zz=1', '?%zz=1&state=s'],
  ])('keeps the query %s as it stands, but for what it sets itself', (query, expected) => {
    const base = 'https://id.example.com/authorize';
    expect(withQuery(base + query, { state: 's' })).toBe(base + expected);
  });

  it('leaves out what is empty, and keeps what stands for it', () => {
    expect(withQuery('https://id.example.com/a?scope=x', { scope: '', state: 's' })).toBe(
      'https://id.example.com/a?scope=x&state=s',
    );
  });
});

describe('the prompt of the sign-in page', () => {
  const issuer = 'https://id.example.com';
  const page = async (
    settings: Record<string, string>,
    metadata: Record<string, unknown> = {},
    provider = 'oidc',
  ): Promise<string | null> => {
    const named = settings['issuer'] ?? issuer;
    const context = contextOf(provider, 'authorization_code', {
      issuer: named,
      client_id: 'c',
      ...settings,
    });
    const kit = recorded(
      answer({
        issuer: named,
        authorization_endpoint: `${named}/authorize`,
        token_endpoint: `${named}/token`,
        ...metadata,
      }),
    );
    const begun = await kit.exchange.beginPage(context, 'authorization_code');
    if (begun.kind !== 'granted') throw new Error(begun.kind);
    const made = await begun.value('http://127.0.0.1/callback');
    if (made.kind !== 'granted') throw new Error(made.kind);
    return new URL(made.value.url).searchParams.get('prompt');
  };
  const offline = { scope: 'openid offline_access' };

  it('was consent for everyone who asks for offline access, and could not be switched off', async () => {
    expect(await page({ ...offline, prompt: '' })).toBeNull();
    expect(await page({ ...offline, prompt: 'select_account' })).toBe('select_account');
  });

  it('is, where it is left out, what the vendor needs to give a refresh token, and no more', async () => {
    expect(await page(offline)).toBe('consent');
    expect(await page({ ...offline, prompt: 'as_needed' })).toBe('consent');
    expect(await page({})).toBeNull();
    expect(await page(offline, { prompt_values_supported: ['none', 'login'] })).toBeNull();
    expect(await page(offline, { prompt_values_supported: ['none', 'consent'] })).toBe('consent');
    for (const known of ['https://login.microsoftonline.com/t/v2.0', 'https://acme.okta.com']) {
      expect(await page({ ...offline, issuer: known })).toBeNull();
    }
    expect(await page({ ...offline, issuer: 'https://okta.com.evil.example' })).toBe('consent');
  });

  it('is sent without offline access too', async () => {
    expect(await page({ prompt: 'login' })).toBe('login');
  });
});
