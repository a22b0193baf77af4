import { expect, it } from 'vitest';
import { openMemoryVault } from './memory-vault.ts';

it('keeps, lists and forgets texts; locking hides them and unlocking shows them again', async () => {
  const vault = openMemoryVault();
  await vault.write('hq', 'one');
  await vault.write('berlin', 'two');
  await vault.delete('berlin');
  await vault.delete('nobody');
  expect(await vault.list()).toEqual(['hq']);
  await vault.lock();
  expect(vault.locked).toBe(true);
  for (const call of [vault.read('hq'), vault.write('hq', 'x'), vault.delete('hq'), vault.list()]) {
    await expect(call).rejects.toMatchObject({ code: 'vault_locked' });
  }
  await vault.unlock();
  expect(await vault.read('hq')).toBe('one');
  expect(await vault.read('berlin')).toBeNull();
});
