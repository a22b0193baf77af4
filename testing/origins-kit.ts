// An own profile whose addresses a test moves, a vendor at every origin, and what each origin got.
import { expect } from 'vitest';
import type { Profile } from '../main/oauth/profile.ts';
import { json, type Answer, type Asked, type Kit } from './core-kit.ts';
import { profileOf } from './recorded-exchange.ts';

export const good = 'https://login.good.example';
export const evil = 'https://evil.example';
export const minute = 60_000;

/** A vendor at every origin: it grants whatever it is asked, and tells its metadata as a test says. */
export function vendor(metadata: () => Record<string, string> = () => ({})): Answer {
  let count = 0;
  return ({ url }) => {
    if (url.endsWith('/.well-known/openid-configuration')) return json(metadata());
    if (url.includes('revoke')) return json({});
    if (url.endsWith('/device')) {
      return json({
        device_code: 'd',
        user_code: 'u',
        verification_uri: `${good}/d`,
        expires_in: 600,
        interval: 5,
      });
    }
    if (url.endsWith('/me')) return json({ name: 'alice' });
    count += 1;
    return json({
      token_type: 'bearer',
      access_token: `a${count}`,
      refresh_token: `r${count}`,
      expires_in: 3600,
    });
  };
}

/** What was sent to an origin, metadata left out. */
export const at = (kit: Kit, origin: string): Asked[] =>
  kit.asked.filter(({ url, init }) => new URL(url).origin === origin && init.method !== 'GET');

/** The refusal of an origin that an account's secrets were not entered for. */
export function refusedTo(origin: string, ...known: string[]): unknown {
  return expect.objectContaining({
    code: 'not_permitted',
    problem: expect.objectContaining({
      reason: 'origin_asked',
      params: expect.objectContaining({ asked: origin, known }),
      origins: expect.objectContaining({ asked: origin, known }),
      action: { type: 'allow_origin', params: { account: expect.any(String), origin } },
    }),
  });
}

/** An own profile with every address written out, of which a test changes some. */
export function ownProfile(
  change: Partial<Record<'authorize' | 'token' | 'device' | 'revoke' | 'api_base' | 'who_am_i', string>> = {},
): string {
  const base: Profile = profileOf('oauth2');
  const own = {
    ...base,
    id: 'acme',
    grants: Object.fromEntries(
      Object.entries(base.grants).map(([grant, { renewal, required, optional }]) => {
        const fields = (names: readonly string[] = []): string[] =>
          names.filter((name) => !name.endsWith('_url'));
        return [grant, { renewal, required: fields(required), optional: fields(optional) }];
      }),
    ),
    authorize: { url: `${change.authorize ?? good}/authorize`, pkce: true },
    token: { url: `${change.token ?? good}/token`, in: 'form' },
    device: { url: `${change.device ?? good}/device` },
    revoke: { ...base.revoke, url: `${change.revoke ?? good}/revoke` },
    api_base: `${change.api_base ?? good}/api`,
    who_am_i: { url: `${change.who_am_i ?? good}/me`, show: ['name'] },
  };
  return JSON.stringify(own);
}

/** The account `hq` of the own profile, signed in unless it is said. */
export async function acme(kit: Kit, grant = 'client_credentials', login = true): Promise<void> {
  await kit.keyfob.addProvider(ownProfile());
  await kit.keyfob.add({
    name: 'hq',
    provider: 'acme',
    grant,
    settings: { client_id: 'c1', ...(grant === 'password' ? { username: 'alice' } : {}) },
    secrets: { client_secret: 's1', ...(grant === 'password' ? { password: 'p1' } : {}) },
  });
  if (login) await kit.keyfob.login('hq');
}
