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

/**
 * A vendor by the standard whose refresh tokens are good once each, and that answers a refresh as `onRefresh` says,
 * which calls `grant` at once if at all; null: it grants. It gives tokens to devices, passwords and clients too.
 */
export interface StrictVendor {
  reused: number;
  /** Requests by their grant. */
  readonly asked: Record<string, number>;
  onRefresh: (() => Response | Promise<Response>) | null;
  onOther: (() => Response | Promise<Response>) | null;
  /** Grants, and makes the refresh token before it worthless. */
  grant(more?: Record<string, unknown>): Response;
  readonly answer: Answer;
}

export function strict(lifetimeSeconds = 3600): StrictVendor {
  let count = 0;
  const good = new Set<string>();
  let used = '';
  const vendor: StrictVendor = {
    reused: 0,
    asked: {},
    onRefresh: null,
    onOther: null,
    grant(more = {}) {
      count += 1;
      const fresh = `refresh-${String(count)}`;
      good.delete(used);
      good.add(fresh);
      const token = { access_token: `access-${String(count)}`, refresh_token: fresh };
      return json({ ...token, token_type: 'Bearer', expires_in: lifetimeSeconds, ...more });
    },
    answer({ url, parameters }) {
      if (url.endsWith('/device')) {
        const verification_uri = 'https://api.example.com/go';
        return json({ device_code: 'd', user_code: 'u', verification_uri, expires_in: 600, interval: 1 });
      }
      const type = parameters['grant_type'] ?? '';
      vendor.asked[type] = (vendor.asked[type] ?? 0) + 1;
      used = parameters['refresh_token'] ?? '';
      if (type !== 'refresh_token') return vendor.onOther?.() ?? vendor.grant();
      if (!good.has(used)) {
        vendor.reused += 1;
        return json({ error: 'invalid_grant' }, 400);
      }
      return vendor.onRefresh?.() ?? vendor.grant();
    },
  };
  return vendor;
}

/** An account that only a refresh token renews. */
export async function device(kit: Kit, name = 'desk'): Promise<void> {
  await kit.keyfob.add({
    name,
    provider: 'oauth2',
    grant: 'device_code',
    settings: {
      token_url: 'https://api.example.com/token',
      device_url: 'https://api.example.com/device',
      client_id: 'c1',
      client_auth: 'post',
    },
    secrets: { client_secret: 's1' },
  });
  await kit.keyfob.login(name);
  await kit.clock.pass(2_000);
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
