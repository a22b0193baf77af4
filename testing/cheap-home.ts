/** A home with a file vault whose key costs little, so that an agent is up at once however often it is started. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { homePaths } from '../main/platform/paths.ts';
import { openFileVault } from '../main/vaults/file-vault.ts';
import { makeFolder } from './program.ts';

export interface CheapHome {
  readonly home: string;
  readonly passphrase: string;
  /** For `serve`. */
  readonly args: readonly string[];
}

/** Makes one in a fresh folder that `cleanUp` removes. */
export async function makeCheapHome(): Promise<CheapHome> {
  const folder = makeFolder();
  const [home, file] = [path.join(folder, 'home'), path.join(folder, 'passphrase')];
  const passphrase = 'a passphrase of tests';
  writeFileSync(file, passphrase, { mode: 0o600 });
  const cost = { N: 2 ** 10, r: 8, p: 1 };
  const vault = await openFileVault({ path: homePaths({ KEYFOB_HOME: home }).vaultFile, passphrase, cost });
  await vault.close();
  return { home, passphrase, args: ['--vault', 'file', '--passphrase-file', file, '--no-console'] };
}
