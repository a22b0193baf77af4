// Starts that have something to mend, of what an earlier fault or an older Keyfob left: killed in the middle, or on a
// disk that fails, and then started once more. Every account, token and client is there, whatever went wrong.
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { homePaths } from '../../main/platform/paths.ts';
import type { Command } from './agent-point.ts';
import { accepted, Look, twoSignedIn } from './look.ts';

const configOf = (home: string): string =>
  path.join(homePaths({ KEYFOB_HOME: home }).configFolder, 'config.json');

/** Changes the members of settings, as Keyfob would have written them before it knew digests. */
function edit(home: string, change: (settings: Record<string, unknown>) => void): void {
  const file = configOf(home);
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  delete settings['digest'];
  change(settings);
  for (const one of [file, `${file}.bak`]) writeFileSync(one, JSON.stringify(settings));
}

function startOf(name: string, spoil: NonNullable<Command['spoil']>, mayTell?: RegExp): Command {
  return {
    name,
    accepted,
    async prepare(stage) {
      await twoSignedIn(stage);
      await stage.client.addClient({ name: 'kept' });
    },
    spoil,
    line: () => ({ args: [], input: '' }),
    ...(mayTell === undefined ? {} : { mayTell }),
    async judge(after) {
      const look = new Look(after);
      const clients = (await after.client.clients()).map(({ name: one }) => one);
      look.expect(
        name === 'start-no-settings' || clients.join() === 'kept',
        `the clients are ${clients.join()}`,
      );
      const names = (await after.client.accounts()).map((one) => one.name).toSorted();
      look.expect(names.join() === 'hq,other', `the accounts are ${names.join()}`);
      await look.signedIn([1]);
      return look.done();
    },
  };
}

/** The record that version 1 of it was made of, and the copy that stood for its settings then. */
async function makeOld(home: string, openVault: Parameters<NonNullable<Command['spoil']>>[1]): Promise<void> {
  const vault = await openVault();
  for (const name of ['hq', 'other']) {
    const found = await vault.get(name);
    if (found === null) throw new Error(`the vault has no ${name}`);
    const { secrets, origins, state } = JSON.parse(found.entry) as {
      secrets: unknown;
      origins: unknown;
      state: { session: unknown };
    };
    const old = { version: 1, secrets, origins, session: state.session, standing: 'signed_in' };
    await vault.put(name, JSON.stringify({ ...old, refusal: null, password_tried: false }), found.version);
  }
  await vault.close();
  edit(home, ({ accounts }) => {
    for (const copy of Object.values(accounts as Record<string, { digest?: string }>)) delete copy.digest;
  });
}

const damaged = /were (?:damaged|missing); the last good copy is used/;

export const startCommands: readonly Command[] = [
  startOf('start-torn', (home) => truncateSync(configOf(home), 40), damaged),
  startOf('start-missing', (home) => rmSync(configOf(home)), /were missing; the last good copy is used/),
  startOf(
    'start-altered',
    (home) => {
      const file = configOf(home);
      writeFileSync(file, readFileSync(file, 'utf8').replace('"kept"', '"kepp"'));
    },
    /not as Keyfob wrote them.*\(clients\)/,
  ),
  startOf(
    'start-no-settings',
    (home) => {
      for (const one of [configOf(home), `${configOf(home)}.bak`]) rmSync(one);
    },
    /listed again/,
  ),
  startOf('start-old-records', makeOld),
  startOf('start-after-remove', (home) => edit(home, (settings) => (settings['removing'] = ['hq', 'gone']))),
  startOf('start-old-copy', (home) => {
    // A kill between a record and its copy: what config.json says of the account is older.
    copyFileSync(configOf(home), `${configOf(home)}.bak`);
    edit(home, ({ accounts }) => {
      const { hq } = accounts as Record<string, { digest?: string }>;
      delete hq?.digest;
    });
  }),
];
