// What the check of a profile file says: line, column, path, and what to write instead.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInProfiles, profileOf } from '../../testing/recorded-exchange.ts';
import { short } from '../../testing/short-message.ts';
import { message, reasons } from '../api/problems/index.ts';
import { checkProfileText, profileJsonSchema } from './profile-check.ts';

const organization = JSON.stringify(profileOf('organization-api'), null, 2);
const eptura = JSON.stringify(profileOf('eptura-workplace'), null, 2);

/** The problems of a file in which one piece of text was changed, as `path: message`. */
function problems(source: string, from: string | RegExp, to: string): string[] {
  const changed = source.replace(from, to);
  expect(changed).not.toBe(source);
  const check = checkProfileText(changed);
  return check.ok ? [] : check.problems.map((one) => `${one.path}: ${short(one.problem)}`);
}

describe('the built-in profiles', () => {
  it.each(builtInProfiles.map((one) => [one.id, one] as const))('%s passes the check', (_id, one) => {
    expect(checkProfileText(JSON.stringify(one))).toEqual({ ok: true, profile: one, merged: one });
  });

  it('bear each id once', () => {
    expect(new Set(builtInProfiles.map((one) => one.id)).size).toBe(builtInProfiles.length);
  });
});

describe('checkProfileText', () => {
  it('names line and column', () => {
    const check = checkProfileText(organization.replace('"seconds"', '"minutes"'));
    const lines = organization.split('\n');
    const line = lines.findIndex((one) => one.includes('"lifetime_unit"')) + 1;
    expect(check).toEqual({
      ok: false,
      problems: [
        {
          line,
          column: 3,
          path: 'lifetime_unit',
          problem: message('no_choice', { choices: ['seconds', 'milliseconds'] }),
        },
      ],
    });
  });

  it.each([
    ['issuer', 'https://id.example.com?x', 'issuer: url_with_query'],
    ['docs', 'javascript:alert(1)', 'docs: wants_documents_url'],
    ['docs', 'ftp://docs.example.com', 'docs: wants_documents_url'],
  ])('took an address that can never work: %s %s', (name, value, told) => {
    const check = checkProfileText(JSON.stringify({ ...profileOf('oidc'), [name]: value }));
    expect(check.ok || check.problems.map((one) => `${one.path}: ${one.problem.reason}`)).toEqual([told]);
  });

  it.each([
    ['/token', 'no_url'],
    ['ftp://id.example.com', 'url_not_https'],
    ['http://id.example.com', 'url_http'],
    ['https://id.example.com/a b', 'has_blanks'],
  ])('took a default that its own field would refuse: %s', (value, reason) => {
    const oidc = profileOf('oidc');
    const fields = { ...oidc.fields, issuer: { ...oidc.fields['issuer'], default: value } };
    const source = JSON.stringify({ ...oidc, fields }, null, 2);
    const line = source.split('\n').findIndex((one) => one.includes(value)) + 1;
    expect(checkProfileText(source)).toMatchObject({
      ok: false,
      problems: [{ line, path: 'fields.issuer.default', problem: { reason } }],
    });
  });

  it('took a plain endpoint under an https issuer', () => {
    const oidc = profileOf('oidc');
    const own = {
      ...oidc,
      issuer: 'https://id.example.com',
      token: { ...oidc.token, url: 'http://127.0.0.1:1/t' },
    };
    expect(checkProfileText(JSON.stringify(own))).toMatchObject({
      ok: false,
      problems: [{ path: 'token.url', problem: { reason: 'url_http_of_https_issuer' } }],
    });
  });

  it('names the place of what is not JSON', () => {
    expect(checkProfileText('{\n  "id": "x",\n}')).toEqual({
      ok: false,
      problems: [
        { line: 2, column: 12, path: '', problem: message('json_comma_too_many', { bracket: '}' }) },
      ],
    });
  });

  it.each([
    [
      'a misspelt member',
      '"grants":',
      '"grantz":',
      ['grants: is_missing(wants_object)', 'grantz: unknown_name(did_you_mean(grants))'],
    ],
    [
      'a misspelt key within',
      '"in":',
      '"headrs": {}, "in":',
      ['token.headrs: unknown_name(did_you_mean(headers))'],
    ],
    ['a key of nowhere', '"in":', '"anything": 1, "in":', ['token.anything: unknown_name(take_out)']],
    [
      'a missing field',
      /"lifetime_unit".*/,
      '',
      ['lifetime_unit: is_missing(no_choice(seconds, milliseconds))'],
    ],
    [
      'a wrong choice',
      '"query": "query"',
      '"query": "cookie"',
      ['token.in.cases.query: no_choice(header, query, form, json)'],
    ],
    [
      'a choice without a case',
      /,\s*"query": "query"/,
      '',
      ['token.in.cases: no_case_for_choice(query, client_auth)'],
    ],
    [
      'a choice by no field',
      '"by_field": "client_auth"',
      '"by_field": "client_id"',
      ['token.in.by_field: names_no_choice(client_id)'],
    ],
    [
      'a misspelt choice',
      '"by_field": "client_auth"',
      '"by_fild": "client_auth"',
      ['token.in.by_field: is_missing(wants_text)', 'token.in.by_fild: unknown_name(did_you_mean(by_field))'],
    ],
    [
      'an unknown field in a template',
      '{server_address}/',
      '{server}/',
      ['token.url: names_no_field({server}, server_address, client_id, client_secret, client_auth)'],
    ],
    ['a brace too few', '{server_address}/', '{server_address/', ['token.url: lone_brace']],
    [
      'a secret in a URL',
      '{server_address}/',
      '{server_address}/{client_secret}/',
      ['token.url: names_secret({client_secret})'],
    ],
    [
      'a further exchange without an address',
      '"token": {',
      '"token": { "per_grant": { "refresh_token": { "further_exchange": { "method": "GET" } } },',
      ['token.per_grant.refresh_token.further_exchange.url: is_missing(wants_text)'],
    ],
    [
      'a further exchange at an address of a secret, and of the token',
      '"token": {',
      '"token": { "further_exchange": { "url": "{server_address}/{client_secret}/{subject_token}" },',
      [
        'token.further_exchange.url: names_secret({client_secret})',
        'token.further_exchange.url: names_no_field({subject_token}, server_address, client_id, client_secret, client_auth)',
      ],
    ],
    [
      'a further exchange’s token in another request',
      '"token": {',
      '"token": { "extra_parameters": { "x": "{subject_token}" },',
      [
        'token.extra_parameters.x: names_no_field({subject_token}, server_address, client_id, client_secret, client_auth)',
      ],
    ],
    [
      'a refresh token in a request that has none',
      '"token": {',
      '"direct": { "url": "https://a.example", "headers": { "x": "{refresh_token}" } }, "token": { "further_exchange": { "url": "https://a.example", "headers": { "x": "{refresh_token}" } },',
      ['direct', 'token.further_exchange'].map(
        (path) =>
          `${path}.headers.x: names_no_field({refresh_token}, server_address, client_id, client_secret, client_auth)`,
      ),
    ],
    [
      'a further exchange by headers that are none',
      '"token": {',
      '"token": { "further_exchange": { "url": "https://a.example", "in": "header", "names": { "subject_token": "no header" } },',
      ['token.further_exchange.names.subject_token: wants_header_name'],
    ],
    [
      'a secret’s default',
      '"secret": true',
      '"secret": true, "default": "x"',
      ['fields.client_secret.default: secret_with_default'],
    ],
    [
      'a default that is no choice',
      '"default": "basic"',
      '"default": "header"',
      ['fields.client_auth.default: default_no_choice(basic, query)'],
    ],
    [
      'an unknown field of a grant',
      '"optional": [\n        "client_auth"',
      '"optional": [\n        "auth"',
      [
        'grants.client_credentials.optional.0: names_no_field(auth, server_address, client_id, client_secret, client_auth)',
      ],
    ],
    [
      'an unknown grant',
      '"client_credentials": {',
      '"code": {',
      [
        'grants: no_grant(authorization_code, direct, implicit, password, client_credentials, device_code, jwt_bearer)',
        'grants.code: unknown_name(grants_are(authorization_code, direct, implicit, password, client_credentials, device_code, jwt_bearer))',
      ],
    ],
    [
      'a default grant that is not there',
      /"default_grant": "\w+"/,
      '"default_grant": "password"',
      ['default_grant: default_no_grant(client_credentials)'],
    ],
    [
      'an unknown renewal',
      '"refresh_token",',
      '"refresh",',
      [
        'grants.client_credentials.renewal.0: no_choice(refresh_token, client_credentials, jwt_bearer, stored_password)',
      ],
    ],
    ['an odd id', '"id": "organization-api"', '"id": "Organization API"', ['id: wants_id']],
    ['a number for a text', /"name": ".*"/, '"name": 5', ['name: wants_text']],
    ['an empty text', /"name": ".*"/, '"name": ""', ['name: wants_some_text']],
    [
      'a misspelt way to take the token',
      '"header": "Authorization"',
      '"heder": "Authorization"',
      ['api.header: is_missing(wants_text)', 'api.heder: unknown_name(did_you_mean(header))'],
    ],
    [
      'a header that is none',
      '"header": "Authorization"',
      '"header": "My Token"',
      ['api.header: wants_header_name'],
    ],
    [
      'an odd field name',
      '"server_address": {',
      '"server address": {',
      ['fields.server address: wants_name'],
    ],
  ] as [string, string | RegExp, string, string[]][])('tells %s', (_name, from, to, expected) => {
    expect(problems(organization, from, to)).toEqual(expected);
  });

  it.each([
    [
      'a grant without its section',
      '"direct": {\n    "url"',
      '"x_direct": {\n    "url"',
      /did_you_mean|unknown_name/,
    ],
    ['a section without its URL', /"url": "\{site\}\/login.html",/, '', /^authorize: needs_url$/m],
    [
      'a fault of the vendor denied',
      '"vendor_does_not_echo_state": true',
      '"vendor_does_not_echo_state": false',
      /^redirect.vendor_does_not_echo_state: wants_only\(true\)$/,
    ],
    ['a text for true or false', '"pkce": false', '"pkce": "no"', /^authorize.pkce: wants_boolean$/],
    [
      'a parameter that is set anew each time',
      '"pkce": false',
      '"pkce": false, "parameters": {"state": "1"}',
      /^authorize.extra_parameters.state: own_parameter/,
    ],
    [
      'a state renamed whose answer’s name is not said',
      '"pkce": false',
      '"pkce": false, "names": {"state": "customField"}',
      /^authorize.names.state: own_parameter/,
    ],
    [
      'a parameter’s name that is no header’s',
      '"x-auth-code"',
      '"x auth code"',
      /^token.names.code: wants_header_name/,
    ],
    ['an odd fixed header', '"Content-Type"', '"Content Type"', /headers.Content Type: wants_header_name/],
    [
      'tokens of a revocation misspelt',
      '"access_token"\n',
      '"acces_token"\n',
      /^revoke.tokens.0: no_choice\(refresh_token, access_token\)$/,
    ],
  ])('tells %s', (_name, from, to, expected) => {
    expect(problems(eptura, from, to).join('\n')).toMatch(expected);
  });

  it('names every section that a grant lacks, once', () => {
    const { direct: _direct, token: _token, ...rest } = profileOf('eptura-workplace');
    const check = checkProfileText(JSON.stringify(rest));
    expect(check.ok ? [] : check.problems.map((one) => `${one.path}: ${short(one.problem)}`)).toEqual([
      'grants.authorization_code: needs_section(token)',
      'grants.direct: needs_section(direct)',
      'grants.direct: needs_section(token)',
    ]);
  });

  it('wants what the JWT of a renewal says, as that of a sign-in', () => {
    const officernd = profileOf('officernd');
    const { client_credentials: own } = officernd.grants;
    const grants = { client_credentials: { ...own, renewal: ['jwt_bearer'] }, jwt_bearer: own };
    const check = checkProfileText(JSON.stringify({ ...officernd, grants }));
    expect(check.ok ? [] : check.problems.map((one) => `${one.path}: ${short(one.problem)}`)).toEqual([
      'grants.client_credentials: needs_section(signed_jwt.assertion)',
      'grants.jwt_bearer: needs_section(signed_jwt.assertion)',
    ]);
  });

  it('wants at least one grant', () => {
    expect(checkProfileText(JSON.stringify({ ...profileOf('officernd'), grants: {} }))).toMatchObject({
      ok: false,
      problems: [{ path: 'grants' }],
    });
  });

  it('never throws, whatever stands in the file', () => {
    const members = fc.dictionary(
      fc.constantFrom(...Object.keys(profileOf('eptura-workplace'))),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          members.map((one) => JSON.stringify({ ...profileOf('eptura-workplace'), ...one })),
        ),
        (text) => {
          const check = checkProfileText(text);
          for (const problem of check.ok ? [] : check.problems) {
            expect(problem.line).toBeGreaterThan(0);
            expect(Object.keys(reasons)).toContain(problem.problem.reason);
            expect(short(problem.problem)).not.toMatch(/wants_other|Invalid|expected/);
          }
        },
      ),
    );
  });
});

describe('profileJsonSchema', () => {
  it('gives editors the same names', () => {
    expect(profileJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      properties: { grants: {}, token: {}, extends: {} },
      required: ['id', 'name'],
      then: {
        properties: { lifetime_unit: { enum: ['seconds', 'milliseconds'] } },
        required: expect.arrayContaining(['grants', 'api']) as string[],
      },
    });
  });
});
