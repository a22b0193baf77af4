// Vendors that are asked with a JWT of the account's own key.
import { constants, generateKeyPairSync, verify } from 'node:crypto';
import { codeRequest, page, redirectUri, type VendorDefinition } from './vendor.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: typeof rsa, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8'): string =>
  String(key.privateKey.export({ type, format: 'pem' } as { type: 'pkcs8'; format: 'pem' }));
/** RFC 7518 section 3.5. */
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
const secretField = { label: 'x', secret: true };

/** Takes a JWT that the key has signed, with this header and these claims, which lives so many seconds. */
function signed(key: typeof rsa, header: object, claims: object, lifetime: number) {
  return (jwt: string): boolean => {
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const read = (part: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const { iat, exp, jti: _jti, ...rest } = read(body);
    const isPss = read(head)['alg'] === 'PS256';
    const options = { key: key.publicKey, dsaEncoding: 'ieee-p1363', ...(isPss ? pss : {}) } as const;
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
    page,
    steps: [
      {
        path: '/token',
        body: {
          ...codeRequest,
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
  {
    name: 'a GitHub App: the JWT is what asks, in a header, and the key is one of PKCS #1',
    grant: 'jwt_bearer',
    profile: {
      fields: { app_id: { label: 'x' }, installation: { label: 'x' }, private_key: secretField },
      signed_jwt: { assertion: { claims: { iss: '{app_id}' }, lifetime: 540 } },
      token: {
        url: 'ORIGIN/app/installations/{installation}/access_tokens',
        in: 'json',
        parameters: [],
        headers: { Authorization: 'Bearer {assertion}', Accept: 'application/vnd.github+json' },
        extra_parameters: { repositories: ['one'], permissions: { contents: 'read' } },
        answer: { names: { access_token: 'token' } },
      },
    },
    registers: true,
    settings: { app_id: '7', installation: '42' },
    secrets: { private_key: pem(rsa, 'pkcs1') },
    steps: [
      {
        path: '/app/installations/42/access_tokens',
        json: true,
        headers: {
          authorization: (value: string) =>
            signed(rsa, { alg: 'RS256' }, { iss: '7' }, 540)(value.replace(/^Bearer /, '')),
        },
        body: {
          repositories: (value: unknown) => JSON.stringify(value) === '["one"]',
          permissions: (value: unknown) => JSON.stringify(value) === '{"contents":"read"}',
        },
        status: 201,
        answer: { token: 'ghs_1', expires_at: '2036-07-11T22:14:10Z' },
      },
    ],
    session: { access_token: 'ghs_1' },
  },
  {
    name: 'Microsoft Entra ID: a client’s certificate, by PS256',
    grant: 'client_credentials',
    profile: {
      fields: { private_key: secretField, thumbprint: { label: 'x' } },
      client_auth: 'private_key_jwt',
      signed_jwt: {
        client_assertion: {
          header: { alg: 'PS256', 'x5t#S256': '{thumbprint}' },
          claims: { aud: 'https://login.example/token', iss: '{client_id}', sub: '{client_id}' },
        },
      },
    },
    settings: { thumbprint: 'x5', scope: 'https://graph.example/.default' },
    secrets: { private_key: pem(rsa) },
    steps: [
      {
        path: '/token',
        body: {
          grant_type: 'client_credentials',
          scope: 'https://graph.example/.default',
          client_id: 'c',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: signed(
            rsa,
            { alg: 'PS256', 'x5t#S256': 'x5' },
            { aud: 'https://login.example/token', iss: 'c', sub: 'c' },
            300,
          ),
        },
        answer: granted,
      },
    ],
    session: { access_token: 'a' },
  },
  {
    name: 'Revolut Business: the client’s JWT names a domain, and its key is EC’s own form',
    profile: {
      fields: { domain: { label: 'x' }, private_key: secretField },
      client_auth: 'private_key_jwt',
      signed_jwt: {
        client_assertion: {
          claims: { iss: '{domain}', sub: '{client_id}', aud: 'https://revolut.com' },
        },
      },
    },
    settings: { domain: 'example.com' },
    secrets: { private_key: pem(ec, 'sec1') },
    page,
    steps: [
      {
        path: '/token',
        body: {
          grant_type: 'authorization_code',
          code: 'k',
          redirect_uri: redirectUri,
          client_id: 'c',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: signed(
            ec,
            { alg: 'ES256' },
            { iss: 'example.com', sub: 'c', aud: 'https://revolut.com' },
            300,
          ),
        },
        answer: granted,
      },
    ],
    session: { access_token: 'a' },
  },
];
