// The faults that a renewal may meet, and what must come of each. `npm run faults` tries them all on the real agent.
//
// A fault of your own is a row: it is met by every token request of the account after its sign-in.
import type { ErrorCode } from '../../main/api/codes.ts';
import type { AccountState } from '../../main/api/accounts.ts';
import type { Fault } from '../fault-proxy/rules.ts';
import type { AccountKind } from '../loopback-vendor.ts';

/** When the vendor is asked again by itself. `renewed`: it went well; `answered`: not while the answer may still come. */
export type Again = 'renewed' | 'answered' | 'growing waits' | 'within the hour' | 'within the day' | 'never';

/** What is observed, once the token in hand has ended, and the fault goes on. */
export interface Outcome {
  /** What a caller gets: `token`, or a problem's code; one of several. */
  readonly ended: readonly ('token' | ErrorCode)[];
  readonly state: readonly AccountState[];
  readonly again: readonly Again[];
}

export interface FaultCase {
  readonly name: string;
  /** The kinds of accounts that are tried. By default the first four. */
  readonly kinds?: readonly AccountKind[];
  readonly fault: Fault;
  /** What requests with a refresh token meet instead. */
  readonly atRefresh?: Fault;
  /** Which token requests meet it; the first is the sign-in. By default `2-`. */
  readonly nth?: string;
  /** The network is away; `fault` is not used. */
  readonly away?: true;
  readonly outcome: Outcome;
}

/** It goes well all the same. */
const fine: Outcome = { ended: ['token'], state: ['live', 'refreshing'], again: ['renewed'] };
/** Nothing judged the grant: it is tried again. */
const passing = (...ended: Outcome['ended']): Outcome => ({
  ended,
  state: ['retrying', 'refreshing'],
  again: ['growing waits', 'answered'],
});
const unreachable = passing('vendor_unreachable');
const unusable = passing('unusable_answer');
const refusedForNow = passing('vendor_refused');
const failed = passing('vendor_refused', 'vendor_unreachable', 'unusable_answer');
/** The vendor refuses the client: the sign-in stands. */
const clientRefused: Outcome = { ended: ['vendor_refused'], state: ['retrying'], again: ['within the hour'] };
const laterThanAnHour: Outcome = { ...failed, again: ['within the hour'] };
/** A request that may have counted as an attempt at a password. */
const passwordCounted: Outcome = {
  ended: failed.ended,
  state: ['retrying'],
  // A minute after the first, then an hour, then a day.
  again: ['growing waits', 'within the hour', 'within the day'],
};
/** A person is needed. */
const over: Outcome = { ended: ['sign_in_needed'], state: ['sign_in_needed'], again: ['never'] };

export const usualKinds: readonly AccountKind[] = ['rotating', 'reusable', 'client_credentials', 'password'];
const withRefreshToken: readonly AccountKind[] = ['rotating', 'reusable'];
const withoutRefreshToken: readonly AccountKind[] = ['client_credentials', 'password'];
const allButPassword: readonly AccountKind[] = ['rotating', 'reusable', 'client_credentials'];

const html = { 'Content-Type': 'text/html' };
const page = '<!doctype html><title>Sign in</title><p>Sign in to the network.';
const json = (status: number, body: unknown): Fault => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const oauthError = (error: string, status = 400): Fault => json(status, { error });
const token = json(200, { access_token: 'loopback-access-torn', token_type: 'Bearer', expires_in: 60 });

/** The faults by what goes wrong. */
export const faultCases: Readonly<Record<string, readonly FaultCase[]>> = {
  'The connection': [
    { name: 'connections are refused', away: true, fault: {}, outcome: unreachable },
    {
      name: 'the connection ends before the request gets through',
      fault: { cut: 'before' },
      outcome: unreachable,
    },
    { name: 'the same, reset', fault: { cut: 'before', reset: true }, outcome: unreachable },
    { name: 'the answer ends in its head', fault: { ...token, cut: 'head' }, outcome: unreachable },
    {
      name: 'the answer is reset in its body',
      fault: { ...token, cut: 'body', reset: true },
      outcome: unreachable,
    },
    { name: 'no answer ever comes', fault: { swallow: true, pass: false }, outcome: unreachable },
    {
      name: 'the answer to a refresh token takes 13 s',
      kinds: withRefreshToken,
      fault: { delay: 13_000 },
      outcome: fine,
    },
    {
      name: 'the answer to a refresh token drips for 20 s',
      kinds: withRefreshToken,
      fault: { drip: 130 },
      outcome: fine,
    },
    {
      name: 'the answer takes 13 s',
      kinds: withoutRefreshToken,
      fault: { delay: 13_000 },
      outcome: unreachable,
    },
    {
      name: 'the answer takes longer than a caller waits, and then comes',
      kinds: withRefreshToken,
      nth: '2',
      fault: { delay: 70_000 },
      outcome: unreachable,
    },
    {
      name: 'the new token is lost on its way, once',
      kinds: ['reusable', 'client_credentials', 'password'],
      nth: '2',
      fault: { cut: 'after', reset: true },
      outcome: fine,
    },
    {
      name: 'the new refresh token is lost on its way, and the vendor takes the old one for stolen',
      kinds: ['rotating'],
      nth: '2',
      fault: { cut: 'after', reset: true },
      outcome: over,
    },
  ],
  'The vendor is busy or broken': [
    { name: '500 with a page', fault: { status: 500, headers: html, body: page }, outcome: failed },
    { name: '502', fault: { status: 502 }, outcome: failed },
    { name: '503', fault: { status: 503 }, outcome: failed },
    {
      name: '503 and `Retry-After: 3`',
      fault: { status: 503, headers: { 'Retry-After': '3' } },
      outcome: failed,
    },
    {
      name: '503 and `Retry-After`, a date in 5 s',
      fault: { status: 503, headers: { 'Retry-After': '{date+5}' } },
      outcome: failed,
    },
    {
      name: '503 and `Retry-After: 86400`',
      fault: { status: 503, headers: { 'Retry-After': '86400' } },
      outcome: laterThanAnHour,
    },
    { name: '408', fault: { status: 408 }, outcome: failed },
    { name: '425', fault: { status: 425 }, outcome: failed },
    { name: '429', fault: { status: 429 }, outcome: failed },
    { name: '504 with a page', fault: { status: 504, headers: html, body: page }, outcome: failed },
    { name: '404 with a page', fault: { status: 404, headers: html, body: page }, outcome: failed },
    { name: '404 in JSON', fault: json(404, { message: 'Not found' }), outcome: failed },
  ],
  'Something else answers': [
    {
      name: 'a page of the network: 200',
      fault: { status: 200, headers: html, body: page },
      outcome: failed,
    },
    {
      name: 'a page of the network: 302 to it',
      fault: { status: 302, headers: { Location: 'http://127.0.0.1:1/login' } },
      outcome: failed,
    },
    {
      name: 'a page of the network: 403',
      fault: { status: 403, headers: html, body: page },
      outcome: failed,
    },
    {
      name: 'a page of the network: 511',
      fault: { status: 511, headers: html, body: page },
      outcome: failed,
    },
    {
      name: 'a gateway: 403 `{"message":"Forbidden"}`',
      kinds: allButPassword,
      fault: json(403, { message: 'Forbidden' }),
      outcome: failed,
    },
    {
      name: 'a gateway: 403 `{"message":"Forbidden"}`, at the stored password',
      kinds: ['password'],
      fault: json(403, { message: 'Forbidden' }),
      outcome: passwordCounted,
    },
    {
      name: '401 `{"message":"Unauthorized"}`, at the stored password',
      kinds: ['password'],
      fault: json(401, { message: 'Unauthorized' }),
      outcome: over,
    },
    { name: 'a gateway: 401 and nothing', kinds: allButPassword, fault: { status: 401 }, outcome: failed },
    { name: '400 and nothing', kinds: allButPassword, fault: { status: 400 }, outcome: failed },
  ],
  'The answer is broken': [
    {
      name: 'JSON that ends in the middle',
      fault: { ...token, body: '{"access_token":"loopback-access-torn","tok' },
      outcome: unusable,
    },
    { name: 'no body', fault: { status: 200 }, outcome: unusable },
    { name: '204', fault: { status: 204 }, outcome: unusable },
    { name: '2 MB', fault: { status: 200, size: 2_000_000 }, outcome: unusable },
    { name: 'said to be compressed, and is not', fault: { ...token, form: 'gzip' }, outcome: failed },
    { name: 'shorter than its `Content-Length`', fault: { ...token, form: 'long' }, outcome: failed },
    { name: 'longer than its `Content-Length`', fault: { ...token, form: 'short' }, outcome: failed },
    { name: 'no HTTP', fault: { raw: '220 mail.example ESMTP\r\n' }, outcome: failed },
    { name: 'a body without a head', fault: { ...token, form: 'no-head' }, outcome: failed },
    { name: '100 Continue first', fault: { interim: [100] }, outcome: fine },
    { name: '103 Early Hints first', fault: { interim: [103] }, outcome: fine },
    { name: 'HTTP/1.0, without a length', fault: { form: 'http-1.0' }, outcome: fine },
    { name: 'no `Content-Type`', fault: { headers: { 'Content-Type': null } }, outcome: fine },
    { name: 'JSON said to be `text/html`', fault: { headers: html }, outcome: fine },
    { name: 'the answer comes twice', fault: { form: 'twice' }, outcome: fine },
  ],
  'The token is not as it should be': [
    { name: 'no `token_type`', fault: { merge: { token_type: null } }, outcome: fine },
    { name: 'no `expires_in`', fault: { merge: { expires_in: null } }, outcome: fine },
    { name: '`expires_in` as text', fault: { merge: { expires_in: '60' } }, outcome: fine },
    { name: 'no `access_token`', fault: { merge: { access_token: null } }, outcome: unusable },
    { name: '`access_token` is a number', fault: { merge: { access_token: 7 } }, outcome: unusable },
  ],
  'The vendor judges the grant': [
    {
      name: '400 `invalid_grant`',
      fault: oauthError('invalid_grant'),
      kinds: [...withRefreshToken, 'password'],
      outcome: over,
    },
    ...[
      'bad_refresh_token',
      'refresh_token_expired',
      'invalid_refresh_token',
      'refresh_token_reused',
      'token_expired',
    ].map((error): FaultCase => ({
      name: `200 \`{"error":"${error}"}\``,
      kinds: withRefreshToken,
      fault: json(200, { error }),
      outcome: over,
    })),
    {
      name: '200 `{"access_token":null,"error":"invalid_grant"}`',
      kinds: withRefreshToken,
      fault: json(200, { access_token: null, error: 'invalid_grant' }),
      outcome: over,
    },
  ],
  'The vendor ends the refresh token, and the stored password is not judged': [
    ...(
      [
        ['no answer', { cut: 'before' }],
        ['a page', { status: 200, headers: html, body: page }],
        ['404', { status: 404 }],
        ['503', { status: 503 }],
      ] as const
    ).map(([name, fault]): FaultCase => ({
      name: `400 \`invalid_grant\` at the refresh, then ${name}`,
      kinds: ['password_rotating'],
      atRefresh: oauthError('invalid_grant'),
      fault,
      outcome: failed,
    })),
  ],
  'The vendor judges the client': [
    ...(
      [
        ['invalid_client', 401],
        ['unauthorized_client', 400],
        ['invalid_scope', 400],
        ['unsupported_grant_type', 400],
      ] as const
    ).map(([error, status]): FaultCase => ({
      name: `${String(status)} \`${error}\``,
      kinds: allButPassword,
      fault: oauthError(error, status),
      outcome: clientRefused,
    })),
  ],
  'The vendor judges neither': [
    {
      name: '400 `unknown_error`',
      kinds: allButPassword,
      fault: oauthError('unknown_error'),
      outcome: refusedForNow,
    },
    {
      name: '400 `Access Denied`',
      kinds: allButPassword,
      fault: oauthError('Access Denied'),
      outcome: refusedForNow,
    },
    {
      name: '200 `{"ok":false,"error":"ratelimited"}`',
      kinds: allButPassword,
      fault: json(200, { ok: false, error: 'ratelimited' }),
      outcome: failed,
    },
    {
      name: '400 `temporarily_unavailable`',
      kinds: allButPassword,
      fault: oauthError('temporarily_unavailable'),
      outcome: failed,
    },
    {
      name: '400 `{"error":{"message":…}}`',
      kinds: allButPassword,
      fault: json(400, { error: { message: 'Too many requests', code: 17 } }),
      outcome: failed,
    },
  ],
};
