import { describe, expect, it } from 'vitest';
import { builtInProfiles } from '../../testing/recorded-exchange.ts';
import { smallProfile } from '../../testing/small-profile.ts';
import { KeyfobError } from '../api/errors.ts';
import type { DryRequest } from '../api/providers.ts';
import { dryRun } from './dry-run.ts';
import { checkProfileText } from './profile-check.ts';

const canary = 'canary-secret-of-a-person';

async function run(id: string, grant: string, given: Record<string, string> = {}): Promise<DryRequest[]> {
  const profile = builtInProfiles.find((one) => one.id === id);
  if (profile === undefined) throw new TypeError(id);
  return dryRun(profile, grant, given);
}

const steps = (requests: readonly DryRequest[]): string[] => requests.map(({ step }) => step);

describe('a dry run', () => {
  it('shows a sign-in on a page, its exchange, refresh and revocation, with secrets and codes masked', async () => {
    const requests = await run('oauth2', 'authorization_code', {
      authorize_url: 'https://vendor.example/authorize',
      token_url: 'https://vendor.example/token',
      revoke_url: 'https://vendor.example/revoke',
      client_id: 'my-app',
      client_secret: canary,
      scope: 'read write',
    });
    expect(steps(requests)).toEqual(['authorize', 'sign_in', 'refresh', 'revoke', 'revoke']);
    const [authorize, exchange, refresh, revoke] = requests;
    expect(authorize?.url).toBe(
      'https://vendor.example/authorize?response_type=code&client_id=my-app&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=read%20write&state=••••&code_challenge=••••&code_challenge_method=S256',
    );
    expect(exchange).toEqual({
      step: 'sign_in',
      method: 'POST',
      url: 'https://vendor.example/token',
      headers: [
        ['accept', 'application/json'],
        ['authorization', 'Basic base64(my-app:••••)'],
        ['content-type', 'application/x-www-form-urlencoded'],
      ],
      body: 'redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&code=••••&code_verifier=••••&grant_type=authorization_code',
    });
    expect(refresh?.body).toBe('refresh_token=••••&grant_type=refresh_token');
    expect(revoke?.body).toContain('token=••••&token_type_hint=refresh_token');
  });

  it.each(
    builtInProfiles.flatMap(({ id, grants }) => Object.keys(grants).map((grant) => [id, grant] as const)),
  )('of %s by %s goes through with nothing given, and holds no secret and no mark', async (id, grant) => {
    const profile = builtInProfiles.find((one) => one.id === id);
    const secrets = Object.entries(profile?.fields ?? {}).filter(([, field]) => field.secret === true);
    const taken = profile?.grants[grant as 'implicit'];
    const given = secrets
      .map(([name]) => name)
      .filter((name) => [...(taken?.required ?? []), ...(taken?.optional ?? [])].includes(name));
    const requests = await run(id, grant, Object.fromEntries(given.map((name) => [name, canary])));
    const text = JSON.stringify(requests);
    expect(text).not.toContain(canary);
    expect(text).not.toContain('KeyfobMasked');
    expect(text).not.toContain('.invalid');
    expect(steps(requests)).toContain(grant === 'implicit' ? 'authorize' : 'sign_in');
    if ((taken?.renewal.length ?? 0) > 0) expect(steps(requests)).toContain('refresh');
  });

  it('masks every place that a vendor wants secrets in', async () => {
    const header = await run('eptura-workplace', 'direct', { username: 'alice' });
    expect(header[0]?.headers).toContainEqual(['x-auth-password', '••••']);
    expect(header[0]?.headers).toContainEqual(['x-auth-username', 'alice']);
    const query = await run('organization-api', 'client_credentials', { client_auth: 'query' });
    expect(query[0]?.url).toMatch(/client_secret=••••/i);
    const json = await run('oauth2-json', 'password');
    expect(json[0]?.body).toContain('"password":"••••"');
    const found = await run('oidc', 'authorization_code', { issuer: 'https://id.example' });
    expect(found.map(({ url }) => url.split('?')[0])).toEqual([
      'https://id.example/.well-known/openid-configuration',
      '{authorization_endpoint}',
      '{token_endpoint}',
      '{token_endpoint}',
      '{revocation_endpoint}',
      '{revocation_endpoint}',
    ]);
  });

  it('shows the further exchange of a sign-in and of a refresh, its token masked', async () => {
    const profile = builtInProfiles.find((one) => one.id === 'oauth2');
    const further_exchange = {
      url: 'https://vendor.example/further',
      headers: { Authorization: 'token {subject_token}' },
    };
    const requests = await dryRun(
      { ...profile!, token: { ...profile!.token, further_exchange } },
      'authorization_code',
      { token_url: 'https://vendor.example/token', authorize_url: 'https://vendor.example/authorize' },
    );
    expect(steps(requests)).toEqual(['authorize', 'sign_in', 'sign_in', 'refresh', 'refresh']);
    const shown = requests.filter(({ url }) => url === further_exchange.url);
    expect(shown).toHaveLength(2);
    expect(shown[0]?.headers).toContainEqual(['authorization', 'token ••••']);
    expect(shown[0]?.body).toContain('subject_token=••••');
  });

  it('shows the JWT of a renewal, signed by the account’s own key, beside client credentials that it lacks', async () => {
    const text = { label: 'x' };
    const check = checkProfileText(
      JSON.stringify({
        ...smallProfile,
        client_auth: 'none',
        fields: {
          client_id: text,
          client_secret: { ...text, secret: true },
          private_key: { ...text, secret: true },
        },
        signed_jwt: { assertion: { claims: { iss: '{client_id}' } } },
        grants: {
          client_credentials: { required: ['client_id', 'client_secret'], renewal: [] },
          jwt_bearer: { required: ['client_id', 'private_key'], renewal: ['jwt_bearer'] },
        },
      }),
    );
    if (!check.ok) throw new TypeError('it is a profile');
    const requests = await dryRun(check.profile, 'jwt_bearer', {});
    expect(steps(requests)).toEqual(['sign_in', 'refresh']);
    expect(requests[1]?.body).toMatch(/^grant_type=urn%3A.*jwt-bearer&assertion=••••/);
  });

  it('refuses what the profile does not take', async () => {
    await expect(run('oauth2', 'magic')).rejects.toThrow(KeyfobError);
    await expect(run('oauth2', 'password', { token_url: 'http://vendor.example' })).rejects.toThrow(
      /token_url/,
    );
    await expect(run('oauth2', 'password', { nothing: 'x' })).rejects.toThrow(/nothing/);
  });
});
