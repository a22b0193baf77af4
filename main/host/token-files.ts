// Files that hold an account's token, for programs that can only read one.
//
// Invariants: a file is 0600, holds the token and nothing else, and is replaced whole; it lies in a folder that only its
// owner may write to, and is neither a link nor a file that somebody else has made; where there is no token that lives,
// there is no file: after a logout, a lock, a failed renewal, and once Keyfob has ended. Which files there are stands in
// the settings, so that what a kill left behind is renewed or removed at the next start.
import { lstatSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Access } from '../access/index.ts';
import type { KeyfobWithSettings } from '../accounts/create.ts';
import { KeyfobError } from '../api/errors.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { TokenFile, TokenFileView } from '../api/token-files.ts';
import type { TokenFiles } from '../endpoint/index.ts';
import type { Clock } from '../oauth/ports.ts';
import { sweepTemporaries, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { followWay, hasOwners } from '../platform/private-path.ts';
import { createQueue } from '../platform/serial-queue.ts';

/** Ms of one wait for a token's end. */
const longestWait = 24 * 3_600_000;

export interface TokenFilesOptions {
  readonly keyfob: Pick<KeyfobWithSettings, 'on' | 'locked' | 'account' | 'settings'>;
  readonly access: Pick<Access, 'byOwner' | 'token'>;
  readonly clock: Pick<Clock, 'after'>;
}

export interface TokenFileKeeper extends TokenFiles {
  /** Removes all files, and keeps in the settings that they are wanted. Never throws. */
  close(): Promise<void>;
}

/** Renews or removes what stands there from before, and follows the accounts from then on. */
export function openTokenFiles({ keyfob, access, clock }: TokenFilesOptions): TokenFileKeeper {
  const inTurn = createQueue();
  const written = new Set<string>();
  const waits = new Map<string, () => void>();
  const files = (): readonly TokenFile[] => keyfob.settings.read().token_files;
  const viewOf = (file: TokenFile): TokenFileView => ({ ...file, written: written.has(file.path) });

  const erase = async (file: string): Promise<void> => {
    waits.get(file)?.();
    waits.delete(file);
    written.delete(file);
    if (isOwnFile(file)) await unlink(file).catch(() => undefined);
  };
  /** Throws why the file cannot be there; it is gone then. */
  const write = async ({ account, path: file }: TokenFile): Promise<void> => {
    try {
      const asked = { via: 'keyfob', route: 'token_file.write', audited: true, account } as const;
      const answer = await access.byOwner(asked, (context) => {
        context.entry.about(file);
        return access.token({ account }, context);
      });
      checkPlace(file);
      if (!isOwnFile(file) && isThere(file)) throw new KeyfobError('token_file_taken', { file });
      await writeAtomically(file, answer.access_token);
      written.add(file);
      waits.get(file)?.();
      const left = answer.expires_in;
      if (left !== null) {
        const wait = Math.min((left + 1) * 1000, longestWait);
        waits.set(
          file,
          clock.after(wait, () => void renew(account)),
        );
      }
    } catch (error) {
      await erase(file);
      throw error;
    }
  };
  const each = (account: string | null, act: (file: TokenFile) => Promise<unknown>): Promise<void> =>
    inTurn(async () => {
      for (const file of files()) {
        // The file is gone then, and comes back with the next token.
        if (account === null || file.account === account) await act(file).catch(() => undefined);
      }
    });
  const renew = (account: string | null): Promise<void> => each(account, write);
  const eraseAll = (account: string | null): Promise<void> => each(account, ({ path: file }) => erase(file));
  const forget = (gone: (file: TokenFile) => boolean): Promise<void> =>
    keyfob.settings.change((now) => ({
      ...now,
      token_files: now.token_files.filter((file) => !gone(file)),
    }));

  const hear = (event: KeyfobEvent): void => {
    switch (event.type) {
      case 'token.refreshed':
      case 'account.signed_in':
        return void renew(event.account);
      case 'vault.unlocked':
        return void renew(null);
      case 'account.signed_out':
        return void eraseAll(event.account);
      case 'account.removed':
        return void eraseAll(event.account)
          .then(() => forget(({ account }) => account === event.account))
          .catch(() => undefined);
      case 'vault.locked':
        return void eraseAll(null);
      default:
    }
  };
  const leave = keyfob.on(hear);
  for (const { path: file } of files()) void sweepTemporaries(file);
  if (files().length > 0) void (keyfob.locked ? eraseAll(null) : renew(null));

  return {
    list: () => files().map(viewOf),
    add: (wanted) =>
      inTurn(async () => {
        const file = { account: wanted.account, path: path.normalize(wanted.path) };
        keyfob.account(file.account);
        if (files().some((one) => one.path === file.path))
          throw new KeyfobError('token_file_listed', { file: file.path });
        checkPlace(file.path);
        if (isThere(file.path)) throw new KeyfobError('token_file_taken', { file: file.path });
        await keyfob.settings.change((now) => ({ ...now, token_files: [...now.token_files, file] }));
        try {
          await write(file);
        } catch (error) {
          await forget((one) => one.path === file.path);
          throw error;
        }
        return viewOf(file);
      }),
    remove: (wanted) =>
      inTurn(async () => {
        const file = files().find((one) => one.path === path.normalize(wanted));
        if (file === undefined) throw new KeyfobError('no_token_file', { file: wanted });
        await erase(file.path);
        await forget((one) => one.path === file.path);
        return file;
      }),
    async close() {
      leave();
      await eraseAll(null);
    },
  };
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Whether a file of this user stands there, and no link. */
function isOwnFile(file: string): boolean {
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.uid === process.getuid?.();
  } catch {
    return false;
  }
}

/** Throws `bad_request` unless the file would lie in a folder that only this user may write to. */
function checkPlace(file: string): void {
  if (!hasOwners()) throw new KeyfobError('token_file_on_windows', {});
  if (!path.isAbsolute(file)) throw new KeyfobError('token_file_not_absolute', { file });
  const folder = path.dirname(file);
  try {
    const way = followWay(folder);
    const isOwn =
      way.kind === 'there' &&
      way.stats.isDirectory() &&
      way.stats.uid === process.getuid?.() &&
      (way.stats.mode & 0o022) === 0;
    if (isOwn) return;
  } catch (error) {
    if (systemCode(error) === '') throw error;
  }
  throw new KeyfobError('token_file_folder', { folder });
}
