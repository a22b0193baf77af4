// A vendor that repeats our secrets in its answers: none of them is there once the answer is read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCutter, withoutEchoes } from './echo.ts';

const secrets = {
  'refresh token': '1//0gRefresh-Token+of/an.account~==',
  'client secret': 'kL8~Client:Secret/with+signs==',
  password: 'Pa ss&wörd%21',
  code: '4/0AVMBsJ-the_code',
  'code verifier': 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
} as const;
const all = Object.values(secrets);

const basic = (text: string): string => Buffer.from(text).toString('base64');
const form = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
const ways: Readonly<Record<string, (secret: string) => string>> = {
  raw: (one) => one,
  'within a sentence': (one) => `The value '${one}' is not good.`,
  'percent-encoded': (one) => encodeURIComponent(one),
  'percent-encoded in small letters': (one) =>
    encodeURIComponent(one).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  'percent-encoded twice': (one) => encodeURIComponent(encodeURIComponent(one)),
  'as a form has it': form,
  'as Basic of RFC 7617': (one) => `Basic ${basic(`a-client:${one}`)}`,
  'as Basic of RFC 6749': (one) => `Basic ${basic(`a-client:${form(one)}`)}`,
};
const members: Readonly<Record<string, (text: string) => unknown>> = {
  error: (text) => ({ error: text }),
  error_description: (text) => ({ error: 'invalid_grant', error_description: text }),
  error_uri: (text) => ({ error: 'invalid_grant', error_uri: `https://v.example/?t=${text}` }),
  scope: (text) => ({ access_token: 'new', scope: `read ${text}` }),
  'one within another': (text) => ({ error: { details: [{ message: text }] } }),
  'the code of an error': (text) => ({ error: { code: text, message: text } }),
  'another code of an error': (text) => ({ errorCode: text, errorSummary: text }),
  'a name': (text) => ({ [text]: 'is bad' }),
};

/** What is left of a secret, in any form. */
function leftOf(secret: string, text: string): string[] {
  const forms = [secret, encodeURIComponent(secret), form(secret), basic(secret).slice(2, -4)];
  const decoded = [text, text.replaceAll(/%25/g, '%')].flatMap((one) => [one, one.toLowerCase()]);
  return forms.filter((one) =>
    decoded.some((each) => each.includes(one) || each.includes(one.toLowerCase())),
  );
}

describe('an echo of a secret came through', () => {
  for (const [what, secret] of Object.entries(secrets))
    for (const [way, echo] of Object.entries(ways))
      it(`the ${what} ${way}, in any member, header or page`, () => {
        for (const body of Object.values(members)) {
          const text = JSON.stringify(body(echo(secret)));
          const read = withoutEchoes({ status: 400, headers: new Headers(), text }, all);
          expect(leftOf(secret, read.text)).toEqual([]);
          expect(() => JSON.parse(read.text) as unknown).not.toThrow();
        }
        const page = `<html>${echo(secret)}</html>`;
        const header = encodeURIComponent(echo(secret));
        const headers = new Headers({ 'WWW-Authenticate': `Bearer error_description="${header}"` });
        const read = withoutEchoes({ status: 401, headers, text: page }, all);
        expect(leftOf(secret, read.text + (read.headers.get('www-authenticate') ?? ''))).toEqual([]);
      });

  it('cut short by the vendor, or as a number', () => {
    const cut = createCutter([...all, '1234567890']);
    expect(cut(`token ${secrets['code verifier'].slice(0, 30)}... is bad`)).toBe('token [cut out] is bad');
    const text = '{"error":"x","was":1234567890}';
    expect(withoutEchoes({ status: 400, headers: new Headers(), text }, ['1234567890']).text).not.toContain(
      '123',
    );
  });

  it('as the code of an error, which is shown', () => {
    const secret = secrets['refresh token'];
    for (const [type, text] of [
      ['application/json', JSON.stringify({ code: secret, message: 'no' })],
      ['application/x-www-form-urlencoded', `code=${encodeURIComponent(secret)}&message=no`],
    ] as const) {
      const headers = new Headers({ 'content-type': type });
      expect(leftOf(secret, withoutEchoes({ status: 400, headers, text }, all).text)).toEqual([]);
    }
  });

  it('as a JWT that nobody here knows', () => {
    const cut = createCutter([]);
    const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln';
    expect(cut(`jwt ${token} expired; ${encodeURIComponent(token)}, a=${token}`)).toBe(
      'jwt [cut out] expired; [cut out], a=[cut out]',
    );
  });
});

it('an echo that has no percent sign is found as one that has', () => {
  const signs = fc.string({ maxLength: 40, unit: fc.constantFrom(...'ab1 +-_/=.~&ö€<>?') });
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 30 });
  const words = bytes.map((some) => Buffer.from(some).toString('base64'));
  const ways = [
    (one: string) => one,
    (one: string) => one.replaceAll(' ', '+'),
    (one: string) => one.slice(0, 20),
    ...['', 'i:', 'id:'].flatMap((id) => [
      (one: string) => Buffer.from(id + one).toString('base64'),
      (one: string) => Buffer.from(id + one).toString('base64url'),
      (one: string) => Buffer.from(id + form(one)).toString('base64url'),
    ]),
  ];
  fc.assert(
    fc.property(fc.oneof(signs, words), fc.constantFrom(...ways), (secret, way) => {
      const text = `a ${way(secret)}`;
      // A percent sign in the text has each form of the secret looked for.
      expect(createCutter([secret])(text)).toBe(createCutter([secret])(`${text}\n%`).slice(0, -2));
    }),
    { numRuns: 3_000 },
  );
});

describe('what an answer grants stays as it came', () => {
  const refresh = secrets['refresh token'];
  it.each([
    { access_token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln', refresh_token: refresh, expires_in: 3600 },
    { data: { accessToken: refresh, idToken: 'eyJh.eyJz.c2ln' } },
    { code: refresh },
    { scope: 'rooms.read offline_access', token_type: 'Bearer' },
  ])('in %j', (body) => {
    const text = JSON.stringify(body);
    const headers = new Headers({ 'DPoP-Nonce': 'eyJ7S_zG.eyJH0-Z.HX4w-7v', 'Retry-After': '7' });
    const read = withoutEchoes({ status: 200, headers, text }, all);
    expect(read.text).toBe(text);
    expect(read.headers.get('dpop-nonce')).toBe('eyJ7S_zG.eyJH0-Z.HX4w-7v');
  });

  it('in a form too, and a short password cuts no words apart', () => {
    const text = `access_token=eyJh.eyJz.c2ln&refresh_token=${form(secrets['refresh token'])}&scope=read`;
    expect(withoutEchoes({ status: 200, headers: new Headers(), text }, all).text).toBe(text);
    expect(createCutter(['read'])('rooms.reading: read')).toBe('rooms.reading: [cut out]');
  });

  it('is found in time that grows with the answer alone', () => {
    const cut = createCutter(all);
    const began = process.cpuUsage();
    for (const text of [
      'eyJ'.repeat(330_000),
      'eyJ.'.repeat(250_000),
      'A'.repeat(1e6),
      '%41'.repeat(330_000),
    ])
      cut(text);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(3_000);
  });
});

it('the cutting of echoes left "[cut out]" for a token in a form with a blank in it', () => {
  const text =
    'access_token=eyJh.eyJi.c2ln&refresh_token=eyJr.eyJs.c2lo&scope=read write&error_uri=eyJh.eyJi.c2ln';
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
  const { text: rest } = withoutEchoes({ status: 200, headers, text }, []);
  const form = new URLSearchParams(rest);
  expect([form.get('access_token'), form.get('refresh_token')]).toEqual(['eyJh.eyJi.c2ln', 'eyJr.eyJs.c2lo']);
  expect(form.get('error_uri')).not.toContain('eyJ');
});
