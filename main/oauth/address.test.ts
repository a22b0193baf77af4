// A field cannot move an address to another host, and a URL that two readers take for two hosts is not taken.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileOf } from '../../testing/recorded-exchange.ts';
import { problemOf, short } from '../../testing/short-message.ts';
import {
  addressTemplates,
  fillAddress,
  hostFields,
  hostFault,
  templateFault,
  usableAddress,
} from './address.ts';
import { message } from '../api/problems/index.ts';
import { checkFields, fieldFaults } from './fields.ts';
import { checkProfileText } from './profile-check.ts';
import type { Profile } from './profile.ts';
import { baseUrlFault, originOf, redirectUriFault, urlFault } from './url.ts';

const token = message('endpoint_token', {});

const many = { numRuns: 10_000 };

/** What people, and those who want to mislead them, put around a host. */
const nasty = fc.oneof(
  fc.constantFrom(
    'x/',
    '\\',
    '?',
    '#',
    ':8443',
    '@',
    '.',
    '..',
    '//',
    '/\\',
    '%2f',
    '%40',
    '%00',
    '\t',
    ' ',
    '[::1]',
    '。',
    '／',
    '＠',
    '：',
    'xn--',
    '-',
    'evil.example',
    'evil.example/',
    'https://evil.example',
    '0x7f.1',
    '1',
    '',
  ),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const value = fc.array(nasty, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));

/** Scheme, host and port as anybody reads them who knows RFC 3986 and no more. */
function readPlainly(text: string): string {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
  return authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/:443$/, '')
    .toLowerCase();
}

describe('urlFault', () => {
  it.each([
    'https://evil\\@good.example/',
    'https://evil.example\\.good.example/',
    'https://good.example\\',
    'https://good.example/a\\..\\b',
    'https://%65vil.example/',
    'https://good.example%2f.evil.example/',
    'https://ｅvil.example/',
    'https://good。evil.example/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://127.1/',
    'https://good.example:/',
    'https://good.example:0443/x\u0001',
    'https://good.example:00/',
    'https://good.example:0443/',
    'https://good.example\u00ad.evil.example/',
  ])('refuses %j, which is not read as it is written', (text) => {
    expect(urlFault(text)).not.toBeNull();
    expect(redirectUriFault(text)).not.toBeNull();
    expect(baseUrlFault(text)).not.toBeNull();
  });

  it('takes only what a plain reader and the WHATWG parser send to one and the same host', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.tuple(
          fc.constantFrom('https://', 'HTTPS://', 'https:/', 'http://'),
          value,
          fc.constantFrom('', '/', '/a', '?b'),
        ),
        ([scheme, host, rest]) => {
          const text = scheme + host + rest;
          if (urlFault(text) === null) {
            taken += 1;
            const url = new URL(text);
            // Letters beyond ASCII have one reading alone, their punycode.
            const plain = readPlainly(text);
            if (/^[\x00-\x7f]*$/.test(plain) && !plain.startsWith('[')) expect(url.host).toBe(plain);
            expect(url.username + url.password).toBe('');
            expect(originOf(url.href)).toBe(originOf(text));
          }
        },
      ),
      many,
    );
    expect(taken).toBeGreaterThan(100);
  });
});

describe('a page’s own route', () => {
  const values = { tenant: 'a#/b', site: 'https://good.example/a#/b' };

  it('is the profile’s to say: a value with one cut the rest of an address off', () => {
    for (const template of ['https://good.example/{tenant}/token', '{site}/token']) {
      expect(usableAddress(template, values)).toBeNull();
    }
    const page = 'https://good.example/{tenant}/#/oauth/{tenant}';
    expect(usableAddress(page, { tenant: 'x' })).toBe('https://good.example/x/#/oauth/x');
    expect(usableAddress(page, values)).toBeNull();
  });
});

describe('a host template', () => {
  const templates = [
    'https://{tenant}.good.example/token',
    'https://api.{tenant}.good.example:8443/{tenant}',
    'https://{tenant}.good.example',
  ];

  it.each([
    'x/',
    'evil.example/',
    'evil.example\\',
    'evil.example?',
    'evil.example#',
    'x:8443',
    'a@evil.example',
    'a b',
    'é',
    '%2e',
    'x\t',
    '[::1]',
  ])('does not take %j for a part of the host', (tenant) => {
    for (const template of templates) {
      expect(usableAddress(template, { tenant })).toBeNull();
      expect(short(problemOf(() => fillAddress(template, { tenant }, 'Vendor', token)))).toBe(
        'address_unusable(Vendor, endpoint_token, host_not_made(tenant, not_host_characters))',
      );
    }
  });

  it('keeps its own suffix and port, whatever the value is', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...templates), value, (template, tenant) => {
        const url = usableAddress(template, { tenant });
        if (url === null) return;
        taken += 1;
        const { hostname, port, protocol, username } = new URL(url);
        expect(hostname.endsWith('.good.example')).toBe(true);
        expect([protocol, port, username]).toEqual(['https:', template.includes(':8443') ? '8443' : '', '']);
      }),
      many,
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('that begins with a field has the origin of its value', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom('{site}', '{site}/token', '{site}?x=1'), value, (template, rest) => {
        const site = `https://good.example${rest}`;
        const url = usableAddress(template, { site });
        if (url === null) return;
        taken += 1;
        expect(originOf(url)).toBe(originOf(site));
        expect(urlFault(site)).toBeNull();
      }),
      many,
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('is nothing where a field has no value', () => {
    expect(fillAddress('https://{tenant}.good.example', {}, 'Vendor', token)).toBeNull();
    expect(usableAddress('{site}/x', {})).toBeNull();
  });

  it.each([
    ['https://{tenant}.good.example/x', ['tenant']],
    ['https://{a}.{b}:{c}/{d}', ['a', 'b', 'c']],
    ['https://good.example/{d}?{e}', []],
    ['{site}/x', []],
  ])('%s has %j in its host', (template, fields) => {
    expect(hostFields(template)).toEqual(fields);
  });

  it('has a field that may hold host characters alone, said by its name when it is entered', () => {
    const acme = withToken('https://{site}.good.example/token');
    const faults = fieldFaults(acme, { site: 'x/' });
    expect(faults).toEqual([{ field: 'site', fault: hostFault('x/') }]);
    expect(fieldFaults(acme, { site: 'eu-1' })).toEqual([]);
    const problem = problemOf(() => {
      checkFields(acme, 'client_credentials', { client_id: 'c', site: 'x/' }, { client_secret: 's' });
    });
    expect(short(problem)).toBe('wrong_field(site, not_host_characters)');
  });
});

/** A profile of two fields whose token address a test chooses. */
function withToken(url: string): Profile {
  const { grants, fields, ...base } = profileOf('officernd');
  const grant = grants.client_credentials;
  if (grant === undefined) throw new Error('no such grant');
  return {
    ...base,
    id: 'acme',
    fields: { ...fields, site: { label: 'Site' } },
    grants: { client_credentials: { ...grant, optional: [...(grant.optional ?? []), 'site'] } },
    token: { ...base.token, url },
  };
}

describe('a profile', () => {
  it.each([
    ['https://evil\\@good.example/token', 'url_with_backslash'],
    ['http://good.example/token', 'url_http'],
    ['ftp://good.example/', 'no_address_template'],
    ['good.example/token', 'no_address_template'],
    ['{site}.evil.example/token', 'no_address_template'],
    ['{site}@evil.example/', 'no_address_template'],
    ['https://a@{site}/', 'url_with_user'],
    ['{site}/t x', 'has_blanks'],
    ['{site}/t#x', 'url_with_fragment'],
    ['{site}/t\\x', 'url_with_backslash'],
    ['http://{site}.good.example/', 'url_http'],
    ['http://good-{site}/', 'url_http'],
    ['javascript:{site}', 'no_address_template'],
    ['/token', 'no_address_template'],
  ])('whose token address is %s is refused when it is added', (url, reason) => {
    const check = checkProfileText(JSON.stringify(withToken(url)));
    expect(check).toMatchObject({ ok: false, problems: [expect.objectContaining({ path: 'token.url' })] });
    if (!check.ok) expect(check.problems[0].problem.reason).toBe(reason);
  });

  it.each([
    'https://{site}.good.example:8443/t',
    'https://{site}/t',
    'http://{site}:8080/t',
    'http://127.0.0.1:1/t',
    'http://127.0.0.{site}:1/t',
    'http://local{site}/t',
    '{site}',
    '{site}/t',
    '{site}?x={site}',
  ])('may have %s', (url) => {
    expect(templateFault({ use: 'token', template: url })).toBeNull();
    expect(checkProfileText(JSON.stringify(withToken(url))).ok).toBe(true);
  });

  it('has each of its addresses named once, with its place', () => {
    expect(
      addressTemplates(profileOf('eptura-workplace')).map(({ use, path }) => [use, path.join('.')]),
    ).toEqual([
      ['authorize', 'authorize.url'],
      ['token', 'token.url'],
      ['direct', 'direct.url'],
      ['revoke', 'revoke.url'],
      ['api', 'api_base'],
      ['who_am_i', 'who_am_i.url'],
    ]);
    expect(addressTemplates(profileOf('oidc')).map(({ use }) => use)).toEqual(['issuer', 'api']);
  });
});
