// What is remembered of accounts beside the vault: over failures, a restart, a removal.
import { expect, test } from 'vitest';
import { hour } from '../../testing/core-accounts.ts';
import { emptyHome, json, openKit, type Kit } from '../../testing/core-kit.ts';
import { account as passwordAccount, fileHome } from '../../testing/home-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { noLabels } from '../api/account-labels.ts';
import { byRecency } from '../api/account-mark.ts';
import type { Settings } from './settings.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';

const granted = { access_token: 'access', expires_in: hour, token_type: 'bearer' };
const refused = (): Response => json({ error: 'invalid_client' }, 401);

async function add(kit: Kit): Promise<void> {
  const [settings, secrets] = [{ client_id: 'c1' }, { client_secret: 's1' }];
  await kit.keyfob.add({ name: 'hq', provider: 'officernd', settings, secrets });
}

/** What was to be written is, before the old one is killed. */
async function restart(kit: Kit): Promise<Kit> {
  await kit.clock.pass(61_000);
  return kit.restart();
}

test('a failed sign-in leaves its error on the account until one goes well, also over a restart', async () => {
  let kit = await openKit(refused);
  await add(kit);
  await kit.keyfob.login('hq').catch(() => undefined);
  const { last_error: failed, needs } = kit.keyfob.account('hq');
  expect(needs).toBe('client_secret');
  expect(failed === null ? null : sentenceOf(commandTexts, failed.message)).toMatch(/client/);
  kit = await restart(kit);
  expect(kit.keyfob.account('hq')).toMatchObject({ needs: 'client_secret', last_error: failed });
  await kit.keyfob.set('hq', { settings: {}, secrets: { client_secret: 'new' } });
  expect(kit.keyfob.account('hq')).toMatchObject({ needs: 'sign_in', last_error: null });
  kit.answer = () => json(granted);
  await kit.keyfob.login('hq');
  expect(kit.keyfob.account('hq')).toMatchObject({ needs: null, can_refresh: true, last_error: null });
});

test('a client secret that the vendor no longer takes is told beside a token that is still served', async () => {
  const kit = await openKit(() => json(granted));
  await add(kit);
  await kit.keyfob.login('hq');
  kit.answer = refused;
  await kit.keyfob.refresh('hq').catch(() => undefined);
  await settle();
  expect(kit.keyfob.account('hq')).toMatchObject({ state: 'retrying', needs: 'client_secret' });
  expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access');
});

test('labels are kept, and go with their account', async () => {
  let kit = await openKit(refused);
  await add(kit);
  await kit.keyfob.setLabels('hq', { display_name: 'Büro', color: 'pink', pinned: true });
  const { labels } = await kit.keyfob.setLabels('hq', { color: null });
  expect(labels).toMatchObject({ display_name: 'Büro', color: null, pinned: true, letters: null });
  kit = await restart(kit);
  expect(kit.keyfob.account('hq').labels).toEqual(labels);
  expect((await kit.keyfob.exportAccounts({ secrets: false })).accounts[0]?.labels).toEqual(labels);
  await kit.keyfob.remove('hq');
  expect(JSON.stringify(kit.keyfob.settings.read())).not.toContain('Büro');
});

test('a use is remembered at once and written later, with all others', async () => {
  let kit = await openKit(refused);
  await add(kit);
  await kit.keyfob.use('hq');
  const used = kit.keyfob.account('hq').last_used_at;
  expect(used).toBe(Math.floor(kit.clock.unixMs() / 1000));
  kit = await restart(kit);
  expect(kit.keyfob.account('hq').last_used_at).toBe(used);
});

test('a vendor’s answer that reads like a status of our own closes no home at the next start', async () => {
  const kit = await openKit(() => json({ ...granted, expires_in: 60 }));
  await kit.keyfob.add(passwordAccount);
  await kit.keyfob.login('hq');
  kit.answer = () => json({ error: 'http_nope' }, 401);
  await kit.clock.pass(61_000);
  await failure(kit.keyfob.token({ account: 'hq' }));
  const { notice, last_error: failed } = kit.keyfob.account('hq');
  expect(notice).toMatchObject({ reason: 'renewal_refused', params: { error: 'http_nope' } });
  const again = await restart(kit);
  expect(again.keyfob.account('hq').last_error).toEqual(failed);
});

test('what cannot be used of what is remembered of an account is left out, and the rest counts', async () => {
  const at = emptyHome();
  const { settings, provider } = passwordAccount;
  const message = { reason: 'r', params: { status: null } };
  at.stored.settings = {
    version: 1,
    accounts: { hq: { provider, grant: 'password', fields: settings } },
    annotations: {
      hq: {
        labels: { display_name: 'Büro', color: 'no colour', pinned: 'yes' },
        last_used_at: 'yesterday',
        last_error: { message, at: 1 },
        person: 'alice',
      },
      berlin: { last_error: { message: { ...message, action: { type: 'of a newer one' } }, at: 1 } },
      'no name': 5,
    },
  };
  const kit = await openKit(refused, at);
  expect(kit.keyfob.account('hq')).toMatchObject({
    labels: { ...noLabels, display_name: 'Büro' },
    last_used_at: null,
    last_error: null,
  });
  expect(kit.keyfob.settings.read().annotations['hq']).toMatchObject({ person: 'alice' });
  at.stored.settings = { version: 1, annotations: 'none' };
  await openKit(refused, at);
});

test('of accounts that are used within a minute the one used last comes first', async () => {
  const kit = await openKit(refused);
  for (const name of ['berlin', 'hq']) await kit.keyfob.add({ ...passwordAccount, name });
  for (const name of ['berlin', 'hq', 'berlin']) {
    await kit.keyfob.use(name);
    await kit.clock.pass(2_000);
  }
  expect(
    kit.keyfob
      .accounts()
      .toSorted(byRecency)
      .map(({ name }) => name),
  ).toEqual(['berlin', 'hq']);
});

test('a direct sign-in that failed is told once it has ended', async () => {
  const kit = await openKit(refused);
  await add(kit);
  const told: unknown[] = [];
  kit.keyfob.on(({ type }) => {
    const { state, needs } = kit.keyfob.account('hq');
    told.push([type, state, needs]);
  });
  await failure(kit.keyfob.login('hq'));
  expect(told).toEqual([['account.changed', 'signed_out', 'client_secret']]);
});

test('what could not be written of accounts is told once, and written as soon as it can be', async () => {
  const at = emptyHome();
  const kit = await openKit(refused, at);
  await add(kit);
  at.beforeSettings = async () => Promise.reject(new Error('no space'));
  await failure(kit.keyfob.login('hq'));
  await kit.clock.pass(200_000);
  kit.keyfob.used('hq');
  await kit.clock.pass(200_000);
  const reasons = kit.keyfob.notices.map(({ reason }) => reason);
  expect(reasons).toEqual(['annotations_not_written']);
  const { last_error: failed, last_used_at: used } = kit.keyfob.account('hq');
  expect([failed, used]).not.toContain(null);
  delete at.beforeSettings;
  await kit.clock.pass(61_000);
  expect((await kit.restart()).keyfob.account('hq')).toMatchObject({
    last_error: failed,
    last_used_at: used,
  });
});

test('a client ID that was corrected no longer says that the client secret is wanted', async () => {
  const kit = await openKit(refused);
  await add(kit);
  await failure(kit.keyfob.login('hq'));
  expect(kit.keyfob.account('hq').needs).toBe('client_secret');
  await kit.keyfob.set('hq', { settings: { client_id: 'c2' }, secrets: {} });
  expect(kit.keyfob.account('hq')).toMatchObject({ needs: 'sign_in', last_error: null });
});

test('a client ID that was corrected by hand in config.json no longer says so either', async () => {
  const at = fileHome();
  const kit = await openKit(refused, at);
  await add(kit);
  await failure(kit.keyfob.login('hq'));
  await kit.keyfob.stop();
  (at.stored.settings as Settings).accounts['hq']!.fields['client_id'] = 'c2';
  expect((await openKit(refused, at)).keyfob.account('hq')).toMatchObject({ needs: 'sign_in' });
});
