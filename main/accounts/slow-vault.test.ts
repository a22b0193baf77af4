// A start whose vault takes long for its records: many accounts, or a keychain.
import { expect, it, vi } from 'vitest';
import { openKit, WatchedVault, type Kit } from '../../testing/core-kit.ts';
import { account, fileHome, vendor } from '../../testing/home-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';

class SlowVault extends WatchedVault {
  /** Reads that wait, by name. */
  readonly reads = new Map<string, () => void>();
  lists = 0;
  readonly #released = Promise.withResolvers<void>();
  override async get(name: string) {
    await Promise.race([
      this.#released.promise,
      new Promise<void>((resolve) => this.reads.set(name, resolve)),
    ]);
    return super.get(name);
  }
  override async list() {
    this.lists += 1;
    await this.#released.promise;
    return super.list();
  }
  /** Lets all that wait, and what follows, through. */
  release(): void {
    this.#released.resolve();
  }
}

const names = Array.from({ length: 40 }, (_, index) => `hq-${String(index)}`);

/** A home of forty accounts that are signed in, started anew with a vault that waits. */
async function startSlowly(): Promise<{ kit: Kit; vault: SlowVault }> {
  const home = fileHome();
  const before = await openKit(vendor().answer, home);
  for (const name of names) {
    await before.keyfob.add({ ...account, name });
    await before.keyfob.login(name);
  }
  await before.keyfob.stop();
  const vault = new SlowVault(new Map(home.vault.entries));
  vault.kind = 'file';
  const opening = openKit(vendor().answer, { ...home, vault });
  await settle();
  await home.clock.pass(60);
  return { kit: await opening, vault };
}

it('a start with a slow vault is over before all is read, and whoever asks for an account has it read first', async () => {
  const { kit, vault } = await startSlowly();
  expect(kit.keyfob.locked).toBe(false);
  expect(kit.keyfob.account('hq-39')).toMatchObject({
    state: 'locked',
    notice: { reason: 'record_being_read' },
  });
  expect(vault.reads.has('hq-39')).toBe(false);
  const token = kit.keyfob.token({ account: 'hq-39' });
  await settle();
  vault.reads.get('hq-39')?.();
  expect((await token).access_token).toBe('a40');
  expect(kit.events.map(({ type }) => type)).toEqual([]);
  vault.release();
  await vi.waitFor(() => expect(kit.events.map(({ type }) => type)).toEqual(['vault.unlocked']));
  expect(kit.keyfob.accounts().every(({ state }) => state === 'live')).toBe(true);
  expect(kit.asked).toEqual([]);
});

it('a start with a slow vault lets what concerns all accounts wait until all is read', async () => {
  const { kit, vault } = await startSlowly();
  const exported = kit.keyfob.exportAccounts({ secrets: true });
  const added = failure(kit.keyfob.add({ ...account, name: 'hq-0' }));
  await settle();
  vault.release();
  const { secrets } = await exported;
  expect(Object.values(secrets ?? {})).toHaveLength(40);
  expect(Object.values(secrets ?? {}).every(({ password }) => password === 'p1')).toBe(true);
  expect(await added).toMatchObject({ code: 'already_exists' });
});

it('a start with a slow vault is cut short by a lock, and the unlock reads the rest', async () => {
  const { kit, vault } = await startSlowly();
  const locking = kit.keyfob.lock();
  vault.release();
  await locking;
  expect(vault.lists).toBe(0);
  expect((await failure(kit.keyfob.token({ account: 'hq-39' }))).code).toBe('vault_locked');
  const unlocking = kit.keyfob.unlock();
  await unlocking;
  expect(kit.keyfob.accounts().every(({ state }) => state === 'live')).toBe(true);
});

it('a start with a slow vault that turns out to be another one serves nobody, and says so', async () => {
  const { kit, vault } = await startSlowly();
  const asked = failure(kit.keyfob.token({ account: 'hq-1' }));
  vault.entries.clear();
  vault.release();
  expect((await asked).code).toBe('vault_unavailable');
  expect(kit.keyfob.away).toMatchObject({ reason: 'vault_entries_gone' });
  await vi.waitFor(() => expect(kit.events.map(({ type }) => type)).toEqual(['vault.away']));
  await kit.keyfob.stop();
});
