// What the check of a profile file says: line, column, path, and what to write instead.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInProfiles, profileOf } from '../../testing/recorded-exchange.ts';
import { checkProfileText, profileJsonSchema } from './profile-check.ts';

const organization = JSON.stringify(profileOf('organization-api'), null, 2);
const eptura = JSON.stringify(profileOf('eptura-workplace'), null, 2);

/** The problems of a file in which one piece of text was changed, as `path: reason`. */
function problems(source: string, from: string | RegExp, to: string): string[] {
  const changed = source.replace(from, to);
  expect(changed).not.toBe(source);
  const check = checkProfileText(changed);
  return check.ok ? [] : check.problems.map((one) => `${one.path}: ${one.reason}`);
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
      problems: [{ line, column: 3, path: 'lifetime_unit', reason: 'must be one of: seconds, milliseconds' }],
    });
  });

  it('names the place of what is not JSON', () => {
    expect(checkProfileText('{\n  "id": "x",\n}')).toEqual({
      ok: false,
      problems: [{ line: 2, column: 12, path: '', reason: 'has a comma before the }: take it out' }],
    });
  });

  it.each([
    [
      'a misspelt part',
      '"grants":',
      '"grantz":',
      [
        'grants: is missing; it must be an object, { … }',
        'grantz: is not known here: did you mean "grants"?',
      ],
    ],
    [
      'a misspelt key within',
      '"place":',
      '"places":',
      ['token.places: is not known here: did you mean "place"?'],
    ],
    [
      'a key of nowhere',
      '"place":',
      '"anything": 1, "place":',
      ['token.anything: is not known here: take it out, or check its place'],
    ],
    [
      'a missing field',
      /"lifetime_unit".*/,
      '',
      ['lifetime_unit: is missing; it must be one of: seconds, milliseconds'],
    ],
    [
      'a wrong choice',
      '"query": "query"',
      '"query": "cookie"',
      ['token.place.ways.query: must be one of: header, query, form, json'],
    ],
    [
      'a choice without a way',
      /,\s*"query": "query"/,
      '',
      ['token.place.ways: has no way for the choice "query" of client_auth'],
    ],
    [
      'a choice by no field',
      '"by_field": "client_auth"',
      '"by_field": "client_id"',
      ['token.place.by_field: names client_id, which is not a field with choices'],
    ],
    [
      'a misspelt choice',
      '"by_field": "client_auth"',
      '"by_fild": "client_auth"',
      [
        'token.place.by_field: is missing; it must be a text in double quotes',
        'token.place.by_fild: is not known here: did you mean "by_field"?',
      ],
    ],
    [
      'an unknown field in a template',
      '{server_address}/',
      '{server}/',
      [
        'token.url: names the field {server}, which the profile does not have; its fields: server_address, client_id, client_secret, client_auth',
      ],
    ],
    [
      'a brace too few',
      '{server_address}/',
      '{server_address/',
      ['token.url: has a { or } that is not part of a {field}: close it, or take it out'],
    ],
    [
      'a secret in a URL',
      '{server_address}/',
      '{server_address}/{client_secret}/',
      [
        'token.url: names the secret field {client_secret}: a secret must not stand in a URL or a fixed header; take it out (how the client shows its secret is client_auth’s to say)',
      ],
    ],
    [
      'a secret’s default',
      '"secret": true',
      '"secret": true, "default": "x"',
      ['fields.client_secret.default: must not be there: a secret has no default'],
    ],
    [
      'a default that is no choice',
      '"default": "basic"',
      '"default": "header"',
      ['fields.client_auth.default: must be one of the choices: basic, query'],
    ],
    [
      'an unknown field of a grant',
      '"optional": [\n        "client_auth"',
      '"optional": [\n        "auth"',
      [
        'grants.client_credentials.optional.0: names the field auth, which the profile does not have; its fields: server_address, client_id, client_secret, client_auth',
      ],
    ],
    [
      'an unknown grant',
      '"client_credentials": {',
      '"code": {',
      [
        'grants: must hold at least one grant, of: authorization_code, direct, implicit, password, client_credentials, device_code',
        'grants.code: is not known here: the grants are authorization_code, direct, implicit, password, client_credentials and device_code',
      ],
    ],
    [
      'a default grant that is not there',
      /"default_grant": "\w+"/,
      '"default_grant": "password"',
      ['default_grant: must be one of the grants: client_credentials'],
    ],
    [
      'an unknown renewal',
      '"refresh_token",',
      '"refresh",',
      [
        'grants.client_credentials.renewal.0: must be one of: refresh_token, client_credentials, stored_password',
      ],
    ],
    [
      'an odd id',
      '"id": "organization-api"',
      '"id": "Organization API"',
      ['id: must be lower-case letters, digits and -, 64 at most, such as my-vendor'],
    ],
    ['a number for a text', /"name": ".*"/, '"name": 5', ['name: must be a text in double quotes']],
    ['an empty text', /"name": ".*"/, '"name": ""', ['name: must not be empty']],
    [
      'a misspelt way to take the token',
      '"header": "Authorization"',
      '"heder": "Authorization"',
      [
        'api.header: is missing; it must be a text in double quotes',
        'api.heder: is not known here: did you mean "header"?',
      ],
    ],
    [
      'a header that is none',
      '"header": "Authorization"',
      '"header": "My Token"',
      ['api.header: must be the name of an HTTP header: letters, digits and -, such as x-client-id'],
    ],
    [
      'an odd field name',
      '"server_address": {',
      '"server address": {',
      ['fields.server address: must be a name: a letter, then letters, digits, _ and -, 64 at most'],
    ],
  ] as [string, string | RegExp, string, string[]][])('%s', (_name, from, to, expected) => {
    expect(problems(organization, from, to)).toEqual(expected);
  });

  it.each([
    [
      'a grant without its leg',
      '"direct": {\n    "url"',
      '"x_direct": {\n    "url"',
      /did you mean|not known/,
    ],
    [
      'a leg without its URL',
      /"url": "\{site\}\/login.html",/,
      '',
      /^authorize: needs a "url": the profile has no "issuer"/,
    ],
    [
      'a fault of the vendor denied',
      '"vendor_does_not_echo_state": true',
      '"vendor_does_not_echo_state": false',
      /^redirect.vendor_does_not_echo_state: must be true, or left out$/,
    ],
    ['a text for true or false', '"pkce": false', '"pkce": "no"', /^authorize.pkce: must be true or false$/],
    [
      'a parameter that is set anew each time',
      '"pkce": false',
      '"pkce": false, "parameters": {"state": "1"}',
      /^authorize.parameters.state: must not be there/,
    ],
    [
      'a parameter’s name that is no header’s',
      '"x-auth-code"',
      '"x auth code"',
      /^token.names.code: must be the name of an HTTP header/,
    ],
    [
      'an odd fixed header',
      '"Content-Type"',
      '"Content Type"',
      /headers.Content Type: must be the name of an HTTP header/,
    ],
    [
      'tokens of a revocation misspelt',
      '"access_token"\n',
      '"acces_token"\n',
      /^revoke.tokens.0: must be one of: refresh_token, access_token$/,
    ],
  ])('%s', (_name, from, to, expected) => {
    expect(problems(eptura, from, to).join('\n')).toMatch(expected);
  });

  it('names every leg that a grant lacks, once', () => {
    const { direct: _direct, token: _token, ...rest } = profileOf('eptura-workplace');
    const check = checkProfileText(JSON.stringify(rest));
    expect(check.ok ? [] : check.problems.map((one) => `${one.path}: ${one.reason}`)).toEqual([
      'grants.authorization_code: needs the part "token", which the profile does not have',
      'grants.direct: needs the part "direct", which the profile does not have',
      'grants.direct: needs the part "token", which the profile does not have',
    ]);
  });

  it('wants at least one grant', () => {
    expect(checkProfileText(JSON.stringify({ ...profileOf('officernd'), grants: {} }))).toMatchObject({
      ok: false,
      problems: [{ path: 'grants' }],
    });
  });

  it('never throws, whatever stands in the file', () => {
    const parts = fc.dictionary(
      fc.constantFrom(...Object.keys(profileOf('eptura-workplace'))),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          parts.map((one) => JSON.stringify({ ...profileOf('eptura-workplace'), ...one })),
        ),
        (text) => {
          const check = checkProfileText(text);
          for (const problem of check.ok ? [] : check.problems) {
            expect(problem.line).toBeGreaterThan(0);
            expect(problem.reason).not.toMatch(/Invalid|expected/);
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
