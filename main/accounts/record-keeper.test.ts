// The vault's record counts: a kill or a refused write leaves the old or the new, and so does another process.
import { describe, expect, it } from 'vitest';
import { openKit, WatchedVault, type Home, type Kit } from '../../testing/core-kit.ts';
import {
  account,
  copyOf,
  fileHome,
  hour,
  other,
  recordOf,
  reopen,
  told,
  vendor,
  type Snapshot,
} from '../../testing/home-kit.ts';
import { settle } from '../../testing/virtual-clock.ts';

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

describe('a kill between any two writes', () => {
  const moved = {
    settings: { token_url: `${other}/token`, username: 'bob' },
    secrets: { client_secret: 's2', password: 'p2' },
  };

  it('of set leaves the old settings with the old secrets, or the new with the new', async () => {
    const at = fileHome();
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
      expect((await again.keyfob.facts('hq')).fields.find(({ name }) => name === 'username')?.value).toBe(
        isNew ? 'bob' : 'alice',
      );
      await again.keyfob.refresh('hq').catch(() => undefined);
      const sent = again.asked.filter(({ url }) => url.startsWith(other));
      expect(sent.map(({ parameters }) => parameters['refresh_token'])).not.toContain('r1');
      expect(again.keyfob.notices.map(told)).toEqual([]);
    }
  });

  it('of add leaves the account whole or absent', async () => {
    const at = fileHome();
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
    const at = fileHome();
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
      const at = fileHome();
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
      const at = fileHome();
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
      const kit = await openKit(vendor().answer, fileHome());
      await kit.keyfob.add(account);
      await kit.keyfob.login('hq');
      kit.vault.beforeWrite = async () => {
        throw new Error('no space is left');
      };
      await expect(kit.keyfob[command]('hq')).rejects.toThrow('no space is left');
      expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    }
  });

  it('late, when it had happened all the same, is told as done', async () => {
    const kit = await openKit(vendor().answer, fileHome());
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

describe('two processes over one vault', () => {
  it('never spend one refresh token, and go on with what either brought', async () => {
    const at = fileHome();
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
      const kit = await openKit(one.answer, fileHome());
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
