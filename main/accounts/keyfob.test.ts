// What the façade promises when things meet, end or are taken away, on a virtual clock against a scripted vendor.
import { describe, expect, it } from 'vitest';
import { eptura, hour, json2, minute, officernd, rotating, site } from '../../testing/core-accounts.ts';
import { json, openKit, type Kit } from '../../testing/core-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';

describe('a late answer', () => {
  async function lateRefresh(act: (kit: Kit) => Promise<unknown>): Promise<Kit> {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    let release = (_response: Response): void => undefined;
    kit.answer = () => new Promise((resolve) => (release = resolve));
    const asking = kit.keyfob.token({ account: 'hq' }).catch(() => undefined);
    await settle();
    const late = release;
    kit.answer = vendor.answer;
    await act(kit);
    late(json({ access_token: 'late', refresh_token: 'late', expires_in: hour, token_type: 'bearer' }));
    await asking;
    await settle();
    return kit;
  }

  it('does not undo a logout', async () => {
    const kit = await lateRefresh((one) => one.keyfob.logout('hq'));
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    expect(kit.vault.entries.get('hq')).not.toContain('late');
  });

  it('does not replace a newer sign-in', async () => {
    const kit = await lateRefresh((one) => one.keyfob.login('hq'));
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
    expect(kit.vault.entries.get('hq')).not.toContain('late');
  });

  it('does not come back into an account whose site was changed', async () => {
    const kit = await lateRefresh((one) =>
      one.keyfob.set('hq', { settings: { site: 'https://other.example.com' }, secrets: {} }),
    );
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    expect(kit.vault.entries.get('hq')).not.toContain('late');
  });

  it('keeps a rotated token when only a secret was changed meanwhile', async () => {
    const kit = await lateRefresh((one) =>
      one.keyfob.set('hq', { settings: {}, secrets: { password: 'new' } }),
    );
    expect(kit.vault.entries.get('hq')).toContain('late');
    expect(kit.vault.entries.get('hq')).toContain('"password":"new"');
  });

  it('does not bring a removed account back', async () => {
    const kit = await lateRefresh((one) => one.keyfob.remove('hq'));
    expect(kit.keyfob.accounts()).toEqual([]);
    expect(kit.vault.entries.size).toBe(0);
  });
});

describe('a record that was changed elsewhere', () => {
  /** Another user of the vault changes the record while the vendor is asked. */
  async function changedMeanwhile(change: (record: { epoch: number }) => object): Promise<Kit> {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    kit.answer = async (asked) => {
      const found = await kit.vault.get('hq');
      const record = JSON.parse(found?.entry ?? '') as { epoch: number };
      await kit.vault.put('hq', JSON.stringify({ ...record, ...change(record) }), found?.version ?? 0);
      kit.answer = vendor.answer;
      return vendor.answer(asked);
    };
    await kit.keyfob.token({ account: 'hq' }).catch(() => undefined);
    return kit;
  }

  it('keeps both changes when they touch different members', async () => {
    const kit = await changedMeanwhile(() => ({ secrets: { password: 'new elsewhere' } }));
    expect(kit.vault.entries.get('hq')).toContain('refresh-2');
    expect(kit.vault.entries.get('hq')).toContain('new elsewhere');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
  });

  it('is not undone by a refresh that was under way, and counts here from then on', async () => {
    const kit = await changedMeanwhile(({ epoch }) => ({
      epoch: epoch + 1,
      state: { status: 'signed_out' },
    }));
    expect(kit.vault.entries.get('hq')).not.toContain('refresh-2');
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('sign_in_needed');
  });

  it('gives way to what a person does here', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    const found = await kit.vault.get('hq');
    const text = found?.entry.replace('refresh-1', 'refresh-elsewhere') ?? '';
    await kit.vault.put('hq', text, found?.version ?? 0);
    await kit.keyfob.logout('hq');
    expect(kit.vault.entries.get('hq')).toContain('"status":"signed_out"');
    expect(kit.vault.entries.get('hq')).not.toContain('refresh-elsewhere');
  });
});

describe('signing out', () => {
  it('mints nothing until a sign-in, whatever the grant', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'Bearer', expires_in: 60 }));
    await officernd(kit);
    await kit.keyfob.logout('members');
    const count = kit.asked.length;
    await kit.clock.pass(10 * minute);
    expect((await failure(kit.keyfob.token({ account: 'members' }))).code).toBe('sign_in_needed');
    expect((await failure(kit.keyfob.refresh('members'))).code).toBe('sign_in_needed');
    const again = await kit.restart();
    expect((await failure(again.keyfob.token({ account: 'members' }))).code).toBe('sign_in_needed');
    expect(kit.asked.length + again.asked.length).toBe(count);
    await kit.keyfob.login('members');
    expect((await kit.keyfob.token({ account: 'members' })).access_token).toBe('t');
  });

  it('revokes at the vendor with the access token alone, and forgets', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => new Response(null, { status: 204 });
    const { message } = await kit.keyfob.revoke('hq');
    expect(message).toMatchObject({ reason: 'revoked' });
    expect(kit.asked.at(-1)).toMatchObject({
      url: `${site}/external/api/oauth2/revoke`,
      parameters: { 'x-token': 'access-1' },
    });
    expect(kit.vault.entries.get('hq')).not.toContain('access-1');
  });

  it('that cannot reach the vendor to revoke forgets nothing', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    kit.answer = () => json({}, 503);
    expect((await failure(kit.keyfob.revoke('hq'))).code).toBe('vendor_unreachable');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-1');
  });

  it('says so where the vendor has no revocation', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'Bearer', expires_in: 60 }));
    await officernd(kit);
    const { message } = await kit.keyfob.revoke('members');
    expect(sentenceOf(commandTexts, message)).toContain('Deleting the application');
    expect(kit.keyfob.account('members').state).toBe('signed_out');
  });
});

describe('after kill -9', () => {
  it('a live token is served again without a new one being asked for', async () => {
    const kit = await openKit(rotating(hour).answer);
    await eptura(kit);
    await kit.keyfob.use('hq');
    const again = await kit.restart();
    expect((await again.keyfob.token({})).access_token).toBe('access-1');
    expect(again.asked).toEqual([]);
  });
});

describe('the lock', () => {
  it('hides everything until it is opened, and loses no refresh under way', async () => {
    const vendor = rotating(hour);
    const kit = await openKit(vendor.answer);
    await eptura(kit);
    kit.clock.sleep(2 * hour);
    let release = (): void => undefined;
    kit.answer = async (asked) => {
      await new Promise<void>((resolve) => (release = resolve));
      return vendor.answer(asked);
    };
    const asking = kit.keyfob.token({ account: 'hq' }).catch((error: unknown) => error);
    await settle();
    const locking = kit.keyfob.lock();
    expect(kit.keyfob.account('hq').state).toBe('locked');
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vault_locked');
    release();
    await locking;
    await asking;
    await kit.keyfob.unlock();
    kit.answer = vendor.answer;
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('access-2');
    expect(vendor.reused).toBe(0);
  });
});

describe('changes that meet each other', () => {
  it('are all kept, when several are made at once', async () => {
    const kit = await openKit(rotating(hour).answer);
    await json2(kit, 'password');
    await Promise.all([
      kit.keyfob.set('desk', { settings: {}, secrets: { client_secret: 'new-1' } }),
      kit.keyfob.set('desk', { settings: {}, secrets: { password: 'new-2' } }),
      kit.keyfob.set('desk', { settings: { scope: 'new-3' }, secrets: {} }),
    ]);
    expect(kit.vault.entries.get('desk')).toContain('"client_secret":"new-1","password":"new-2"');
    expect(kit.keyfob.settings.read().accounts['desk']?.fields['scope']).toBe('new-3');
  });

  it('serve the token of the new settings to a caller who waited for the old ones', async () => {
    let release = (): void => undefined;
    let held = false;
    const kit = await openKit(async ({ parameters }) => {
      if (held) {
        held = false;
        await new Promise<void>((resolve) => (release = resolve));
      }
      return json({ access_token: `a-${parameters['scope'] ?? ''}`, token_type: 'bearer', expires_in: 600 });
    });
    await officernd(kit);
    kit.clock.sleep(hour);
    held = true;
    const asking = kit.keyfob.token({ account: 'members' });
    await settle();
    await kit.keyfob.set('members', { settings: { scope: 'both' }, secrets: {} });
    release();
    expect((await asking).access_token).toBe('a-both');
  });
});

describe('an own profile', () => {
  const profileOf = (grant: 'password' | 'client_credentials'): string =>
    JSON.stringify({
      id: 'acme',
      name: 'Acme',
      credentials_help: 'Ask Acme.',
      fields: { client_id: { label: 'Client' }, client_secret: { label: 'Secret', secret: true } },
      grants: { [grant]: { required: ['client_id', 'client_secret'], renewal: [] } },
      default_grant: grant,
      token: { url: 'https://api.example.com/token' },
      client_auth: 'params',
      lifetime_unit: 'seconds',
      refresh_token: 'reusable',
      refresh_when: 'ahead',
      api: { header: 'Authorization', scheme: 'Bearer' },
    });

  it('that loses the grant of an account is refused, and the account goes on', async () => {
    const kit = await openKit(() => json({ access_token: 't', token_type: 'bearer', expires_in: 600 }));
    await kit.keyfob.addProvider(profileOf('client_credentials'));
    await kit.keyfob.add({
      name: 'own',
      provider: 'acme',
      settings: { client_id: 'c' },
      secrets: { client_secret: 's' },
    });
    await kit.keyfob.login('own');
    const error = await failure(kit.keyfob.addProvider(profileOf('password')));
    expect(error.problem).toMatchObject({
      reason: 'profile_lacks_grant',
      params: { account: 'own', grant: 'client_credentials' },
      action: { type: 'drop_account', params: { account: 'own' } },
    });
    expect((await kit.keyfob.token({ account: 'own' })).access_token).toBe('t');
    // The profile's file is gone: the account is left out, and its name is not given away.
    const again = await kit.restart();
    expect(again.keyfob.notices).toHaveLength(1);
    const taken = {
      name: 'own',
      provider: 'officernd',
      settings: { client_id: 'c' },
      secrets: { client_secret: 's' },
    };
    expect((await failure(again.keyfob.add(taken))).code).toBe('already_exists');
    expect(again.vault.entries.get('own')).toContain('"access_token":"t"');
  });
});
