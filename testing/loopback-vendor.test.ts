// The vendor that the list of faults and the soak believe: its answers over a real socket, and what it knows.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accountOf, startLoopbackVendor } from './loopback-vendor.ts';
import type { AccountKind, LoopbackVendor, RefreshNote } from './loopback-vendor.ts';

let vendor: LoopbackVendor;
let notes: RefreshNote[];
beforeEach(async () => {
  notes = [];
  vendor = await startLoopbackVendor((note) => notes.push(note));
});
afterEach(() => vendor.close());

type Json = Record<string, string>;

/** Posts with the client's ID and secret, as an account of it would. */
async function post(kind: AccountKind, more: Json, path = 'token'): Promise<[number, Json]> {
  const client = vendor.client('c', kind, 60);
  const { settings, secrets } = accountOf('c', client, `${vendor.origin}/some/where`);
  const body = new URLSearchParams({ ...settings, ...secrets, ...more });
  const response = await fetch(`${vendor.origin}/some/where/${path}`, { method: 'POST', body });
  return [response.status, (await response.json()) as Json];
}
const refresh = (kind: AccountKind, token: string) =>
  post(kind, { grant_type: 'refresh_token', refresh_token: token });
async function signIn(kind: AccountKind): Promise<Json> {
  const [, { device_code: code = '' }] = await post(kind, {}, 'device');
  const [, tokens] = await post(kind, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: code,
  });
  return tokens;
}

it('the loopback vendor ends a grant when a refresh token that is good once comes again', async () => {
  const first = await signIn('rotating');
  const [, second] = await refresh('rotating', first['refresh_token']!);
  expect(second['refresh_token']).not.toBe(first['refresh_token']);
  expect([vendor.grantIsGood('c'), vendor.leftOf(second['access_token']!) > 59_000]).toEqual([true, true]);
  expect(await refresh('rotating', first['refresh_token']!)).toEqual([400, { error: 'invalid_grant' }]);
  expect(vendor.grantIsGood('c')).toBe(false);
  expect(await refresh('rotating', second['refresh_token']!)).toEqual([400, { error: 'invalid_grant' }]);
  expect(notes.map(({ outcome }) => outcome)).toEqual(['granted', 'reused', 'unknown']);
  expect(notes[0]?.gave).toEqual([second['access_token'], second['refresh_token']]);
  await signIn('rotating');
  expect(vendor.grantIsGood('c')).toBe(true);
});

it('the loopback vendor takes a refresh token that stays good again', async () => {
  const { refresh_token: token = '' } = await signIn('reusable');
  expect((await refresh('reusable', token))[1]).not.toHaveProperty('refresh_token');
  expect((await refresh('reusable', token))[0]).toBe(200);
});

it('the loopback vendor gives tokens for what is stored, by the client’s secret of now', async () => {
  expect((await post('client_credentials', { grant_type: 'client_credentials' }))[0]).toBe(200);
  expect((await post('client_credentials', { grant_type: 'password' }))[1]).toEqual({
    error: 'unsupported_grant_type',
  });
  expect((await post('client_credentials', { client_secret: 'old' }))[0]).toBe(401);
  expect(vendor.leftOf('never given')).toBe(-Infinity);
});

it('the loopback vendor asks for the password beside the secret', async () => {
  expect((await post('password_rotating', { grant_type: 'password' }))[1]).toHaveProperty('refresh_token');
  expect(await post('password', { grant_type: 'password', password: 'old' })).toEqual([
    400,
    { error: 'invalid_grant' },
  ]);
});
