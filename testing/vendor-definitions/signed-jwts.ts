// Vendors that are asked with a JWT of the account's own key.
import { generateKeyPairSync, verify } from 'node:crypto';
import type { VendorDefinition } from './vendor.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: typeof rsa): string => String(key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const secretField = { label: 'x', secret: true };

/** Takes a JWT that the key has signed, with this header and these claims, which lives so many seconds. */
function signed(key: typeof rsa, header: object, claims: object, lifetime: number) {
  return (jwt: string): boolean => {
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const read = (part: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const { iat, exp, jti: _jti, ...rest } = read(body);
    const options = { key: key.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    return (
      verify('sha256', Buffer.from(`${head}.${body}`), options, Buffer.from(signature, 'base64url')) &&
      Number(exp) - Number(iat) === lifetime &&
      JSON.stringify(read(head)) === JSON.stringify(header) &&
      JSON.stringify(rest) === JSON.stringify(claims)
    );
  };
}

const bearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const granted = { access_token: 'a', token_type: 'Bearer', expires_in: 3600 };

export const signedJwts: readonly VendorDefinition[] = [
  {
    name: 'Google: a service account, for a person of its domain',
    grant: 'jwt_bearer',
    profile: {
      fields: { client_email: { label: 'x' }, subject: { label: 'x' }, private_key: secretField },
      signed_jwt: {
        assertion: {
          claims: {
            iss: '{client_email}',
            scope: '{scope}',
            aud: 'https://oauth2.example/token',
            sub: '{subject}',
          },
          lifetime: 3600,
        },
      },
    },
    registers: true,
    settings: { client_email: 'robot@example.com', scope: 'drive', subject: 'alice@example.com' },
    secrets: { private_key: pem(rsa) },
    steps: [
      {
        path: '/token',
        body: {
          grant_type: bearer,
          assertion: signed(
            rsa,
            { alg: 'RS256' },
            {
              iss: 'robot@example.com',
              scope: 'drive',
              aud: 'https://oauth2.example/token',
              sub: 'alice@example.com',
            },
            3600,
          ),
        },
        answer: granted,
      },
      {
        path: '/token',
        body: { grant_type: bearer, assertion: /^eyJ/ },
        answer: { ...granted, access_token: 'b' },
      },
    ],
    refreshes: true,
    session: { access_token: 'b', scope: 'drive' },
  },
  {
    name: 'Sign in with Apple: the client secret is a JWT',
    profile: {
      client_auth: 'signed_client_secret',
      fields: { team_id: { label: 'x' }, key_id: { label: 'x' }, private_key: secretField },
      signed_jwt: {
        client_secret: {
          claims: { iss: '{team_id}', aud: 'https://appleid.example', sub: '{client_id}' },
          header: { kid: '{key_id}' },
        },
      },
    },
    settings: { team_id: 'T', key_id: 'K' },
    secrets: { private_key: pem(ec) },
    page: {
      query: { response_type: 'code', client_id: 'c', redirect_uri: 'http://127.0.0.1/callback' },
      comesBack: 'code=k&state=STATE',
    },
    steps: [
      {
        path: '/token',
        body: {
          grant_type: 'authorization_code',
          code: 'k',
          redirect_uri: 'http://127.0.0.1/callback',
          client_id: 'c',
          client_secret: signed(
            ec,
            { alg: 'ES256', kid: 'K' },
            { iss: 'T', aud: 'https://appleid.example', sub: 'c' },
            300,
          ),
        },
        answer: granted,
      },
    ],
    session: { access_token: 'a' },
  },
];
