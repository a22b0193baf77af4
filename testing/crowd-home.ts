/**
 * A home with many accounts that are signed in, made without Keyfob's help: its file vault, its passphrase and its
 * `config.json`. For measurements and tests of the whole program, which would be minutes at signing them in.
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
  const { home, count } = crowd;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const passphrase = 'correct horse battery';
  const passphraseFile = path.join(path.dirname(home), 'passphrase');
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  const accounts: Record<string, unknown> = {};
  const entries = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const record = recordOf(crowd, index);
    entries.set(nameOf(index), JSON.stringify(record));
    accounts[nameOf(index)] = { ...record.settings, digest: await digestOf(record.settings) };
  }
  const key = randomBytes(32);
  const file = path.join(home, 'vault.json');
  const header = await makeHeader(key, { passphrase, cost: { N: 1024, r: 8, p: 1 } });
  await withoutFlushing(file, async () => {
    await makeFolder(file, header.id, key, entries);
    await saveHeader(file, header);
    await finishFolder(file, header.id);
  });
  const settings = { version: 1, accounts, vault: 'file' };
  writeFileSync(path.join(home, 'config.json'), JSON.stringify(settings), { mode: 0o600 });
  return ['--vault', 'file', '--passphrase-file', passphraseFile];
}

function recordOf({ tokenUrl, refreshToken, lifetime, age }: Crowd, index: number): AccountRecord {
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
