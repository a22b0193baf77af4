// On Windows a home once lay in %APPDATA%, which can follow its user to other machines: what was written there is carried
// over to %LOCALAPPDATA%, once.
//
// Invariant: kill at any moment: the next start goes on with it. `Keyfob.moving` is what is being carried over,
// `Keyfob.moved` the copy that is kept.
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { sweepTemporaries, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { untilFree } from '../platform/held-files.ts';
import type { HomePaths } from '../platform/paths.ts';

/** Where the former home may lie. */
export interface FormerPlace {
  readonly platform: NodeJS.Platform;
  /** %APPDATA%. */
  readonly appData: string | undefined;
}

const SETTINGS = 'config.json';
const thisPlace = (): FormerPlace => ({ platform: process.platform, appData: process.env['APPDATA'] });

/**
 * Carries the former home over where this one has no settings yet; tells it. The home must be claimed. Rejects with
 * `unexpected` where it cannot be moved or copied.
 */
export async function carryHomeOver(
  { home, configFolder: folder }: HomePaths,
  { platform, appData }: FormerPlace = thisPlace(),
): Promise<Message[]> {
  if (platform !== 'win32' || home !== null || appData === undefined) return [];
  const from = path.join(appData, 'Keyfob');
  const [moving, copy] = [`${from}.moving`, `${from}.moved`];
  const begun = existsSync(moving);
  if (!begun && (existsSync(path.join(folder, SETTINGS)) || !existsSync(path.join(from, SETTINGS))))
    return [];
  try {
    // First, for it fails while another Keyfob has a file of it open.
    if (!begun) await untilFree(() => rename(from, moving));
    for (const entry of await readdir(moving, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile() && file !== path.join(moving, SETTINGS))
        await carry(file, path.join(folder, path.relative(moving, file)));
    }
    await writeAtomically(path.join(folder, SETTINGS), await readFile(path.join(moving, SETTINGS)));
    await untilFree(() => rename(moving, copy));
  } catch (cause) {
    throw new KeyfobError('home_not_carried', { from, folder, code: systemCode(cause) }, { cause });
  }
  return [message('home_carried_over', { from, folder, copy })];
}

/** Copies a file whole or not at all; one that is there stays. */
async function carry(file: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  await mkdir(path.dirname(to), { recursive: true });
  await sweepTemporaries(to, 0);
  await writeAtomically(to, await readFile(file));
}
