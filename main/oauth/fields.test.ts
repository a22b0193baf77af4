// Which fields each provider takes, and what is said of those that are wrong.
import { describe, expect, it } from 'vitest';
import { builtInProfiles, profileOf } from '../../testing/recorded-exchange.ts';
import { problemOf, short } from '../../testing/short-message.ts';
import type { Problem } from '../api/problem.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { checkFields, fieldValues, grantOf } from './fields.ts';
import { inEnglish } from './profile.ts';

/** Provider, grant, the fields it wants, and those it takes; `*` marks a secret. */
const table: [string, string, string, string][] = [
  ['eptura-workplace', 'authorization_code', 'site client_id redirect_uri', 'client_secret* scope'],
  ['eptura-workplace', 'direct', 'site client_id redirect_uri username password*', 'client_secret* scope'],
  ['ioffice', 'authorization_code', 'site client_id redirect_uri', 'client_secret* scope placement'],
  ['ioffice', 'direct', 'site client_id redirect_uri username password*', 'client_secret* scope placement'],
  [
    'oauth2-json',
    'authorization_code',
    'authorize_url token_url client_id client_secret*',
    'redirect_uri scope api_base',
  ],
  [
    'oauth2-json',
    'implicit',
    'authorize_url client_id',
    'token_url client_secret* redirect_uri scope api_base',
  ],
  [
    'oauth2-json',
    'password',
    'token_url client_id client_secret* username password*',
    'authorize_url redirect_uri scope api_base',
  ],
  [
    'oauth2-json',
    'client_credentials',
    'token_url client_id client_secret*',
    'authorize_url redirect_uri scope api_base',
  ],
  ['organization-api', 'client_credentials', 'server_address client_id client_secret*', 'client_auth'],
  ['officernd', 'client_credentials', 'client_id client_secret*', 'scope token_url api_base'],
  [
    'oauth2',
    'authorization_code',
    'authorize_url token_url client_id',
    'revoke_url device_url client_secret* redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oauth2',
    'password',
    'token_url client_id username password*',
    'authorize_url revoke_url device_url client_secret* redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oauth2',
    'client_credentials',
    'token_url client_id client_secret*',
    'authorize_url revoke_url device_url redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oauth2',
    'device_code',
    'device_url token_url client_id',
    'authorize_url revoke_url client_secret* redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oauth2',
    'implicit',
    'authorize_url client_id',
    'token_url revoke_url device_url client_secret* redirect_uri scope resource client_auth api_base',
  ],
  [
    'oidc',
    'authorization_code',
    'issuer',
    'client_id initial_access_token* client_secret* redirect_uri scope resource client_auth sender_constraint prompt api_base',
  ],
  [
    'oidc',
    'password',
    'issuer client_id username password*',
    'client_secret* redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oidc',
    'client_credentials',
    'issuer client_id client_secret*',
    'redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oidc',
    'device_code',
    'issuer',
    'client_id initial_access_token* client_secret* redirect_uri scope resource client_auth sender_constraint api_base',
  ],
  [
    'oidc',
    'implicit',
    'issuer client_id',
    'client_secret* redirect_uri scope resource client_auth prompt api_base',
  ],
];

const good: Readonly<Record<string, string>> = {
  server_address: 'api.example.com',
  client_auth: 'basic',
  sender_constraint: 'dpop',
  placement: 'query',
  redirect_uri: 'com.example.app:/cb',
  resource: 'https://api.example.com urn:files',
};

/** Good values for a row's fields. */
function values(fields: string): { settings: Record<string, string>; secrets: Record<string, string> } {
  const names = fields.split(' ').filter((one) => one !== '');
  const value = (name: string): string =>
    good[name] ?? (/url|site|issuer|base/.test(name) ? 'https://api.example.com/x' : 'some text');
  return {
    settings: Object.fromEntries(names.filter((one) => !one.endsWith('*')).map((one) => [one, value(one)])),
    secrets: Object.fromEntries(
      names.filter((one) => one.endsWith('*')).map((one) => [one.slice(0, -1), 'x']),
    ),
  };
}

function complaint(run: () => void): Problem {
  const problem = problemOf(run);
  expect(problem.code).toBe('bad_request');
  expect(describeProblem(commandTexts, problem).hint).not.toBeNull();
  return problem;
}

describe('the built-in providers', () => {
  it('have the grants of the table and no other', () => {
    const grants = builtInProfiles.flatMap((one) =>
      Object.keys(one.grants).map((grant) => `${one.id} ${grant}`),
    );
    expect(grants.toSorted()).toEqual(table.map(([id, grant]) => `${id} ${grant}`).toSorted());
  });

  it.each(table)('%s %s takes just what is written', (id, grant, required, optional) => {
    const profile = profileOf(id);
    for (const fields of [required, `${required} ${optional}`]) {
      const { settings, secrets } = values(fields);
      expect(() => {
        checkFields(profile, grant, settings, secrets);
      }).not.toThrow();
    }
    const all = `${required} ${optional}`.split(' ');
    const { required: wanted, optional: others = [] } = grantOf(profile, grant);
    const named = [...wanted, ...others].map((one) =>
      profile.fields[one]?.secret === true ? `${one}*` : one,
    );
    expect(named.toSorted()).toEqual(all.toSorted());
    for (const missing of required.split(' ')) {
      const { settings, secrets } = values(
        required
          .split(' ')
          .filter((one) => one !== missing)
          .join(' '),
      );
      const name = missing.replace('*', '');
      const problem = complaint(() => {
        checkFields(profile, grant, settings, secrets);
      });
      expect(problem).toMatchObject({
        reason: 'missing_fields',
        field: name,
        params: { provider: profile.name, grant, fields: [name], helps: [{ params: { field: missing } }] },
        action: { type: 'enter_fields' },
      });
    }
  });

  it.each([
    ['eptura-workplace', { scope: 'email' }],
    ['ioffice', { scope: 'email', placement: 'header' }],
    ['oauth2-json', {}],
    ['organization-api', { client_auth: 'basic' }],
    ['officernd', { scope: 'officernd.api.read', token_url: 'https://identity.officernd.com/oauth/token' }],
    ['oauth2', { client_auth: 'basic', sender_constraint: 'none' }],
    ['oidc', { client_auth: 'basic', sender_constraint: 'none', scope: 'openid', prompt: 'as_needed' }],
  ])('%s has its defaults', (id, defaults) => {
    expect(fieldValues(profileOf(id), {})).toEqual(defaults);
    expect(fieldValues(profileOf(id), { scope: '', client_auth: '', placement: '' })).toEqual(defaults);
  });

  it('say how to get credentials', () => {
    for (const profile of builtInProfiles) {
      expect(inEnglish(profile.credentials_help)).toMatch(/\.$/);
    }
  });
});

describe('checkFields', () => {
  const json = profileOf('oauth2-json');
  const organization = profileOf('organization-api');
  const base = values('token_url client_id client_secret*');
  const check =
    (settings: Record<string, string>, secrets: Record<string, string> = base.secrets) =>
    (): void => {
      checkFields(json, 'client_credentials', { ...base.settings, ...settings }, secrets);
    };

  it('names an unknown field and those there are', () => {
    expect(complaint(check({ colour: 'red', tokenurl: 'x' }))).toMatchObject({
      reason: 'unknown_fields',
      field: 'colour',
      params: {
        provider: 'OAuth 2.0 with JSON bodies',
        fields: ['colour', 'tokenurl'],
        known: [
          'token_url',
          'client_id',
          'client_secret*',
          'authorize_url',
          'redirect_uri',
          'scope',
          'api_base',
        ],
      },
    });
  });

  it('names a field of another grant', () => {
    expect(complaint(check({ username: 'alice' }))).toMatchObject({
      reason: 'fields_not_taken',
      field: 'username',
      params: { grant: 'client_credentials', fields: ['username'] },
    });
  });

  it.each(['__proto__', 'constructor', 'toString', '', 'a\nb\u001b[2J'])('has no field %j', (name) => {
    const problem = complaint(check(Object.fromEntries([[name, 'x']])));
    expect(problem.reason).toBe('unknown_fields');
    expect(JSON.stringify(problem)).not.toMatch(/\\n|\\u00/);
  });

  it.each(['code', '__proto__', 'constructor', ''])('has no grant %j', (grant) => {
    const problem = complaint(() => {
      checkFields(json, grant, {}, {});
    });
    expect(problem).toMatchObject({
      reason: 'unknown_grant',
      params: { grants: ['authorization_code', 'implicit', 'password', 'client_credentials'] },
    });
  });

  it('tells a secret that was given as a setting, without showing it', () => {
    expect(complaint(check({ client_secret: 'canary-9' }, {}))).toEqual({
      code: 'bad_request',
      reason: 'secret_as_setting',
      params: { field: 'client_secret' },
      field: 'client_secret',
      action: { type: 'enter_secret', params: { field: 'client_secret' } },
    });
  });

  it('tells a setting that was given as a secret', () => {
    const { client_id: _id, ...rest } = base.settings;
    const problem = complaint(() => {
      checkFields(json, 'client_credentials', rest, { ...base.secrets, client_id: 'canary-9' });
    });
    expect(problem).toEqual({
      code: 'bad_request',
      reason: 'setting_as_secret',
      params: { field: 'client_id' },
      field: 'client_id',
      action: { type: 'enter_setting', params: { field: 'client_id' } },
    });
  });

  it('takes an empty text for a missing one', () => {
    expect(complaint(check({ client_id: '' }))).toMatchObject({
      reason: 'missing_fields',
      field: 'client_id',
    });
    expect(complaint(check({}, { client_secret: '' }))).toMatchObject({
      reason: 'missing_fields',
      field: 'client_secret',
    });
    expect(check({ scope: '', redirect_uri: '' })).not.toThrow();
  });

  it.each([
    ['token_url', 'canary.example.com/token', 'no_url'],
    ['token_url', 'http://canary.example.com/token', 'url_http'],
    ['token_url', 'https://api.example.com/canary#x', 'url_with_fragment'],
    ['token_url', 'https://canary:pw@api.example.com/', 'url_with_user'],
    ['redirect_uri', 'javascript:canary', 'scheme_refused'],
    ['redirect_uri', 'http://canary.example.com/cb', 'url_http'],
    ['client_id', 'canary\nx', 'has_controls'],
    ['client_id', '  ', 'is_blank'],
    ['scope', 'canary\u0000', 'has_controls'],
  ])('refuses %s %j and never quotes it', (name, value, expected) => {
    expect(complaint(check({ [name]: value }))).toEqual({
      code: 'bad_request',
      reason: 'wrong_field',
      params: { field: name, fault: { reason: expected, params: {} } },
      field: name,
      action: { type: 'enter_setting', params: { field: name } },
    });
  });

  it.each([
    'https://api.example.com/token?tenant=1',
    'http://127.0.0.1:1/token',
    'http://localhost/token',
    'http://[::1]/token',
  ])('takes the token_url %s', (value) => {
    expect(check({ token_url: value })).not.toThrow();
  });

  const server = (server_address: string) => (): void => {
    checkFields(
      organization,
      'client_credentials',
      { server_address, client_id: 'c' },
      { client_secret: 's' },
    );
  };
  it.each([
    'api.example.com',
    'api.example.com:8443',
    '127.0.0.1:80',
    'https://api.example.com',
    'http://127.0.0.1:1/org',
  ])('takes the server %s', (value) => {
    expect(server(value)).not.toThrow();
  });
  it.each([
    'api.example.com/x',
    '..',
    '-',
    'a b',
    'a:port',
    'api.example.com:99999',
    'alice@api.example.com',
    'http://api.example.com',
    'https://api.example.com?x=1',
    'ftp://api.example.com',
  ])('refuses the server %s', (value) => {
    expect(short(complaint(server(value)))).toMatch(
      /^wrong_field\(server_address, (no_server|url_http|url_not_https|url_with_query)\)$/,
    );
  });

  it('refuses a site with a query, to which paths could not be added', () => {
    const { settings } = values('client_id redirect_uri');
    const problem = complaint(() => {
      checkFields(
        profileOf('ioffice'),
        'authorization_code',
        { ...settings, site: 'https://hq.example.com/?x=1' },
        {},
      );
    });
    expect(short(problem)).toBe('wrong_field(site, url_with_query)');
  });

  it('lists the choices', () => {
    const { settings, secrets } = values('server_address client_id client_secret*');
    const problem = complaint(() => {
      checkFields(organization, 'client_credentials', { ...settings, client_auth: 'Basic' }, secrets);
    });
    expect(short(problem)).toBe('wrong_field(client_auth, no_choice(basic, query))');
  });
});

describe('fieldValues', () => {
  it('makes a URL of a server, and leaves out what the profile does not have', () => {
    const profile = profileOf('organization-api');
    expect(fieldValues(profile, { server_address: 'api.example.com', old: 'x' })).toEqual({
      server_address: 'https://api.example.com',
      client_auth: 'basic',
    });
  });
});
