// What a start makes of records and of their copies in config.json: the vault's record counts.
import { describe, expect, it } from 'vitest';
import { openKit, WatchedVault, type Home, type Kit } from '../../testing/core-kit.ts';
import {
  account,
  copyOf,
  fileHome,
  good,
  other,
  recordOf,
  reopen,
  told,
  vendor,
} from '../../testing/home-kit.ts';
import { failure } from '../../testing/short-message.ts';

describe('config.json', () => {
  async function signedIn(at: Home): Promise<Kit> {
    const kit = await openKit(vendor().answer, at);
    await kit.keyfob.add(account);
    await kit.keyfob.login('hq');
    await kit.keyfob.stop();
    return kit;
  }
  /** Changes the copy as somebody with an editor would. */
  function edit(at: Home, change: (hq: { provider: string; fields: Record<string, string> }) => void): void {
    const settings = structuredClone(at.stored.settings) as {
      accounts: { hq: { provider: string; fields: Record<string, string> } };
    };
    change(settings.accounts.hq);
    at.stored.settings = settings;
    at.stored.text = JSON.stringify(settings, undefined, 2);
  }
  const start = (at: Home): Promise<Kit> =>
    reopen({ entries: at.vault.entries, settings: at.stored.settings }, vendor().answer, at);

  it('that is gone comes back from the vault, with every account', async () => {
    const at = fileHome();
    await signedIn(at);
    at.stored.settings = {};
    const again = await start(at);
    expect(copyOf(again)).toMatchObject({ provider: 'oauth2', fields: account.settings });
    expect(again.keyfob.selected()).toBe('hq');
    expect((await again.keyfob.token({})).access_token).toBe('a1');
    expect(again.keyfob.notices.map(told)).toEqual([expect.stringContaining('listed again')]);
  });

  it('changed by hand is taken as set would, with what it means for tokens and origins', async () => {
    const at = fileHome();
    await signedIn(at);
    edit(at, ({ fields }) => (fields['token_url'] = `${other}/token`));
    const again = await openKit(vendor().answer, at);
    expect((await again.keyfob.facts('hq')).fields.find(({ name }) => name === 'token_url')?.value).toBe(
      `${other}/token`,
    );
    expect(recordOf(again)).toMatchObject({
      settings: { fields: { token_url: `${other}/token` } },
      origins: { known: [good] },
      state: { status: 'signed_out' },
    });
    const line = (at.stored.text ?? '').split('\n').findIndex((one) => one.includes('token_url')) + 1;
    expect(again.keyfob.notices.map(told)).toEqual([
      expect.stringMatching(new RegExp(`line ${String(line)}: .* hq .*token_url`)),
      expect.stringContaining('forgotten'),
      expect.stringContaining(other),
    ]);
    expect((await failure(again.keyfob.login('hq'))).code).toBe('not_permitted');
    await again.keyfob.stop();
    expect(
      (await openKit(vendor().answer, { ...at, stored: { settings: at.stored.settings } })).keyfob.notices,
    ).toEqual([]);
  });

  it.each([
    [
      'a field that is not good',
      'token_url',
      ({ fields }: { fields: Record<string, string> }) => (fields['token_url'] = 'nowhere'),
    ],
    [
      'a field that is not there',
      'tokenurl',
      ({ fields }: { fields: Record<string, string> }) => (fields['tokenurl'] = 'x'),
    ],
    ['the provider', 'provider', (hq: { provider: string }) => (hq.provider = 'officernd')],
  ])('changed by hand in %s is refused with its line, and left standing', async (_what, member, change) => {
    const at = fileHome();
    await signedIn(at);
    edit(at, change);
    for (const _start of [1, 2]) {
      const again = await openKit(vendor().answer, at);
      const line = (at.stored.text ?? '').split('\n').findIndex((one) => one.includes(`"${member}"`)) + 1;
      expect(again.keyfob.notices.map(told)).toEqual([
        expect.stringMatching(
          new RegExp(`line ${String(line)}: .*${member} .*hq|line ${String(line)}: .*hq .*${member}`),
        ),
      ]);
      expect(recordOf(again)).toMatchObject({ settings: { provider: 'oauth2', fields: account.settings } });
      expect((await again.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
      await again.keyfob.use('hq');
      await again.keyfob.stop();
    }
  });

  it('with an account that no vault has lists it, signed out and without secrets', async () => {
    const at = fileHome();
    at.stored.settings = {
      version: 1,
      accounts: { hand: { provider: 'oauth2', grant: 'password', fields: account.settings } },
    };
    const kit = await openKit(vendor().answer, at);
    expect(kit.keyfob.account('hand').state).toBe('signed_out');
    await kit.keyfob.set('hand', { settings: {}, secrets: account.secrets });
    await kit.keyfob.login('hand');
    expect(recordOf(kit, 'hand')).toMatchObject({ version: 2, settings: { provider: 'oauth2' } });
  });

  it('lists every account with its fields while the vault is locked, and mends them at the unlock', async () => {
    const at = fileHome();
    await signedIn(at);
    at.vault.locked = true;
    const kit = await openKit(vendor().answer, at);
    expect(kit.keyfob.accounts()).toMatchObject([{ name: 'hq', provider: 'oauth2', state: 'locked' }]);
    expect((await kit.keyfob.facts('hq')).fields.find(({ name }) => name === 'username')?.value).toBe(
      'alice',
    );
    await kit.keyfob.unlock();
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
  });

  it('keeps what was done while another vault was in use: it is taken when the home’s own is back', async () => {
    const at = fileHome();
    await signedIn(at);
    const away = { ...at, vault: new WatchedVault() };
    const kit = await openKit(vendor().answer, away);
    expect(kit.keyfob.account('hq').state).toBe('signed_out');
    await kit.keyfob.set('hq', { settings: { username: 'bob' }, secrets: account.secrets });
    await kit.keyfob.stop();
    const back = await openKit(vendor().answer, at);
    expect(recordOf(back)).toMatchObject({
      settings: { fields: { username: 'bob' } },
      secrets: account.secrets,
    });
    await back.keyfob.stop();
    const gone = await openKit(vendor().answer, { ...at, vault: new WatchedVault() });
    await gone.keyfob.remove('hq');
    await gone.keyfob.stop();
    const after = await openKit(vendor().answer, at);
    expect(after.keyfob.accounts()).toEqual([]);
    expect(at.vault.entries.size).toBe(0);
    expect(after.keyfob.settings.read().removing).toEqual([]);
  });
});

describe('a record of the first format', () => {
  it('is carried over once, with what config.json says', async () => {
    const at = fileHome();
    const first = await openKit(vendor().answer, at);
    await first.keyfob.add(account);
    await first.keyfob.login('hq');
    await first.keyfob.stop();
    const { secrets, origins, state } = recordOf(first) as {
      secrets: object;
      origins: object;
      state: { session: object };
    };
    const old = {
      version: 1,
      secrets,
      origins,
      session: state.session,
      standing: 'signed_in',
      refusal: null,
      password_tried: true,
    };
    at.vault.entries.set('hq', JSON.stringify(old));
    const { provider, grant, settings: fields } = account;
    at.stored.settings = {
      version: 1,
      selected: 'hq',
      accounts: { hq: { provider, grant, fields } },
      vault: 'file',
    };
    const kit = await openKit(vendor().answer, at);
    expect(recordOf(kit)).toMatchObject({
      version: 2,
      settings: { provider, grant, fields },
      secrets,
      origins,
      state: { status: 'signed_in', session: state.session, password_tried: true },
    });
    expect(copyOf(kit)?.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(kit.keyfob.notices).toEqual([]);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
  });
});
