// A start whose vault takes long for its records: many accounts, or a keychain.
import { expect, it, vi } from 'vitest';
import { openKit, WatchedVault, type Kit } from '../../testing/core-kit.ts';
import { account, fileHome, good, vendor } from '../../testing/home-kit.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Versioned } from '../vaults/port.ts';
import type { Settings } from './settings.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';

class SlowVault extends WatchedVault {
  /** Reads that wait, by name. */
  readonly reads = new Map<string, () => void>();
  lists = 0;
  readonly #reads = Promise.withResolvers<void>();
  readonly #lists = Promise.withResolvers<void>();
  override async get(name: string) {
    await Promise.race([this.#reads.promise, new Promise<void>((resolve) => this.reads.set(name, resolve))]);
    return super.get(name);
  }
  override async list() {
    this.lists += 1;
    await this.#lists.promise;
    return super.list();
  }
  /** Lets the reads that wait, and what follows, through. */
  async releaseReads(): Promise<void> {
    this.#reads.resolve();
    while (this.lists === 0) await settle();
  }
  /** Lets all that wait, and what follows, through. */
  release(): void {
    this.#reads.resolve();
    this.#lists.resolve();
  }
}

const names = Array.from({ length: 40 }, (_, index) => `hq-${String(index)}`);

/** A home of forty accounts that are signed in, started anew with a vault that waits. */
async function startSlowly(
  edit: (stored: Settings) => void = () => undefined,
): Promise<{ kit: Kit; vault: SlowVault; stored: () => Settings }> {
  const home = fileHome();
  const before = await openKit(vendor().answer, home);
  for (const name of names) {
    await before.keyfob.add({ ...account, name });
    await before.keyfob.login(name);
  }
  await before.keyfob.stop();
  edit(home.stored.settings as Settings);
  const vault = new SlowVault(new Map(home.vault.entries));
  vault.kind = 'file';
  const opening = openKit(vendor().answer, { ...home, vault });
  await settle();
  await home.clock.pass(60);
  return { kit: await opening, vault, stored: () => home.stored.settings as Settings };
}

const away = (): KeyfobError => new KeyfobError('no_secret_service', {});
const states = (kit: Kit): Set<string> => new Set(kit.keyfob.accounts().map(({ state }) => state));
const eventsOf = (kit: Kit): string[] => kit.events.map(({ type }) => type);

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

/** Copies that Keyfob mends once all is read. */
function withoutDigests({ accounts }: Settings): void {
  for (const copy of Object.values(accounts)) delete copy.digest;
}

it('an account that is removed while a slow vault is read does not come back with the others’ copies', async () => {
  const { kit, vault, stored } = await startSlowly(withoutDigests);
  await vault.releaseReads();
  await kit.keyfob.remove('hq-3');
  vault.release();
  await vi.waitFor(() => expect(eventsOf(kit)).toContain('vault.unlocked'));
  expect(Object.keys(stored().accounts)).toHaveLength(39);
  expect(stored().accounts['hq-3']).toBeUndefined();
  expect(stored().accounts['hq-4']?.digest).toMatch(/^[0-9a-f]{16}$/);
  expect([stored().removing, kit.keyfob.accounts().length]).toEqual([[], 39]);
});

it('an account that is changed while a slow vault is read keeps the change in its copy', async () => {
  const { kit, vault, stored } = await startSlowly(withoutDigests);
  await vault.releaseReads();
  await kit.keyfob.set('hq-3', { settings: { username: 'bob' }, secrets: { password: 'p2' } });
  const changed = stored().accounts['hq-3'];
  expect(changed?.fields['username']).toBe('bob');
  vault.release();
  await vi.waitFor(() => expect(eventsOf(kit)).toContain('vault.unlocked'));
  expect(stored().accounts['hq-3']).toEqual(changed);
});

it('a lock while the list of a slow vault is waited for forgets what is in memory at once', async () => {
  const { kit, vault } = await startSlowly();
  await vault.releaseReads();
  expect(kit.keyfob.account('hq-1').expires_at).not.toBeNull();
  const locking = kit.keyfob.lock();
  await settle();
  expect(eventsOf(kit)).toEqual(['vault.locked']);
  expect(kit.keyfob.accounts().every(({ expires_at: end }) => end === null)).toBe(true);
  vault.release();
  await locking;
  expect([vault.locked, kit.keyfob.locked, eventsOf(kit)]).toEqual([true, true, ['vault.locked']]);
});

it('a lock while an unlock reads a slow vault counts, and the next unlock reads all', async () => {
  const { kit, vault } = await startSlowly();
  const locking = kit.keyfob.lock();
  const unlocking = kit.keyfob.unlock();
  await settle();
  const again = kit.keyfob.lock();
  vault.release();
  await Promise.all([locking, unlocking, again]);
  expect([vault.locked, kit.keyfob.locked]).toEqual([true, true]);
  expect(eventsOf(kit)).not.toContain('vault.unlocked');
  await kit.keyfob.unlock();
  expect(states(kit)).toEqual(new Set(['live']));
});

it('an unlock that comes to nothing while a slow vault is read does not pass for one that read all', async () => {
  const { kit, vault } = await startSlowly();
  vault.away = away();
  vault.nextLook = away();
  vault.unlock = async () => Promise.reject(away());
  expect((await failure(kit.keyfob.unlock())).problem.reason).toBe('no_secret_service');
  vault.release();
  await settle();
  expect([states(kit), eventsOf(kit).includes('vault.unlocked')]).toEqual([new Set(['locked']), false]);
  vault.nextLook = null;
  await kit.clock.pass(4_000);
  await vi.waitFor(() => expect(states(kit)).toEqual(new Set(['live'])));
  expect(eventsOf(kit)).toContain('vault.unlocked');
});

it('a slow vault that goes away before it has listed its entries leaves the records that were read served', async () => {
  const { kit, vault } = await startSlowly();
  await vault.releaseReads();
  vault.away = away();
  vault.nextLook = away();
  vault.release();
  await settle();
  expect([kit.keyfob.locked, states(kit)]).toEqual([false, new Set(['live'])]);
  expect((await kit.keyfob.token({ account: 'hq-7' })).access_token).toBe('a8');
  expect(kit.keyfob.away).toMatchObject({ reason: 'no_secret_service' });
  // What is not known yet may hold an account of that name.
  expect((await failure(kit.keyfob.add({ ...account, name: 'new' }))).code).toBe('vault_unavailable');
  vault.nextLook = null;
  await kit.clock.pass(4_000);
  await vi.waitFor(() => expect(kit.keyfob.away).toBeNull());
  expect(eventsOf(kit)).toEqual(['vault.away', 'vault.back', 'vault.unlocked']);
  await kit.keyfob.add({ ...account, name: 'new' });
});

it('what is looked at in an account while a slow vault is read is that of its record', async () => {
  const { kit, vault } = await startSlowly();
  const looked = Promise.all([kit.keyfob.facts('hq-39'), kit.keyfob.claims('hq-39')]);
  await settle();
  vault.reads.get('hq-39')?.();
  const [{ origins, fields }, claims] = await looked;
  expect([origins.known, claims]).toEqual([[good], null]);
  expect(fields.find(({ name }) => name === 'password')?.set).toBe(true);
  vault.release();
});

/** One that reads all at once but for some, and notes what is asked for one by one. */
class BulkVault extends WatchedVault {
  readonly asked: string[] = [];
  override async getAll() {
    const found = new Map<string, Versioned>();
    for (const name of this.entries.keys()) {
      const one = name === 'hq-7' ? null : await super.get(name);
      if (one !== null) found.set(name, one);
    }
    return found;
  }
  override async get(name: string) {
    this.asked.push(name);
    return super.get(name);
  }
}

it('a vault that reads all at once is asked for those alone that were not among them', async () => {
  const home = fileHome();
  const before = await openKit(vendor().answer, home);
  for (const name of names) await before.keyfob.add({ ...account, name });
  await before.keyfob.stop();
  const vault = new BulkVault(new Map(home.vault.entries));
  vault.kind = 'file';
  const kit = await openKit(vendor().answer, { ...home, vault });
  expect(states(kit)).toEqual(new Set(['signed_out']));
  expect(vault.asked).toEqual(['hq-7']);
});
