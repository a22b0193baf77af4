// Taking a vault file away without its passphrase: after a move, when what it held is elsewhere.
//
// Invariant: it goes only when nothing is in it but what is known to be elsewhere.
import { readdir, rm } from 'node:fs/promises';
import { hashOf, parseEntryName } from './file-vault-entries.ts';
import { folderOf } from './file-vault-folder.ts';
import { readVaultFile } from './file-vault-header.ts';

/**
 * Removes a vault file, its copies and its folder, when it holds nothing but these names. False: it holds more,
 * or cannot be read, and was left.
 */
export async function removeVaultFile(file: string, names: readonly string[]): Promise<boolean> {
  const found = await readVaultFile(file, () => undefined).catch(() => 'unreadable' as const);
  if (found === 'unreadable') return false;
  if (found?.kind === 'format 1') {
    const known = new Set(names);
    if (Object.keys(found.content.entries).some((name) => !known.has(name))) return false;
  }
  if (found?.kind === 'good') {
    const folder = folderOf(file, found.header.id);
    const known = new Set(names.map(hashOf));
    for (const name of await readdir(folder).catch(() => [])) {
      const entry = parseEntryName(name);
      if (entry !== null && !known.has(entry.hash)) return false;
    }
    await rm(folder, { recursive: true, force: true });
  }
  for (const one of [file, `${file}.bak`, `${file}.format-1`]) await rm(one, { force: true });
  return true;
}
