// Accounts of the built-in providers, and a vendor that rotates its refresh tokens, for tests of the core.
import { createHash } from 'node:crypto';
import { json, type Answer, type Kit } from './core-kit.ts';

export const site = 'https://hq.example.com';
export const minute = 60_000;
export const hour = 60 * minute;

/** A vendor with rotating refresh tokens that notices a reused one. */
export function rotating(lifetimeMs: number) {
  let count = 0;
  let current = '';
  const vendor = {
    reused: 0,
    refreshes: 0,
    answer: (({ url, parameters }) => {
      if (url.endsWith('/auth')) {
        return json({ code: 'code-1' });
      }
      if (parameters['x-grant-type'] === 'refresh_token') {
        vendor.refreshes += 1;
        if (parameters['x-refresh-token'] !== current) {
          vendor.reused += 1;
          return json({ error: 'invalid_grant' }, 400);
        }
      }
      count += 1;
      current = `refresh-${String(count)}`;
      return json({
        token_type: 'bearer',
        access_token: `access-${String(count)}`,
        refresh_token: current,
        expires_in: lifetimeMs,
      });
    }) satisfies Answer as Answer,
  };
  return vendor;
}

/** An account of a direct sign-in, with rotating refresh tokens. */
export async function eptura(kit: Kit, name = 'hq'): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'eptura-workplace',
    grant: 'direct',
    settings: { site, client_id: 'c1', redirect_uri: 'https://app.example.com/cb', username: 'alice' },
    secrets: { password: 'keys' },
  });
  await kit.keyfob.login(name);
}

/** An account of client credentials. */
export async function officernd(kit: Kit, name = 'members'): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'officernd',
    settings: { client_id: 'c1' },
    secrets: { client_secret: 's1' },
  });
  await kit.keyfob.login(name);
}

/** An account of `oauth2-json`. */
export async function json2(
  kit: Kit,
  grant: 'client_credentials' | 'password',
  name = 'desk',
): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'oauth2-json',
    grant,
    settings: {
      token_url: 'https://api.example.com/token',
      client_id: 'c1',
      ...(grant === 'password' ? { username: 'alice' } : {}),
    },
    secrets: { client_secret: 's1', ...(grant === 'password' ? { password: 'keys' } : {}) },
  });
  await kit.keyfob.login(name);
}

/** As a caller tells a rejected token. */
export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
