// JWTs that an account's own key signs, with claims that the profile says (RFC 7519): as the assertion of a grant (RFC
// 7523 section 2.1), as that of a client with claims of its own (section 2.2), or in the place of a client secret, as
// Apple wants it.
//
// Invariants: signed anew for each request, by the secret field `private_key`, else by `client_secret` (HS256); `iat`,
// `exp` and a fresh `jti` are always there. A claim whose field has no value is left out.
import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { readPrivateKey } from './private-key.ts';
import { template, text } from './profile-values.ts';
import { fillTemplate, type ClientValues } from './template.ts';

const claim = z.union([template, z.number(), z.boolean(), z.array(template)]);
const signedJwt = z.strictObject({
  claims: z.record(text, claim),
  /** `kid`, say; `alg` is one that the key can sign by, left out: the key's own, RS256 for RSA. */
  header: z.record(text, template).optional(),
  /** Seconds. */
  lifetime: z.number().positive().optional(),
});
/** By the parameter that it is sent as. */
export const signedJwts = z.strictObject({
  assertion: signedJwt.optional(),
  client_assertion: signedJwt.optional(),
  client_secret: signedJwt.optional(),
});
export type SignedJwts = z.infer<typeof signedJwts>;

/** Seconds that one lives unless the profile says it. */
const usualLifetime = 300;

/** Signs one. Throws `bad_request` for a private key that is none, or cannot sign by the `alg` that is named. */
export async function signJwt(
  { claims, header: more = {}, lifetime = usualLifetime }: z.infer<typeof signedJwt>,
  { values, secrets }: ClientValues,
): Promise<string> {
  const filled = (value: z.infer<typeof claim>) =>
    typeof value === 'string'
      ? fillTemplate(value, values)
      : Array.isArray(value)
        ? value.flatMap((one) => fillTemplate(one, values) ?? [])
        : value;
  const modify: oauth.ModifyAssertionOptions = {
    [oauth.modifyAssertion](header, payload) {
      for (const [name, value] of Object.entries(more)) {
        // The key's to say.
        if (name === 'alg') continue;
        const own = fillTemplate(value, values);
        if (own !== null) header[name] = own;
      }
      const { iat, jti } = payload;
      for (const name of Object.keys(payload)) Reflect.deleteProperty(payload, name);
      Object.assign(payload, { iat, exp: Number(iat) + lifetime, jti });
      for (const [name, value] of Object.entries(claims)) {
        const own = filled(value);
        if (own !== null) payload[name] = own;
      }
    },
  };
  const key = secrets['private_key'] ?? '';
  const secret = secrets['client_secret'] ?? '';
  const { alg } = more;
  const sign =
    secret !== '' && (alg === 'HS256' || (alg === undefined && key === ''))
      ? oauth.ClientSecretJwt(secret, modify)
      : oauth.PrivateKeyJwt(await readPrivateKey(key, alg), modify);
  // Both names are replaced by the claims.
  const body = new URLSearchParams();
  await sign({ issuer: 'https://keyfob.invalid' }, { client_id: 'keyfob' }, body, new Headers());
  return body.get('client_assertion') ?? '';
}
