// What a vendor's answer is taken for: statuses, bodies and lifetimes.
import { shownText as plain } from '../../api/shown-text.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAnswer, judgeRevocation, lifetimeSeconds, parseRetryAfter, standardise } from './answer.ts';
import type { JsonAnswer } from './answer-form.ts';
import type { Outcome } from '../outcome.ts';
import type { RawAnswer } from '../ports.ts';

const now = Date.UTC(2026, 0, 1);
const canary = 'canary-7f3a';
const html = `<!DOCTYPE html><html><title>${canary}</title></html>`;

const form = { contentType: 'application/x-www-form-urlencoded; charset=utf-8' };

interface Answered {
  readonly contentType?: string;
  readonly retryAfter?: string | null;
  readonly location?: boolean;
}

function raw(status: number, body: unknown, inSeconds: Answered = {}): RawAnswer {
  const headers = new Headers({ 'content-type': inSeconds.contentType ?? 'application/json' });
  if (inSeconds.retryAfter != null) headers.set('retry-after', inSeconds.retryAfter);
  if (inSeconds.location === true) headers.set('location', '/');
  return { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) };
}
const page = (status: number): RawAnswer => raw(status, html, { contentType: 'text/html; charset=utf-8' });

const refused = (error: string, status: number): unknown => ({
  kind: 'rejected',
  status,
  vendorError: { error },
});

describe('an answer that is a token alone', () => {
  it.each(['opaque', '"opaque"', ' opaque\n', '12345678901234567890', '1e5', '0123'])(
    '%s is taken letter by letter',
    (text) => {
      expect(judgeAnswer(raw(200, text), now, { format: 'token' })).toEqual({
        kind: 'granted',
        value: { access_token: text.replaceAll('"', '').trim() },
      });
    },
  );
});

describe('judgeAnswer', () => {
  it.each<[string, RawAnswer, unknown]>([
    ['200 with a token', raw(200, { access_token: 'a' }), { kind: 'granted', value: { access_token: 'a' } }],
    ['201 with a token', raw(201, { access_token: 'a' }), { kind: 'granted' }],
    [
      '200 with a token labelled text/html',
      raw(200, { access_token: 'a' }, { contentType: 'text/html' }),
      { kind: 'granted' },
    ],
    ['200 with a web page', page(200), { kind: 'transient', status: 200 }],
    ['200 with a page labelled as JSON', raw(200, html), { kind: 'transient' }],
    ['200 with an array', raw(200, [canary]), { kind: 'transient' }],
    ['200 with a text', raw(200, canary), { kind: 'transient' }],
    ['204', raw(204, ''), { kind: 'transient' }],
    ['200 with an error', raw(200, { error: 'invalid_grant' }), refused('invalid_grant', 200)],
    ['200 with a token and an error', raw(200, { access_token: 'a', error: 'x' }), { kind: 'granted' }],
    ['200 with a code and an error', raw(200, { code: 'a', error: 'x' }), { kind: 'granted' }],
    ['302 to elsewhere', raw(302, '', { location: true }), { kind: 'transient', status: 302 }],
    ['304', raw(304, ''), { kind: 'transient', status: 304 }],
    ['400 with an error', raw(400, { error: 'invalid_grant' }), refused('invalid_grant', 400)],
    [
      '400 with an error in a page’s clothes',
      raw(400, { error: 'invalid_grant' }, { contentType: 'text/html' }),
      refused('invalid_grant', 400),
    ],
    [
      '200 with an error beside an access token of null',
      raw(200, { access_token: null, error: 'invalid_request' }),
      refused('invalid_request', 200),
    ],
    [
      '200 with an error beside an empty access token',
      raw(200, { access_token: '', code: null, error: 'x' }),
      refused('x', 200),
    ],
    ['200 that is not ok', raw(200, { ok: false, error: 'ratelimited' }), refused('ratelimited', 200)],
    [
      '200 as a form',
      raw(200, 'access_token=a%2Bb&expires_in=60&token_type=bearer', form),
      { kind: 'granted', value: { access_token: 'a+b', expires_in: '60', token_type: 'bearer' } },
    ],
    [
      '200 as a form with an error',
      raw(200, 'error=bad_refresh_token&error_description=It+is+gone', form),
      {
        kind: 'rejected',
        vendorError: { error: 'bad_refresh_token', error_description: 'It is gone' },
      },
    ],
    ['200 with JSON labelled as a form', raw(200, { access_token: 'a' }, form), { kind: 'granted' }],
    ['200 with a page labelled as a form', raw(200, html, form), { kind: 'transient', status: 200 }],
    ['200 with a form labelled as JSON', raw(200, 'access_token=a'), { kind: 'transient', unusable: true }],
    [
      '401 as a form without an error',
      raw(401, 'message=no', form),
      { kind: 'ambiguous', status: 401, isJson: true },
    ],
    [
      'an error that is an object with a message',
      raw(400, { error: { message: 'Too many', type: 'OAuthException', code: 190 } }),
      {
        kind: 'rejected',
        vendorError: { error: 'OAuthException', error_description: 'Too many' },
      },
    ],
    [
      'an error that is an object with a message and a number',
      raw(400, { error: { message: 'Too many', code: 190 } }),
      { vendorError: { error: '190', error_description: 'Too many' } },
    ],
    [
      'an error that is an object with a message alone',
      raw(400, { error: { message: 'Too many' } }),
      refused('Too many', 400),
    ],
    [
      'an errorCode with an errorSummary',
      raw(401, { errorCode: 'E0000011', errorSummary: 'Invalid token provided', errorId: canary }),
      {
        kind: 'rejected',
        status: 401,
        vendorError: { error: 'E0000011', error_description: 'Invalid token provided' },
      },
    ],
    ['an errorSummary alone', raw(400, { errorSummary: 'Too many' }), refused('Too many', 400)],
    ['400 without an error', raw(400, {}), { kind: 'ambiguous', status: 400, isJson: true }],
    ['400 with torn JSON', raw(400, '{"error":"inv'), { kind: 'ambiguous', status: 400, isJson: false }],
    ['400 with an error that is no text', raw(400, { error: { id: canary } }), { kind: 'ambiguous' }],
    ['400 with an empty error', raw(400, { error: '' }), { kind: 'ambiguous' }],
    ['400 with an error of control characters', raw(400, { error: '\u0000\n' }), { kind: 'ambiguous' }],
    [
      '400 with the status in words',
      raw(400, { status: 400, error: 'Bad Request', path: canary }),
      { kind: 'ambiguous' },
    ],
    ['401 with a web page', page(401), { kind: 'transient', status: 401 }],
    ['401 with an error', raw(401, { error: 'invalid_client' }), refused('invalid_client', 401)],
    ['401 with the status in words', raw(401, { error: 'Unauthorized' }), { kind: 'ambiguous', status: 401 }],
    [
      '401 with an error of that name',
      raw(401, { error: 'unauthorized', error_description: 'no' }),
      { kind: 'rejected' },
    ],
    ['403 as JSON without an error', raw(403, { id: canary }), { kind: 'ambiguous', status: 403 }],
    ['403 with a web page', page(403), { kind: 'transient', status: 403 }],
    ['403 with nothing', raw(403, '', { contentType: '' }), { kind: 'ambiguous', status: 403 }],
    ['404', raw(404, { error: 'Not Found', message: canary }), { kind: 'transient', status: 404 }],
    ['405 with nothing', raw(405, ''), { kind: 'transient', status: 405 }],
    ['408', raw(408, ''), { kind: 'transient', status: 408 }],
    ['425', raw(425, ''), { kind: 'transient', status: 425 }],
    ['429 in seconds', raw(429, '', { retryAfter: '120' }), { kind: 'transient', retryAfterMs: 120_000 }],
    [
      '429 by a date',
      raw(429, '', { retryAfter: 'Thu, 01 Jan 2026 00:02:00 GMT' }),
      { kind: 'transient', retryAfterMs: 120_000 },
    ],
    ['429 with an error', raw(429, { error: 'invalid_grant' }), { kind: 'transient' }],
    ['500 with invalid_grant', raw(500, { error: 'invalid_grant' }), { kind: 'transient', status: 500 }],
    ['503', raw(503, '', { retryAfter: '5' }), { kind: 'transient', status: 503, retryAfterMs: 5000 }],
    ['503 with a web page', page(503), { kind: 'transient', status: 503 }],
    ['401 with nothing', raw(401, '', { retryAfter: '30' }), { kind: 'ambiguous', retryAfterMs: 30_000 }],
    [
      '200 with an error',
      raw(200, { error: 'ratelimited' }, { retryAfter: '30' }),
      { kind: 'rejected', retryAfterMs: 30_000 },
    ],
    ...['temporarily_unavailable', 'server_error', 'slow_down', 'authorization_pending'].map(
      (error): [string, RawAnswer, unknown] => [
        `400 with ${error}`,
        raw(400, { error }),
        { kind: 'transient' },
      ],
    ),
  ])('judges %s', (_name, given, expected) => {
    const judgement = judgeAnswer(given, now);
    expect(judgement).toMatchObject(expected as object);
    expect(JSON.stringify(judgement)).not.toContain(canary);
  });

  it.each<[string, unknown, string]>([
    ['a number as error', { error: 400, error_description: 'Client is suspended' }, 'Client is suspended'],
    ['code and message', { code: 'E42', message: 'No such client' }, 'E42: No such client'],
    ['a message alone', { message: 'No such client' }, 'No such client'],
    ['errors as texts', { errors: ['No such client'] }, 'No such client'],
    ['true as error', { error: true, message: 'No such client' }, 'No such client'],
    ['a description alone', { error_description: 'Client is suspended' }, 'Client is suspended'],
    ['a code alone', { error_code: 'E42' }, 'E42'],
    ['a code in an object', { error: { code: 'E42' } }, 'E42'],
    [
      'a problem of RFC 9457',
      { title: 'Suspended', detail: 'Pay first.', status: 400 },
      'Suspended: Pay first.',
    ],
    ['the status beside a message', { error: 'Bad Request', status: 400, message: 'Pay first' }, 'Pay first'],
    ['a text', 'Client is suspended\n', 'Client is suspended'],
    ['a text of JSON', '"Client is suspended"', 'Client is suspended'],
    ['a long message', { message: 'm'.repeat(600) }, `${'m'.repeat(500)}…`],
  ])('dropped the words of %s as "no reason", and judges nothing by them', (_what, body, words) => {
    expect(judgeAnswer(raw(400, body), now)).toMatchObject({
      kind: 'ambiguous',
      words,
      message: { reason: 'vendor_status_and_error', params: { status: 400, error: words } },
    });
  });

  it.each([
    ['a text that judges the grant elsewhere', 'invalid_grant'],
    ['a message that does so', { message: 'invalid_grant' }],
    ['a code that does so', { code: 'invalid_grant' }],
  ])('judges nothing by %s', (_what, body) => {
    expect(judgeAnswer(raw(400, body), now)).toMatchObject({ kind: 'ambiguous', words: 'invalid_grant' });
  });

  it('shows the words of an error in a list, and judges by them where the profile says where they stand', () => {
    const body = {
      errors: [{ errorType: 'invalid_grant', message: 'Refresh token invalid' }],
      success: false,
    };
    expect(judgeAnswer(raw(400, body), now)).toMatchObject({
      kind: 'ambiguous',
      words: 'invalid_grant: Refresh token invalid',
    });
    const form = { error: 'errors.0.errorType', error_description: 'errors.0.message' };
    expect(judgeAnswer(raw(400, body), now, form)).toMatchObject({
      kind: 'rejected',
      vendorError: { error: 'invalid_grant', error_description: 'Refresh token invalid' },
    });
  });

  it.each<[string, unknown]>([
    ['the status in words', { message: 'Forbidden' }],
    ['the status in words as a text', '403 Forbidden'],
    ['torn JSON', '{"message":"Client is susp'],
    ['a long text', 'x'.repeat(301)],
    ['bytes that are no text', 'PK\ufffd\ufffd'],
    ['a page that says that it is a text', '<b>no</b>'],
  ])('has no words for %s', (_what, body) => {
    expect(judgeAnswer(raw(403, body), now)).toMatchObject({
      kind: 'ambiguous',
      message: { reason: 'vendor_status_unexplained' },
    });
  });

  it('hands on error and error_description alone, short and without control characters', () => {
    const judgement = judgeAnswer(
      raw(400, {
        error: 'invalid\u001b[31m_grant\n',
        error_description: `${'d'.repeat(600)}${canary}`,
        error_uri: canary,
        access_token: null,
        debug: { password: canary },
      }),
      now,
    );
    expect(judgement).toEqual({
      kind: 'rejected',
      status: 400,
      vendorError: { error: 'invalid [31m_grant', error_description: `${'d'.repeat(500)}…` },
      retryAfterMs: null,
    });
  });

  it('never throws, and quotes a body only as the answer or as the vendor’s two words', () => {
    const bodies = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constant(html));
    fc.assert(
      fc.property(
        bodies,
        fc.integer({ min: 200, max: 599 }),
        fc.option(fc.string(), { nil: null }),
        (text, status, retryAfter) => {
          const judgement: Outcome<JsonAnswer> = judgeAnswer(raw(status, text, { retryAfter }), now);
          if (judgement.kind === 'transient') {
            expect(judgement.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
          }
          if (status >= 500) {
            expect(judgement.kind).toBe('transient');
          }
        },
      ),
    );
  });
});

describe('judgeRevocation', () => {
  it('takes any success but a web page, and judges the rest as ever', () => {
    expect(judgeRevocation(raw(200, ''), now)).toMatchObject({ kind: 'granted' });
    expect(judgeRevocation(raw(200, 'OK', { contentType: 'text/html' }), now)).toMatchObject({
      kind: 'granted',
    });
    expect(judgeRevocation(raw(204, ''), now)).toMatchObject({ kind: 'granted' });
    expect(judgeRevocation(page(200), now)).toMatchObject({ kind: 'transient' });
    expect(judgeRevocation(raw(302, '', { location: true }), now)).toMatchObject({ kind: 'transient' });
    expect(judgeRevocation(raw(400, { error: 'invalid_client' }), now)).toMatchObject({ kind: 'rejected' });
    expect(judgeRevocation(raw(503, ''), now)).toMatchObject({ kind: 'transient' });
  });
});

describe('parseRetryAfter', () => {
  it.each([
    [null, null],
    ['', null],
    [' ', null],
    ['soon', null],
    ['0', 0],
    [' 7 ', 7000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['86400', 3_600_000],
    ['9'.repeat(400), 3_600_000],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 3_600_000],
  ])('reads %j as %j ms', (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });
});

describe('lifetimeSeconds', () => {
  it.each<[unknown, number | null]>([
    [3600, 3600],
    ['3600', 3600],
    [' 60 ', 60],
    [0, 0],
    [-5, 0],
    ['', null],
    ['soon', null],
    [null, null],
    [undefined, null],
    [true, null],
    [[60], null],
    [{}, null],
    [NaN, null],
    ['1e999', null],
    [1e300, 3_162_240_000],
  ])('reads %j as %j', (value, seconds) => {
    expect(lifetimeSeconds(value, 'seconds')).toBe(seconds);
  });

  it('divides milliseconds', () => {
    expect(lifetimeSeconds('1500', 'milliseconds')).toBe(1.5);
    expect(lifetimeSeconds(3_600_000, 'milliseconds')).toBe(3600);
  });
});

describe('standardise', () => {
  const omitted = { lifetime_unit: 'milliseconds', default_token_type: 'bearer' } as const;
  const inSeconds = { lifetime_unit: 'seconds' } as const;

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['milliseconds', { expires_in: 1000 }, { expires_in: 1, token_type: 'bearer' }],
    ['a lifetime as text', { expires_in: '2000' }, { expires_in: 2, token_type: 'bearer' }],
    ['no lifetime', {}, { token_type: 'bearer' }],
    [
      'null fields',
      { expires_in: null, refresh_token: null, scope: null, token_type: null, id_token: null },
      { token_type: 'bearer' },
    ],
    ['empty fields', { refresh_token: '', scope: '', token_type: '' }, { token_type: 'bearer' }],
    [
      'a refresh token as a number',
      { refresh_token: 12345 },
      { refresh_token: '12345', token_type: 'bearer' },
    ],
    ['a refresh token that lost digits', { refresh_token: 1e20 }, { token_type: 'bearer' }],
    ['scopes as an array', { scope: ['a', 1, 'b'] }, { scope: 'a b', token_type: 'bearer' }],
    ['no scopes in an array', { scope: [] }, { token_type: 'bearer' }],
    ['a type of its own', { token_type: 'Token' }, { token_type: 'Token' }],
    ['an id_token that cannot be judged', { id_token: 'x' }, { token_type: 'bearer' }],
  ])('puts into the form of the standard: %s', (_name, json, expected) => {
    expect(standardise(json, omitted, false)).toEqual(expected);
  });

  it('keeps an id_token where it can be judged, and takes an answer without a type for Bearer', () => {
    expect(standardise({ id_token: 'x' }, inSeconds, true)).toEqual({ id_token: 'x', token_type: 'bearer' });
    expect(standardise({ id_token: 5 }, inSeconds, true)).toEqual({ token_type: 'bearer' });
  });

  it('never throws nor yields a lifetime that is negative or no number, whatever the JSON', () => {
    const named = fc.record(
      {
        access_token: fc.jsonValue(),
        expires_in: fc.oneof(fc.jsonValue(), fc.double(), fc.string()),
        scope: fc.jsonValue(),
        token_type: fc.jsonValue(),
        refresh_token: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(named, fc.constantFrom(inSeconds, omitted), (json, profile) => {
        const answer = standardise(json, profile, false);
        const lifetime = answer['expires_in'];
        expect(lifetime === undefined || (Number.isFinite(lifetime) && Number(lifetime) >= 0)).toBe(true);
        for (const name of ['scope', 'token_type', 'refresh_token']) {
          expect(['string', 'undefined']).toContain(typeof answer[name]);
          expect(answer[name]).not.toBe('');
        }
      }),
    );
  });
});

describe('plain', () => {
  it('takes out what changes a terminal or turns a line around', () => {
    expect(plain('a\u001b[2Jb\u202ec\u2028d\r\n', 100)).toBe('a [2Jb c d');
  });

  it('gives well-formed text of the length at most', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, length) => {
        const short = plain(text, length);
        expect(short.isWellFormed()).toBe(true);
        expect(short.length).toBeLessThanOrEqual(length + 1);
        expect(short).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
