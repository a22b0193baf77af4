// Files that hold an account's token, or its ID token, for programs that can only read one.
//
// Invariants: a file is 0600, holds the token and nothing else, and is replaced whole; it lies in a folder that only its
// owner may write to (on Windows, where a file takes the access list of its folder: may open), and is neither a link nor a
// file that somebody else has made; where there is no token that lives, there is no file: after a logout, a lock, a failed
// renewal, and once Keyfob has ended. Which files there are stands in the settings, so that what a kill left behind is
// renewed or removed at the next start.
import { lstatSync, statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Access } from '../access/index.ts';
import type { KeyfobWithSettings } from '../accounts/create.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { TokenFile, TokenFileView } from '../api/token-files.ts';
import type { TokenFiles } from '../endpoint/index.ts';
import type { Clock } from '../oauth/ports.ts';
import { isClosedToOthers, thisMachine, type WindowsMachine } from '../platform/access-list.ts';
import { sweepTemporaries, systemCode, writeAtomically } from '../platform/atomic-file.ts';
import { followWay } from '../platform/private-path.ts';
import { createQueue } from '../platform/serial-queue.ts';

/** Ms of one wait for a token's end. */
const longestWait = 24 * 3_600_000;

export interface TokenFilesOptions {
  readonly keyfob: Pick<KeyfobWithSettings, 'on' | 'locked' | 'account' | 'settings'>;
  readonly access: Pick<Access, 'byOwner' | 'token'>;
  readonly clock: Pick<Clock, 'after' | 'unixMs'>;
  /** Omitted, the one that this runs on. */
  readonly machine?: WindowsMachine;
}

export interface TokenFileKeeper extends TokenFiles {
  /** Removes all files, and keeps in the settings that they are wanted. Never throws. */
  close(): Promise<void>;
}

/** What is under way for one file. */
class KeptFile {
  /** Asks for its token, one request after the other. */
  readonly asking = createQueue();
  /** Writes and removes it, one after the other. */
  readonly placing = createQueue();
  /** Counts removals: a token that was asked for before one is not written after it. */
  removals = 0;
  written = false;
  /** Whether a renewal waits for its turn to ask. */
  waits = false;
  cancelTimer: () => void = () => undefined;
}

/** Writes and removes the files that the settings name. */
function createWriter({ keyfob, access, clock, machine }: Required<TokenFilesOptions>) {
  const kept = new Map<string, KeptFile>();
  let closed = false;
  const files = (): readonly TokenFile[] => keyfob.settings.read().token_files;
  const filesOf = (account: string): readonly TokenFile[] =>
    files().filter((file) => file.account === account);
  const keptOf = (file: string): KeptFile => {
    const state = kept.get(file) ?? new KeptFile();
    kept.set(file, state);
    return state;
  };

  /** Waits for no vendor: a token that is being asked for is not written any more. */
  const erase = (file: string): Promise<void> => {
    const state = keptOf(file);
    state.removals += 1;
    state.written = false;
    state.cancelTimer();
    return state.placing(async () => {
      if (isOwnFile(file)) await unlink(file).catch(() => undefined);
    });
  };
  const eraseAll = async (ones: readonly TokenFile[]): Promise<void> => {
    await Promise.all(ones.map((file) => erase(file.path)));
  };
  /**
   * Ms until the file is looked at again. An access token is renewed by its own account, which tells; an ID token when
   * one is asked for that has little left.
   */
  const untilNext = ({ expires_in: left, id_token_expires_at: end }: TokenAnswer): number | null => {
    if (end === undefined) return left === null ? null : (left + 1) * 1000;
    const leftMs = end * 1000 - clock.unixMs();
    return Math.max(leftMs - Math.min(30_000, leftMs / 20), 1000);
  };
  const place = async (file: string, state: KeptFile, answer: TokenAnswer): Promise<void> => {
    checkPlace(file, machine);
    if (!isOwnFile(file) && isThere(file)) throw new KeyfobError('token_file_taken', { file });
    await writeAtomically(file, answer.id_token ?? answer.access_token);
    state.written = true;
    state.cancelTimer();
    const wait = untilNext(answer);
    if (wait === null) return;
    state.cancelTimer = clock.after(Math.min(wait, longestWait), () => renew(filesOf(answer.account)));
  };
  /** Asks for the token and writes it; false: the file was removed meanwhile. */
  const askAndPlace = async (wanted: TokenFile, state: KeptFile): Promise<boolean> => {
    const { account, path: file, id_token: isIdToken } = wanted;
    const { removals } = state;
    const asked = { via: 'keyfob', route: 'token_file.write', audited: true, account } as const;
    const answer = await access.byOwner(asked, (context) => {
      context.entry.about(file);
      return access.token({ account, ...(isIdToken ? { idToken: 'required' } : {}) }, context);
    });
    return state.placing(async () => {
      if (state.removals === removals) await place(file, state, answer);
      return state.removals === removals;
    });
  };
  /** As `askAndPlace`. Throws why the file cannot be there; it is gone then. */
  const write = (file: TokenFile): Promise<boolean> => {
    const state = keptOf(file.path);
    return state.asking(async () => {
      state.waits = false;
      if (closed || !files().some((one) => one.path === file.path)) return false;
      try {
        return await askAndPlace(file, state);
      } catch (error) {
        await erase(file.path);
        throw error;
      }
    });
  };
  const renew = (ones: readonly TokenFile[]): void => {
    for (const file of ones) {
      const state = keptOf(file.path);
      if (state.waits) continue;
      state.waits = true;
      // The file is gone then, and comes back with the next token.
      void write(file).catch(() => undefined);
    }
  };

  // Nobody else writes these files: what a killed writer left holds a token, and is gone before the first one is written.
  for (const { path: file } of files()) void keptOf(file).placing(() => sweepTemporaries(file, 0));

  return {
    files,
    filesOf,
    eraseAll,
    write,
    renew,
    isWritten: (file: string): boolean => kept.get(file)?.written ?? false,
    forget: (file: string): void => void kept.delete(file),
    /** Writes no more. */
    close(): void {
      closed = true;
    },
  };
}

/** Renews or removes what stands there from before, and follows the accounts from then on. */
export function openTokenFiles(options: TokenFilesOptions): TokenFileKeeper {
  const { keyfob, machine = thisMachine() } = options;
  const inTurn = createQueue();
  const writer = createWriter({ ...options, machine });
  const { files, filesOf, eraseAll, write, renew } = writer;
  const isSignedOut = (account: string): boolean => {
    try {
      return keyfob.account(account).state === 'signed_out';
    } catch {
      // It is being removed, which tells so itself.
      return false;
    }
  };
  const viewOf = (file: TokenFile): TokenFileView => ({ ...file, written: writer.isWritten(file.path) });

  /** Removes files and forgets them. One that was being written between the two is removed as well. */
  const drop = async (ones: readonly TokenFile[]): Promise<void> => {
    const paths = new Set(ones.map((file) => file.path));
    await eraseAll(ones);
    await keyfob.settings.change((now) => ({
      ...now,
      token_files: now.token_files.filter((file) => !paths.has(file.path)),
    }));
    await eraseAll(ones);
    for (const file of paths) writer.forget(file);
  };

  const hear = (event: KeyfobEvent): void => {
    switch (event.type) {
      case 'token.refreshed':
      case 'account.signed_in':
      case 'account.sign_in_needed':
        return renew(filesOf(event.account));
      case 'vault.unlocked':
        return renew(files());
      case 'account.signed_out':
        return void eraseAll(filesOf(event.account));
      case 'account.changed': {
        // Changed settings may end a sign-in.
        const ones = filesOf(event.account);
        if (ones.length > 0 && isSignedOut(event.account)) void eraseAll(ones);
        return;
      }
      case 'account.removed': {
        const ones = filesOf(event.account);
        if (ones.length > 0) void inTurn(() => drop(ones)).catch(() => undefined);
        return;
      }
      case 'vault.locked':
        return void eraseAll(files());
      default:
    }
  };
  const leave = keyfob.on(hear);
  if (keyfob.locked) void eraseAll(files());
  else renew(files());

  return {
    list: () => files().map(viewOf),
    add: (wanted) =>
      inTurn(async () => {
        const file = { ...wanted, path: path.normalize(wanted.path) };
        keyfob.account(file.account);
        if (files().some((one) => one.path === file.path))
          throw new KeyfobError('token_file_listed', { file: file.path });
        checkPlace(file.path, machine);
        if (isThere(file.path)) throw new KeyfobError('token_file_taken', { file: file.path });
        await keyfob.settings.change((now) => ({ ...now, token_files: [...now.token_files, file] }));
        try {
          // Where a logout or a lock came between, the second says so.
          if (!(await write(file))) await write(file);
        } catch (error) {
          await drop([file]);
          throw error;
        }
        return viewOf(file);
      }),
    remove: (wanted) =>
      inTurn(async () => {
        const file = files().find((one) => one.path === path.normalize(wanted));
        if (file === undefined) throw new KeyfobError('no_token_file', { file: wanted });
        await drop([file]);
        return file;
      }),
    async close() {
      leave();
      writer.close();
      await eraseAll(files());
    },
  };
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Whether a file of this user stands there, and no link. Where users have no number, its folder is theirs alone. */
function isOwnFile(file: string): boolean {
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    const uid = process.getuid?.();
    return stats?.isFile() === true && (uid === undefined || stats.uid === uid);
  } catch {
    return false;
  }
}

/** Throws `bad_request` unless the file would lie in a folder that only this user may write to. */
function checkPlace(file: string, machine: WindowsMachine): void {
  if (!path.isAbsolute(file)) throw new KeyfobError('token_file_not_absolute', { file });
  const folder = path.dirname(file);
  if (isNoFolder(folder)) throw new KeyfobError('token_file_no_folder', { folder });
  if (machine.platform !== 'win32') {
    if (!isOwnFolder(folder)) throw new KeyfobError('token_file_folder', { folder });
  } else if (!isClosedToOthers(folder, machine)) {
    throw new KeyfobError('token_file_folder_open', { folder });
  }
}

/** False for what cannot be looked at, too: something is there. */
function isNoFolder(folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true;
  } catch {
    return false;
  }
}

function isOwnFolder(folder: string): boolean {
  try {
    const way = followWay(folder);
    return (
      way.kind === 'there' &&
      way.stats.isDirectory() &&
      way.stats.uid === process.getuid?.() &&
      (way.stats.mode & 0o022) === 0
    );
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return false;
  }
}
