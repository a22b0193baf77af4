// kill -9 at every call by which the file vault changes the disk, and in the middle of every write: the old entry or
// the new one is there, never neither, and what was acknowledged is the new one.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFaults, canInjectFaults, killEverywhere } from '../../testing/kill-points/index.ts';
import type { KillPoint } from '../../testing/kill-points/index.ts';
import { writeFormat1 } from '../../testing/vault-format-1.ts';
import { openFileVault } from './file-vault.ts';
import type { FileVault } from './file-vault.ts';
import { replace } from './port.ts';

const can = canInjectFaults();
const why = can ? '' : ' (left out: needs Linux and a C compiler)';
const cost = { N: 2 ** 10, r: 8, p: 1 };
const passphrase = 'correct horse';
let scratch = '';
let library = '';
let runner = '';

beforeAll(async () => {
  if (!can) return;
  scratch = mkdtempSync(path.join(os.tmpdir(), 'kf-kill-'));
  library = buildFaults(scratch);
  runner = path.join(scratch, 'run.mjs');
  await esbuild.build({
    stdin: {
      contents: `
        import { openFileVault } from './file-vault.ts';
        import { forget, replace } from './port.ts';
        const [what, folder] = process.argv.slice(2);
        const cost = { N: 1024, r: 8, p: 1 };
        const vault = await openFileVault({ path: folder + '/vault.json', passphrase: '${passphrase}', cost });
        if (what === 'put' || what === 'make') await replace(vault, 'hq', 'new');
        if (what === 'crowd') await Promise.all(['hq', 'lima', 'cairo'].map((id) => replace(vault, id, 'new')));
        if (what === 'remove') await forget(vault, 'hq');
        process.stdout.write('done');`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: runner,
  });
});
afterAll(() => {
  if (scratch !== '') rmSync(scratch, { recursive: true, force: true });
});

const opened: FileVault[] = [];
async function open(folder: string): Promise<FileVault> {
  const vault = await openFileVault({ path: path.join(folder, 'vault.json'), passphrase, cost });
  opened.push(vault);
  return vault;
}
/** What a vault does after a write, in a folder whose name the next point has again, is waited for. */
async function closeAll(): Promise<void> {
  for (const vault of opened.splice(0)) await vault.close();
}
const textOf = async (vault: FileVault, id: string): Promise<string | undefined> =>
  (await vault.get(id))?.entry;

async function template(name: string, puts = 1): Promise<string> {
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  const vault = await open(folder);
  await replace(vault, 'berlin', 'stays');
  for (let n = 0; n < puts; n += 1) await replace(vault, 'hq', 'old');
  await closeAll();
  return folder;
}

const run = (folder: string, what: string, judge: (point: KillPoint) => Promise<void>): Promise<number> =>
  killEverywhere(library, folder, [process.execPath, runner, what], async (point) => {
    await judge(point);
    await closeAll();
  });

/** The vault goes on after a kill, with nothing to tell. */
async function goesOn(folder: string): Promise<void> {
  const vault = await open(folder);
  await replace(vault, 'oslo', 'later');
  const again = await open(folder);
  expect(await textOf(again, 'oslo')).toBe('later');
  expect(await textOf(again, 'berlin')).toBe('stays');
  expect(again.notices).toEqual([]);
}

describe.skipIf(!can)(`a kill at any call of the file vault${why}`, { timeout: 300_000 }, () => {
  it.each([
    ['a write', 'put', 1],
    ['a write that has the index replaced', 'put', 101],
  ])('during %s leaves the old entry or the new one', async (name, what, puts) => {
    const points = await run(await template(name, puts), what, async ({ at, folder, output }) => {
      const vault = await open(folder);
      const text = await textOf(vault, 'hq');
      expect(output === 'done' ? ['new'] : ['old', 'new'], at).toContain(text);
      expect(vault.notices, at).toEqual([]);
      await goesOn(folder);
    });
    expect(points).toBeGreaterThan(puts > 1 ? 12 : 6);
  });

  it('during writes that are made together leaves each entry old or new, and what is written later counts', async () => {
    const folder = await template('crowd');
    const vault = await open(folder);
    await replace(vault, 'lima', 'old');
    await vault.close();
    const points = await run(folder, 'crowd', async ({ at, folder: left, output }) => {
      const after = await open(left);
      const texts = await Promise.all(['hq', 'lima', 'cairo'].map((id) => textOf(after, id)));
      const allowed = output === 'done' ? [['new']] : [['new'], ['old', undefined]];
      expect(
        allowed.some((one) => texts.every((text) => one.includes(text))),
        `${at}: ${texts.join()}`,
      ).toBe(true);
      await replace(after, 'oslo', 'later');
      await replace(after, 'hq', 'newest');
      await after.close();
      // What the killed writer left is old enough to be looked at.
      const inside = path.join(left, readdirSync(left).find((name) => name.startsWith('vault-')) ?? '');
      for (const name of readdirSync(inside)) utimesSync(path.join(inside, name), 1, 1);
      const later = await open(left);
      expect(await textOf(later, 'hq'), at).toBe('newest');
      expect(later.notices, at).toEqual([]);
    });
    expect(points).toBeGreaterThan(8);
  });

  it('during a removal leaves the entry or none', async () => {
    const points = await run(await template('remove'), 'remove', async ({ at, folder, output }) => {
      const vault = await open(folder);
      expect(output === 'done' ? [undefined] : ['old', undefined], at).toContain(await textOf(vault, 'hq'));
      expect(vault.notices, at).toEqual([]);
      await goesOn(folder);
    });
    expect(points).toBeGreaterThan(3);
  });

  it('during the making of a vault leaves none or an empty one, and nothing beside it', async () => {
    const points = await run(path.join(scratch, 'nothing'), 'make', async ({ at, folder, output }) => {
      const vault = await open(folder);
      expect(output === 'done' ? ['new'] : [undefined, 'new'], at).toContain(await textOf(vault, 'hq'));
      expect(vault.notices, at).toEqual([]);
      expect(
        readdirSync(folder).filter((name) => name.startsWith('vault-')),
        at,
      ).toHaveLength(1);
    });
    expect(points).toBeGreaterThan(15);
  });

  it('during a carry-over from the first format leaves every entry, and the copy before the new vault counts', async () => {
    const folder = path.join(scratch, 'format-1');
    mkdirSync(folder);
    const old = await writeFormat1(path.join(folder, 'vault.json'), passphrase, {
      hq: 'old',
      berlin: 'stays',
    });
    const points = await run(folder, 'open', async ({ at, folder: left }) => {
      const file = path.join(left, 'vault.json');
      if (readFileSync(file, 'utf8') !== old) expect(readFileSync(`${file}.format-1`, 'utf8'), at).toBe(old);
      const vault = await open(left);
      expect(await textOf(vault, 'hq'), at).toBe('old');
      expect(
        vault.notices.filter(({ reason }) => reason !== 'vault_carried_over'),
        at,
      ).toEqual([]);
      expect(
        readdirSync(left).filter((name) => name.startsWith('vault-')),
        at,
      ).toHaveLength(1);
      await goesOn(left);
    });
    expect(points).toBeGreaterThan(30);
  });

  it('during the mending of an index leaves every entry', async () => {
    const folder = await template('mend', 3);
    const inside = path.join(folder, readdirSync(folder).find((name) => name.startsWith('vault-')) ?? '');
    const index = path.join(inside, readdirSync(inside).find((name) => name.startsWith('index.')) ?? '');
    const lines = readFileSync(index, 'latin1').split('\n');
    writeFileSync(index, [...lines.slice(0, -2), 'A'.repeat(lines[1]?.length ?? 0), ''].join('\n'));
    await run(folder, 'open', async ({ at, folder: left }) => {
      const vault = await open(left);
      expect(await textOf(vault, 'hq'), at).toBe('old');
      await goesOn(left);
    });
  });
});
