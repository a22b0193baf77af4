/**
 * What the file vault costs: bytes written by one refresh, time of a refresh, of opening the vault and of reading all
 * accounts, at 1,000 and 10,000 accounts of 3 KB each.
 *
 *   node bench/vaults.mjs
 *
 * Limits: a refresh writes at most 1.1 times the account and 600 bytes, however many accounts there are, and a
 * hundred in a row beside that at most one index (200 bytes an account), which is replaced once in as many
 * refreshes as there are accounts; opening takes, beside the passphrase's key, at most 1 s at 1,000 accounts and 4 s
 * at 10,000. Bytes are counted by the kernel (/proc/self/io), so Linux alone. Run by itself it ends with 1 when one is
 * missed.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

import { rowOf, tellRows } from './rows.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The vault's own code, as a file of a folder. */
async function loadVault(folder) {
  const outfile = path.join(folder, 'file-vault.mjs');
  await esbuild.build({
    entryPoints: [path.join(root, 'main/vaults/file-vault.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  return import(pathToFileURL(outfile));
}

/** A cheap key: what the passphrase costs is the same at every size. */
const cost = { N: 1024, r: 8, p: 1 };
const entry = JSON.stringify({ access_token: 'a'.repeat(1_500), refresh_token: 'r'.repeat(1_500) });

/** Bytes that this process has handed to write calls so far. */
function written() {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))[1]);
}

/** All rows of the file vault. */
export async function measure({ quick = false } = {}) {
  if (process.platform !== 'linux') return [{ missing: 'the file vault (bytes are counted by Linux alone)' }];
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'kf-bench-vaults-'));
  try {
    const { openFileVault } = await loadVault(scratch);
    const sizes = [[1_000, 1_000], ...(quick ? [] : [[10_000, 4_000]])];
    const rows = [];
    for (const [accounts, openLimit] of sizes)
      rows.push(...(await measureAt(openFileVault, scratch, accounts, openLimit)));
    return rows;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measureAt(openFileVault, scratch, accounts, openLimit) {
  const rows = [];
  const tell = (what, value, unit, limit) => {
    const text = `${accounts.toLocaleString('en')} accounts: ${what}`;
    rows.push(rowOf(`vaults.${accounts}.${what}`, text, unit, [value], null, Math.round(limit)));
  };
  const file = path.join(scratch, String(accounts), 'vault.json');
  const vault = await openFileVault({ path: file, passphrase: 'bench', cost });
  const versions = [];
  for (let n = 0; n < accounts; n += 1) versions.push(await vault.put(`account-${n}`, entry, 0));
  await vault.close();

  let begun = performance.now();
  const again = await openFileVault({ path: file, passphrase: 'bench' });
  tell(`opening`, performance.now() - begun, 'ms', openLimit);
  begun = performance.now();
  for (let n = 0; n < accounts; n += 1) await again.get(`account-${n}`);
  tell(`reading them all`, performance.now() - begun, 'ms', accounts * 1.5);

  const limit = entry.length * 1.1 + 600;
  let before = written();
  let version = await again.put('account-7', entry, versions[7]);
  tell(`one refresh writes`, written() - before, 'bytes', limit);
  before = written();
  begun = performance.now();
  for (let n = 0; n < 100; n += 1) version = await again.put('account-7', entry, version);
  tell(`one refresh takes`, (performance.now() - begun) / 100, 'ms', 50);
  tell(`a hundred refreshes write, each`, (written() - before) / 100, 'bytes', limit + accounts * 2);
  await again.close();
  return rows;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  tellRows(await measure());
}
