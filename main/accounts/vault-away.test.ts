// A vault that goes away and comes back, holds less than it should, or takes nothing for a while.
import { describe, expect, it } from 'vitest';
import { json, openKit, type Home, type Kit } from '../../testing/core-kit.ts';
import { account, fileHome, hour, told, vendor } from '../../testing/home-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { KeyfobError } from '../api/errors.ts';

const seconds = 1_000;
const away = (): KeyfobError => new KeyfobError('no_secret_service', {});
const full = (): KeyfobError => new KeyfobError('vault_unwritable', { file: 'vault.json', code: 'ENOSPC' });

/** A home with `hq` signed in, and a vendor that notes a refresh token that comes twice. */
async function signedIn(at: Home = fileHome(), names: readonly string[] = ['hq']) {
  const made = vendor();
  const kit = await openKit(made.answer, at);
  for (const name of names) {
    await kit.keyfob.add({ ...account, name });
    await kit.keyfob.login(name);
  }
  return { kit, at, made };
}
const states = (kit: Kit): string[] => kit.keyfob.accounts().map(({ state }) => state);
const stored = (kit: Kit, name = 'hq'): string => kit.vault.entries.get(name) ?? '';

describe('a vault that goes away while Keyfob runs', () => {
  it('leaves live tokens served, is told, and is looked for until it is back', async () => {
    const { kit } = await signedIn();
    await kit.clock.pass(10 * seconds);
    kit.vault.away = away();
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect(kit.keyfob.away).toMatchObject({ reason: 'no_secret_service' });
    expect(kit.keyfob.notices.map(told)).toEqual([expect.stringMatching(/Secret Service/)]);
    expect((await failure(kit.keyfob.token({ account: 'hq', minValid: 3_599 }))).code).toBe(
      'vault_unavailable',
    );
    kit.vault.nextLook = null;
    await kit.clock.pass(4 * seconds);
    expect(kit.keyfob.notices).toEqual([]);
    expect(kit.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['vault.away', 'vault.back']));
    await kit.keyfob.stop();
  });

  it('gets the rotated token that it could not take as soon as it is back, and none is sent twice', async () => {
    const { kit, made } = await signedIn();
    const { answer } = made;
    kit.answer = (asked) => {
      kit.vault.away = away();
      kit.vault.nextLook = away();
      return answer(asked);
    };
    kit.vault.beforeWrite = async () => {
      if (kit.vault.away !== null) throw kit.vault.away;
    };
    while (kit.asked.length < 2) await kit.clock.pass(60 * seconds);
    expect(stored(kit)).toContain('"r1"');
    // What cannot be kept is served to nobody; what lives is.
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect(kit.keyfob.notices.map(told).join(' ')).toMatch(/hq.*keeps it in memory/);
    kit.vault.nextLook = null;
    await kit.clock.pass(5 * seconds);
    expect(stored(kit)).toContain('"r2"');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a2');
    expect([made.reused, kit.keyfob.notices]).toEqual([0, []]);
    await kit.keyfob.stop();
  });
});

describe('a start while the vault is away', () => {
  it('lists all accounts and says why, and comes to life by itself', async () => {
    const { kit: first, at } = await signedIn(fileHome(), ['hq', 'berlin']);
    await first.keyfob.stop();
    at.vault.away = away();
    const kit = await openKit(vendor().answer, at);
    expect(states(kit)).toEqual(['locked', 'locked']);
    expect(kit.keyfob.account('hq').notice).toMatchObject({ reason: 'no_secret_service' });
    expect((await failure(kit.keyfob.token({ account: 'hq' }))).code).toBe('vault_unavailable');
    expect(kit.keyfob.notices.map(told)).toEqual([expect.stringMatching(/Secret Service/)]);
    at.vault.nextLook = null;
    await kit.clock.pass(4 * seconds);
    await expect.poll(() => states(kit)).toEqual(['live', 'live']);
    expect(kit.keyfob.notices).toEqual([]);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect(kit.events.map(({ type }) => type)).toContain('vault.unlocked');
    await kit.keyfob.stop();
  });

  it('stays locked when a person locked it meanwhile', async () => {
    const { kit: first, at } = await signedIn();
    await first.keyfob.stop();
    at.vault.away = away();
    const kit = await openKit(vendor().answer, at);
    await kit.keyfob.lock();
    at.vault.nextLook = null;
    await kit.clock.pass(10 * seconds);
    expect(states(kit)).toEqual(['locked']);
    await kit.keyfob.unlock();
    expect(states(kit)).toEqual(['live']);
    await kit.keyfob.stop();
  });
});

describe('a vault that holds less than config.json says', () => {
  it('with none of the accounts is not written into: they stay listed until it is put back', async () => {
    const { kit: first, at } = await signedIn(fileHome(), ['hq', 'berlin']);
    await first.keyfob.stop();
    const entries = new Map(at.vault.entries);
    at.vault.entries.clear();
    const kit = await openKit(vendor().answer, at);
    expect(states(kit)).toEqual(['locked', 'locked']);
    expect(kit.keyfob.notices.map(told)).toEqual([
      expect.stringMatching(/none of the 2 accounts.*--new-vault/),
    ]);
    const refused = await failure(kit.keyfob.set('hq', { settings: {}, secrets: account.secrets }));
    expect([refused.code, at.vault.entries.size]).toEqual(['vault_unavailable', 0]);
    expect((await failure(kit.keyfob.unlock())).problem.reason).toBe('vault_entries_gone');
    for (const [name, text] of entries) at.vault.entries.set(name, text);
    await kit.clock.pass(40 * seconds);
    await expect.poll(() => states(kit)).toEqual(['live', 'live']);
    await kit.keyfob.stop();
  });

  it('with none of the accounts is begun anew when a person says so', async () => {
    const { kit: first, at } = await signedIn();
    await first.keyfob.stop();
    at.vault.entries.clear();
    const kit = await openKit(vendor().answer, at);
    await kit.keyfob.unlock(undefined, { begin: true });
    expect([states(kit), kit.keyfob.notices]).toEqual([['signed_out'], []]);
    await kit.keyfob.stop();
    const again = await openKit(vendor().answer, at);
    expect([states(again), again.keyfob.notices]).toEqual([['signed_out'], []]);
    await again.keyfob.stop();
  });

  it('without one account’s entry says so of that account alone', async () => {
    const { kit: first, at } = await signedIn(fileHome(), ['hq', 'berlin']);
    await first.keyfob.stop();
    at.vault.entries.delete('berlin');
    const kit = await openKit(vendor().answer, at);
    expect(states(kit)).toEqual(['live', 'signed_out']);
    expect(kit.keyfob.notices.map(told)).toEqual([expect.stringContaining('no longer contains `berlin`')]);
    await kit.keyfob.stop();
  });

  it('with one entry that cannot be read gives that account’s reason, and not that Keyfob is locked', async () => {
    const { kit: first, at } = await signedIn(fileHome(), ['hq', 'berlin']);
    await first.keyfob.stop();
    at.vault.entries.set('berlin', '{"cut');
    const kit = await openKit(vendor().answer, at);
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a1');
    expect((await failure(kit.keyfob.token({ account: 'berlin' }))).problem).toMatchObject({
      code: 'vault_unavailable',
      reason: 'record_damaged',
    });
    expect(kit.keyfob.account('berlin').notice).toMatchObject({ reason: 'record_damaged' });
    await kit.keyfob.stop();
  });
});

describe('a rotated token that waits for space', () => {
  /** A refresh whose answer the vault does not take, until `freeSpace` is called. */
  async function waiting() {
    const { kit, at, made } = await signedIn();
    let isFull = true;
    kit.vault.beforeWrite = async () => {
      if (isFull) throw full();
    };
    await kit.clock.pass(hour - 30 * seconds);
    expect(kit.asked.at(-1)?.parameters).toMatchObject({ refresh_token: 'r1' });
    return { kit, at, made, freeSpace: () => void (isFull = false) };
  }

  it('is held over lock and unlock, told, and written once there is room', async () => {
    const { kit, made, freeSpace } = await waiting();
    await kit.keyfob.lock();
    expect([states(kit), kit.keyfob.spending]).toEqual([['locked'], ['hq']]);
    expect(kit.keyfob.notices.map(told)).toEqual([
      expect.stringMatching(/newest token of hq.*even while locked/),
    ]);
    await kit.clock.pass(60 * seconds);
    await kit.keyfob.unlock();
    freeSpace();
    await kit.clock.pass(60 * seconds);
    expect(stored(kit)).toContain('"r2"');
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a2');
    expect([made.reused, kit.keyfob.notices, kit.keyfob.spending]).toEqual([0, [], []]);
    await kit.keyfob.stop();
  });

  it('is written by the lock where there is room by then', async () => {
    const { kit, made, freeSpace } = await waiting();
    freeSpace();
    await kit.keyfob.lock();
    expect([kit.keyfob.notices, kit.keyfob.spending]).toEqual([[], []]);
    expect(stored(kit)).toContain('"r2"');
    await kit.keyfob.unlock();
    expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('a2');
    expect(made.reused).toBe(0);
    await kit.keyfob.stop();
  });

  it('is what a request with a scope of its own goes by, never the one that was spent', async () => {
    const { kit, made, freeSpace } = await waiting();
    const before = kit.asked.length;
    expect((await failure(kit.keyfob.token({ account: 'hq', scope: 'read' }))).problem.reason).toBe(
      'vault_unwritable',
    );
    expect(kit.asked).toHaveLength(before);
    await kit.keyfob.lock();
    await kit.keyfob.unlock();
    await failure(kit.keyfob.token({ account: 'hq', scope: 'read' }));
    expect(kit.asked).toHaveLength(before);
    freeSpace();
    expect((await kit.keyfob.token({ account: 'hq', scope: 'read' })).access_token).toBe('a3');
    expect(kit.asked.at(-1)?.parameters).toMatchObject({ refresh_token: 'r2' });
    expect([made.reused, stored(kit).includes('"r3"')]).toEqual([0, true]);
    await kit.keyfob.stop();
  });
});

describe('callers beside changes of accounts', () => {
  it('hear only what is true in a storm of add, remove, set, lock and unlock', async () => {
    const at = fileHome();
    const slow = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    at.vault.beforeWrite = slow;
    at.vault.beforeRemove = slow;
    const kit = await openKit(
      () => json({ access_token: 'a', refresh_token: 'r', token_type: 'bearer', expires_in: 3600 }),
      at,
    );
    await kit.keyfob.add(account);
    await kit.keyfob.login('hq');
    const heard = new Map<string, number>();
    let isLocked = false;
    let over = false;
    const note = (what: string): unknown => heard.set(what, (heard.get(what) ?? 0) + 1);
    const caller = async (name: string): Promise<void> => {
      while (!over) {
        const mayBeLocked = isLocked;
        const heardCode = await kit.keyfob.token({ account: name }).then(
          () => 'served',
          (error: unknown) => (error instanceof KeyfobError ? error.code : String(error)),
        );
        const isTrue = heardCode !== 'vault_locked' || mayBeLocked || isLocked;
        note(`${name} ${heardCode}${isTrue ? '' : ' though open'}`);
        await slow();
      }
    };
    const callers = ['hq', 'guest'].flatMap((name) => [caller(name), caller(name), caller(name)]);
    for (let round = 0; round < 40; round += 1) {
      await kit.keyfob.add({ ...account, name: 'guest' });
      await kit.keyfob.set('hq', { settings: {}, secrets: { client_secret: `s${String(round)}` } });
      await kit.keyfob.remove('guest');
      if (round % 4 !== 0) continue;
      isLocked = true;
      const locking = kit.keyfob.lock();
      if (round % 8 === 0) await locking;
      await kit.keyfob.unlock();
      await locking;
      await slow();
      isLocked = false;
      expect([round, kit.keyfob.locked, kit.vault.locked]).toEqual([round, false, false]);
    }
    over = true;
    await Promise.all(callers);
    expect([...heard.keys()].toSorted()).toEqual(
      [
        'guest no_such_account',
        'guest sign_in_needed',
        'guest vault_locked',
        'hq served',
        'hq vault_locked',
      ].filter((one) => heard.has(one)),
    );
    expect(heard.get('hq served')).toBeGreaterThan(10);
    await kit.keyfob.stop();
  });
});
