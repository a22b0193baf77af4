// The vault's record counts: a kill between any two writes leaves the old or the new, and config.json is a copy.
import { describe, expect, it } from 'vitest';
import {
  emptyHome,
  json,
  openKit,
  WatchedVault,
  type Answer,
  type Home,
  type Kit,
} from '../../testing/core-kit.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import type { Message } from '../api/problems/index.ts';

const good = 'https://login.good.example';
const other = 'https://other.example';
const hour = 60 * 60_000;

/** A vendor at every origin that rotates refresh tokens and notes one that comes twice. */
function vendor() {
  let count = 0;
  const spent = new Set<string>();
  const made = {
    reused: 0,
    answer: (({ parameters }) => {
      const token = parameters['refresh_token'];
      if (token !== undefined) {
        if (spent.has(token)) made.reused += 1;
        spent.add(token);
      }
      count += 1;
      return json({
        access_token: `a${String(count)}`,
        refresh_token: `r${String(count)}`,
        token_type: 'bearer',
        expires_in: 3600,
      });
    }) satisfies Answer as Answer,
  };
  return made;
}

const account = {
  name: 'hq',
  provider: 'oauth2',
  grant: 'password',
  settings: { token_url: `${good}/token`, client_id: 'c1', username: 'alice', client_auth: 'post' },
  secrets: { client_secret: 's1', password: 'p1' },
};

function home(): Home {
  const made = { ...emptyHome(), rememberVault: true };
  made.vault.kind = 'file';
  return made;
}

/** The state of a home between two writes. */
interface Snapshot {
  readonly entries: Map<string, string>;
  readonly settings: unknown;
}

/** What a home would be after a kill before each of its writes, and after the last. */
async function snapshots(kit: Kit, at: Home, act: () => Promise<unknown>): Promise<Snapshot[]> {
  const taken: Snapshot[] = [];
  const take = async (): Promise<void> => {
    taken.push({ entries: new Map(at.vault.entries), settings: structuredClone(at.stored.settings) });
  };
  at.vault.beforeWrite = take;
  at.vault.beforeRemove = take;
  at.beforeSettings = take;
  await act();
  await take();
  at.vault.beforeWrite = at.vault.beforeRemove = at.beforeSettings = async () => undefined;
  await kit.keyfob.stop();
  return taken;
}

async function reopen(snapshot: Snapshot, answer: Answer, from: Home): Promise<Kit> {
  const vault = new WatchedVault(new Map(snapshot.entries));
  vault.kind = from.vault.kind;
  return openKit(answer, { ...from, vault, stored: { settings: structuredClone(snapshot.settings) } });
}

const recordOf = (kit: Kit, name = 'hq'): Record<string, unknown> =>
  JSON.parse(kit.vault.entries.get(name) ?? '{}') as Record<string, unknown>;
const copyOf = (kit: Kit, name = 'hq') => kit.keyfob.settings.read().accounts[name];

/** A notice as a terminal shows it. */
const told = (notice: Message): string => sentenceOf(commandTexts, notice);

describe('a kill between any two writes', () => {
  const moved = {
    settings: { token_url: `${other}/token`, username: 'bob' },
    secrets: { client_secret: 's2', password: 'p2' },
  };

  it('of set leaves the old settings with the old secrets, or the new with the new', async () => {
    const at = home();
    const { answer } = vendor();
    const kit = await openKit(answer, at);
    await kit.keyfob.add(account);
    await kit.keyfob.login('hq');
    const points = await snapshots(kit, at, () => kit.keyfob.set('hq', moved));
    expect(points.length).toBeGreaterThan(2);
    for (const [index, point] of points.entries()) {
      const again = await reopen(point, answer, at);
      const { settings, secrets } = recordOf(again) as { settings: { fields: object }; secrets: object };
      const isNew = index > 0;
      expect(settings.fields).toMatchObject(isNew ? moved.settings : account.settings);
      expect(secrets).toMatchObject(isNew ? moved.secrets : account.secrets);
      expect(copyOf(again)?.fields).toEqual(settings.fields);
      expect(again.keyfob.facts('hq').fields.find(({ name }) => name === 'username')?.value).toBe(
        isNew ? 'bob' : 'alice',
      );
      await again.keyfob.refresh('hq').catch(() => undefined);
      const sent = again.asked.filter(({ url }) => url.startsWith(other));
      expect(sent.map(({ parameters }) => parameters['refresh_token'])).not.toContain('r1');
      expect(again.keyfob.notices.map(told)).toEqual([]);
    }
  });

  it('of add leaves the account whole or absent', async () => {
    const at = home();
    const { answer } = vendor();
    const kit = await openKit(answer, at);
    const points = await snapshots(kit, at, () => kit.keyfob.add(account));
    expect(points.length).toBeGreaterThan(2);
    for (const [index, point] of points.entries()) {
      const again = await reopen(point, answer, at);
      expect(again.keyfob.accounts().map(({ name }) => name)).toEqual(index === 0 ? [] : ['hq']);
      if (index === 0) await again.keyfob.add(account);
      expect(again.keyfob.selected()).toBe('hq');
      expect(again.keyfob.settings.read().vault).toBe('file');
      await again.keyfob.login('hq');
      expect((await again.keyfob.token({})).account).toBe('hq');
    }
  });

  it('of remove leaves the account whole or gone, and never listed without secrets', async () => {
    const at = home();
    const { answer } = vendor();
    const kit = await openKit(answer, at);
    await kit.keyfob.add(account);
    await kit.keyfob.login('hq');
    const points = await snapshots(kit, at, () => kit.keyfob.remove('hq'));
    expect(points.length).toBeGreaterThan(3);
    for (const point of points) {
      const again = await reopen(point, answer, at);
      const isThere = point.entries.has('hq');
      expect(again.keyfob.accounts().map(({ name }) => name)).toEqual(isThere ? ['hq'] : []);
      expect(again.keyfob.settings.read().removing).toEqual([]);
      if (isThere) expect((await again.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
      else await again.keyfob.add(account);
    }
  });

  it.each(['login', 'logout', 'refresh'] as const)(
    'of %s leaves the old token or the new state',
    async (command) => {
      const at = home();
      const { answer } = vendor();
      const kit = await openKit(answer, at);
      await kit.keyfob.add(account);
      await kit.keyfob.login('hq');
      const before = recordOf(kit)['state'];
      const written = JSON.stringify(at.stored.settings);
      const points = await snapshots(kit, at, () => kit.keyfob[command]('hq'));
      const after = recordOf(kit)['state'];
      for (const [index, point] of points.entries()) {
        const again = await reopen(point, answer, at);
        expect(recordOf(again)['state']).toEqual(index === 0 ? before : after);
      }
      // What changes no setting writes no settings.
      expect(JSON.stringify(at.stored.settings)).toBe(written);
      expect(points).toHaveLength(2);
    },
  );
});

describe('a write that is refused', () => {
  /** Runs a command with its nth write refused, until none is; each time, with what it told and what stands after a restart. */
  async function refuseEach(
    act: (kit: Kit) => Promise<unknown>,
    judge: (told: boolean, again: Kit) => Promise<void>,
    kind: 'file' | 'memory' = 'file',
  ): Promise<void> {
    for (let nth = 1; ; nth += 1) {
      const at = home();
      at.vault.kind = kind;
      const { answer } = vendor();
      const kit = await openKit(answer, at);
      await kit.keyfob.add(account);
      await kit.keyfob.login('hq');
      let writes = 0;
      const refuse = async (): Promise<void> => {
        writes += 1;
        if (writes === nth) throw new Error('no space is left');
      };
      at.beforeSettings = refuse;
      // Memory has nothing that could refuse.
      if (kind === 'file') at.vault.beforeWrite = at.vault.beforeRemove = refuse;
      const told = await act(kit).then(
        () => true,
        () => false,
      );
      await kit.keyfob.stop();
      const settings = structuredClone(at.stored.settings);
      await judge(told, await reopen({ entries: at.vault.entries, settings }, answer, at));
      if (writes < nth) return;
    }
  }

  it('of set: what was told as failed has not happened, what was told as done has', async () => {
    await refuseEach(
      (kit) => kit.keyfob.set('hq', { settings: { username: 'bob' }, secrets: { password: 'p2' } }),
      async (told, again) => {
        expect(recordOf(again)).toMatchObject({
          settings: { fields: { username: told ? 'bob' : 'alice' } },
          secrets: { password: told ? 'p2' : 'p1' },
        });
        expect(copyOf(again)?.fields['username']).toBe(told ? 'bob' : 'alice');
      },
    );
  });

  it.each(['file', 'memory'] as const)('of add and remove, with a vault of kind %s', async (kind) => {
    await refuseEach(
      (kit) => kit.keyfob.add({ ...account, name: 'berlin' }),
      async (told, again) => {
        expect(again.keyfob.accounts().map(({ name }) => name)).toEqual(told ? ['hq', 'berlin'] : ['hq']);
      },
      kind,
    );
    await refuseEach(
      (kit) => kit.keyfob.remove('hq'),
      async (told, again) => {
        expect(again.keyfob.accounts().map(({ name }) => name)).toEqual(told ? [] : ['hq']);
      },
      kind,
    );
  });

  it('of login and logout: memory is as the vault', async () => {
    for (const command of ['login', 'logout'] as const) {
      const kit = await openKit(vendor().answer, home());
      await kit.keyfob.add(account);
      await kit.keyfob.login('hq');
      kit.vault.beforeWrite = async () => {
        throw new Error('no space is left');
      };
      await failure(kit.keyfob[command]('hq'));
      expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    }
  });

  it('late, when it had happened all the same, is told as done', async () => {
    const kit = await openKit(vendor().answer, home());
    await kit.keyfob.add(account);
    const { put } = WatchedVault.prototype;
    let failed = false;
    kit.vault.put = async (name, entry, expected) => {
      const version = await put.call(kit.vault, name, entry, expected);
      if (!failed) {
        failed = true;
        throw new Error('it could not be flushed');
      }
      return version;
    };
    await kit.keyfob.set('hq', { settings: { username: 'bob' }, secrets: {} });
    expect(failed).toBe(true);
    expect(recordOf(kit)).toMatchObject({ settings: { fields: { username: 'bob' } } });
    await kit.keyfob.login('hq');
  });
});

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
    const at = home();
    await signedIn(at);
    at.stored.settings = {};
    const again = await start(at);
    expect(copyOf(again)).toMatchObject({ provider: 'oauth2', fields: account.settings });
    expect(again.keyfob.selected()).toBe('hq');
    expect((await again.keyfob.token({})).access_token).toBe('a1');
    expect(again.keyfob.notices.map(told)).toEqual([expect.stringContaining('listed again')]);
  });

  it('changed by hand is taken as set would, with what it means for tokens and origins', async () => {
    const at = home();
    await signedIn(at);
    edit(at, ({ fields }) => (fields['token_url'] = `${other}/token`));
    const again = await openKit(vendor().answer, at);
    expect(again.keyfob.facts('hq').fields.find(({ name }) => name === 'token_url')?.value).toBe(
      `${other}/token`,
    );
    expect(recordOf(again)).toMatchObject({
      settings: { fields: { token_url: `${other}/token` } },
      origins: { known: [good] },
      state: { status: 'signed_out' },
    });
    const line = (at.stored.text ?? '').split('\n').findIndex((one) => one.includes('token_url')) + 1;
    expect(again.keyfob.notices.map(told)).toEqual([
      expect.stringMatching(new RegExp(`line ${String(line)}: hq .*token_url`)),
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
    const at = home();
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
    const at = home();
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
    const at = home();
    await signedIn(at);
    at.vault.locked = true;
    const kit = await openKit(vendor().answer, at);
    expect(kit.keyfob.accounts()).toMatchObject([{ name: 'hq', provider: 'oauth2', state: 'locked' }]);
    expect(kit.keyfob.facts('hq').fields.find(({ name }) => name === 'username')?.value).toBe('alice');
    await kit.keyfob.unlock();
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
  });

  it('keeps what was done while another vault was in use: it is taken when the home’s own is back', async () => {
    const at = home();
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
    const at = home();
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

describe('two processes over one vault', () => {
  it('never spend one refresh token, and go on with what either brought', async () => {
    const at = home();
    const one = vendor();
    const first = await openKit(one.answer, at);
    await first.keyfob.add(account);
    await first.keyfob.login('hq');
    const second = await openKit(one.answer, {
      ...at,
      stored: { settings: structuredClone(at.stored.settings) },
    });
    first.clock.sleep(2 * hour);
    const asking = [first, second].map((kit) => kit.keyfob.token({ account: 'hq' }));
    await settle();
    await first.clock.pass(2_000);
    const tokens = await Promise.all(asking);
    expect(tokens.map(({ access_token }) => access_token)).toEqual(['a2', 'a2']);
    await second.keyfob.refresh('hq');
    await first.keyfob.refresh('hq');
    expect(one.reused).toBe(0);
  });
});

describe('a sign-in beside a refresh', () => {
  it('is not undone by the refresh, whichever reaches the vault first', async () => {
    for (const first of ['refresh', 'login'] as const) {
      const one = vendor();
      const kit = await openKit(one.answer, home());
      await kit.keyfob.add(account);
      await kit.keyfob.login('hq');
      const answers: (() => void)[] = [];
      kit.answer = async (asked) => {
        const answer = await one.answer(asked);
        await new Promise<void>((resolve) => answers.push(resolve));
        return answer;
      };
      const refreshing = kit.keyfob.refresh('hq').catch(() => undefined);
      await settle();
      const signing = kit.keyfob.login('hq').catch(() => undefined);
      await settle();
      const order = first === 'refresh' ? [0, 1] : [1, 0];
      for (const index of order) {
        answers[index]?.();
        await settle();
      }
      await Promise.all([refreshing, signing]);
      expect(recordOf(kit)).toMatchObject({
        state: { session: { access_token: 'a3', refresh_token: 'r3' } },
      });
      expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a3');
    }
  });
});
