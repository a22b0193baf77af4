/**
 * A home with many accounts that are signed in, made without Keyfob's help: its file vault and its passphrase, or a
 * keyring for gnome-keyring, and its `config.json`. For measurements and tests of the whole program, which would be minutes at signing them in.
 *
 * Invariants: what is written is what Keyfob itself would have kept, by its own code; nothing is flushed to the disk,
 * for no power cut is tested here.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { digestOf } from '../main/accounts/copies.ts';
import { newRecord, type AccountRecord } from '../main/accounts/record.ts';
import { homePaths } from '../main/platform/paths.ts';
import { accountOf, layOut } from '../main/vaults/keychain-entries.ts';
import { finishFolder, makeFolder } from '../main/vaults/file-vault-folder.ts';
import { makeHeader, saveHeader } from '../main/vaults/file-vault-header.ts';

export interface Crowd {
  /** Where it is; made here. */
  readonly home: string;
  readonly count: number;
  /** Of which account; from 0. */
  readonly tokenUrl: (index: number) => string;
  readonly refreshToken: (index: number) => string;
  /** Ms that a token lives, and ms since it was asked for. */
  readonly lifetime: number;
  readonly age: (index: number) => number;
}

export const nameOf = (index: number): string => `account-${String(index)}`;

/** Makes it; the arguments of `serve` for it. */
export async function makeCrowd(crowd: Crowd): Promise<string[]> {
  const { home } = crowd;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const passphrase = 'correct horse battery';
  const passphraseFile = path.join(path.dirname(home), 'passphrase');
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  const { accounts, entries } = await accountsOf(crowd);
  const key = randomBytes(32);
  const file = path.join(home, 'vault.json');
  const header = await makeHeader(key, { passphrase, cost: { N: 1024, r: 8, p: 1 } });
  await withoutFlushing(file, async () => {
    await makeFolder(file, header.id, key, entries);
    await saveHeader(file, header);
    await finishFolder(file, header.id);
  });
  writeSettings(home, accounts, 'file');
  return ['--vault', 'file', '--passphrase-file', passphraseFile];
}

/**
 * Makes one whose secrets are in a keyring, in `<data>/keyrings` (`XDG_DATA_HOME`): one that gnome-keyring opens without a
 * password, for a thousand items that are put into it one by one take a minute.
 */
export async function makeKeyringCrowd(crowd: Crowd, data: string): Promise<void> {
  const { home } = crowd;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const { accounts, entries } = await accountsOf(crowd);
  const service = homePaths({ KEYFOB_HOME: home }).serviceName;
  const items = [...entries].map(([name, text], index) => {
    const attributes = { service, account: accountOf(name), 'xdg:schema': 'org.freedesktop.Secret.Generic' };
    const secret = layOut(text, 1, '00', Number.POSITIVE_INFINITY).head.replaceAll('\\', '\\\\');
    const lines = Object.entries(attributes).map(
      ([attribute, value], at) =>
        `[${index + 1}:attribute${at}]\nname=${attribute}\ntype=string\nvalue=${value}\n`,
    );
    return `[${index + 1}]\nitem-type=0\ndisplay-name=${name}\nsecret=${secret}\nmtime=0\nctime=0\n\n${lines.join('\n')}`;
  });
  const folder = path.join(data, 'keyrings');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const head = '[keyring]\ndisplay-name=crowd\nctime=0\nmtime=0\nlock-on-idle=false\nlock-after=false\n';
  writeFileSync(path.join(folder, 'crowd.keyring'), [head, ...items].join('\n'), { mode: 0o600 });
  writeFileSync(path.join(folder, 'default'), 'crowd\n', { mode: 0o600 });
  writeSettings(home, accounts, 'keychain');
}

async function accountsOf(crowd: Crowd) {
  const accounts: Record<string, unknown> = {};
  const entries = new Map<string, string>();
  for (let index = 0; index < crowd.count; index += 1) {
    const record = recordOf(crowd, index);
    entries.set(nameOf(index), JSON.stringify(record));
    accounts[nameOf(index)] = { ...record.settings, digest: await digestOf(record.settings) };
  }
  return { accounts, entries };
}

function writeSettings(home: string, accounts: Record<string, unknown>, vault: 'file' | 'keychain'): void {
  const settings = { version: 1, accounts, vault };
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(settings), { mode: 0o600 });
}

/** An account's record, as its vault has it. */
export function recordOf(
  { tokenUrl, refreshToken, lifetime, age }: Omit<Crowd, 'home' | 'count'>,
  index: number,
): AccountRecord {
  const url = tokenUrl(index);
  const { origin } = new URL(url);
  const fields = {
    authorize_url: `${origin}/authorize`,
    token_url: url,
    client_id: 'crowd',
    client_auth: 'none',
  };
  const origins = { known: [origin], issuer: null, discovered: false };
  const settings = { provider: 'oauth2', grant: 'authorization_code', fields };
  return {
    ...newRecord(settings, {}, origins),
    epoch: 2,
    state: {
      status: 'signed_in',
      password_tried: false,
      session: {
        access_token: `first-${String(index)}-${'a'.repeat(1000)}`,
        token_type: 'Bearer',
        obtained_at: Date.now() - age(index),
        lifetime,
        refresh_token: refreshToken(index),
        scope: null,
        bound: { redirect_uri: 'http://127.0.0.1/callback', scope: null },
      },
    },
  };
}

/** Runs something while `sync` of files does nothing, in this process. */
async function withoutFlushing(file: string, run: () => Promise<void>): Promise<void> {
  const probe = await open(path.dirname(file), 'r');
  // The class of handles is not exported.
  const handles = Object.getPrototypeOf(probe) as { sync: () => Promise<void> };
  const { sync } = handles;
  await probe.close();
  handles.sync = async () => undefined;
  try {
    await run();
  } finally {
    handles.sync = sync;
  }
}
