// ID tokens of an issuer with a real key, for tests.
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { VirtualClock } from './virtual-clock.ts';

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface IdTokens {
  /** Signed with the issuer's key, or as `header` and `by` say. */
  idToken(
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
    by?: KeyObject | 'public key as HMAC' | 'nobody',
  ): string;
  /** What stands at the issuer's `jwks_uri` (RFC 7517). */
  readonly keySet: unknown;
  /** A key that is none of the issuer's. */
  readonly strange: KeyObject;
}

/** Unix seconds at which the virtual clock begins. */
export const virtualStart = new VirtualClock().unixMs() / 1000;

/** `base`: claims that each has, but for what is said. */
export function idTokensOf(base: Readonly<Record<string, unknown>>, now = virtualStart): IdTokens {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: strange } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    idToken(claims, header = {}, by = privateKey) {
      const body = { sub: 'u', iat: now, exp: now + 60, ...base, ...claims };
      const signed = `${segment({ alg: 'RS256', kid: 'k1', ...header })}.${segment(body)}`;
      const signature =
        by === 'nobody'
          ? ''
          : by === 'public key as HMAC'
            ? createHmac('sha256', publicKey.export({ type: 'spki', format: 'pem' }))
                .update(signed)
                .digest('base64url')
            : sign('sha256', Buffer.from(signed), by).toString('base64url');
      return `${signed}.${signature}`;
    },
    keySet: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] },
    strange,
  };
}
