// A real agent whose vault file is taken away: what it says, and how a new one is begun.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry, keyfob, makeHome, start } from './test-host.ts';
import type { Ended, Running } from './test-host.ts';

let folder: string;
let home: string;
let serve: string[];
let agent: Running | null = null;
beforeAll(async () => {
  folder = await makeHome();
  home = path.join(folder, 'home');
  await mkdir(home);
  const passphrase = path.join(folder, 'passphrase');
  await writeFile(passphrase, 'correct horse battery\n');
  serve = [
    'serve',
    '--port',
    '0',
    '--no-console',
    '--json',
    '--vault',
    'file',
    '--passphrase-file',
    passphrase,
  ];
});
afterAll(async () => {
  await end();
  await rm(folder, { recursive: true, force: true });
});
async function begin(...more: string[]): Promise<void> {
  agent = start(home, [...serve, ...more], undefined, { HOME: folder });
  if ((await agent.firstLine) === '') throw new Error((await agent.ended).err);
}
async function end(): Promise<void> {
  agent?.child.kill('SIGTERM');
  await agent?.ended;
  agent = null;
}
const run = (args: string[], input?: string): Promise<Ended> => keyfob(home, args, input, { HOME: folder });
const states = async (): Promise<unknown> =>
  (JSON.parse((await run(['accounts', '--json'])).out) as { name: string; state: string }[]).map(
    ({ name, state }) => `${name} ${state}`,
  );
async function takeAway(): Promise<void> {
  for (const name of ['vault.json', 'vault.json.bak']) {
    await rename(path.join(home, name), path.join(home, `${name}.elsewhere`));
  }
}

describe(`an agent (${path.basename(entry)}) whose vault file is missing`, () => {
  it('ends with 8 at a start, naming the file and both ways out, and begins a new one when told to', async () => {
    await begin();
    const added = await run(
      ['add', 'hq', '--provider', 'officernd', '--set', 'client_id=c1', '--secret', 'client_secret'],
      's1\n',
    );
    expect(added).toMatchObject({ code: 0 });
    await end();
    await takeAway();
    const refused = await run(serve);
    expect([refused.code, refused.out]).toEqual([8, '']);
    expect(refused.err).toContain(path.join(home, 'vault.json'));
    expect(refused.err).toMatch(/Restore it[\s\S]*--new-vault/);

    await begin('--new-vault');
    expect(await states()).toEqual(['hq signed_out']);
    await end();
    await begin();
    expect(await states()).toEqual(['hq signed_out']);
  }, 60_000);

  it('says so at unlock, and begins a new one when told to', async () => {
    await run(['lock']);
    for (const name of ['vault.json', 'vault.json.bak']) await rm(path.join(home, name));
    const refused = await run(['unlock'], 'correct horse battery\n');
    expect(refused.code).toBe(8);
    expect(refused.err).toMatch(/vault\.json is missing[\s\S]*--new-vault/);
    expect(await states()).toEqual(['hq locked']);
    expect((await run(['status'])).out).toMatch(/file, away[\s\S]*missing[\s\S]*keyfob unlock --new-vault/);
    expect((await run(['token', 'hq'])).code).toBe(8);
    const begun = await run(['unlock', '--new-vault'], 'correct horse battery\n');
    expect(begun).toMatchObject({ code: 0 });
    expect(await states()).toEqual(['hq signed_out']);
    expect((await run(['status'])).out).toMatch(/file, open/);
  }, 60_000);
});
