// One Keyfob per home on Windows. A pipe's name is exclusive, but is listened on only when all else is open, and anybody
// may take it first. So the right is a file of the home, `running`, opened so that nobody else can open it meanwhile:
// the system gives that to one of many who start at once, and takes it back when the process ends, however it ends.
//
// Invariant: nothing of a home is read before the file is held.
import { open, readFile, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { KeyfobError } from '../api/errors.ts';
import { systemCode } from '../platform/atomic-file.ts';
import { homePaths } from '../platform/paths.ts';
import { connectProved, readPipeKey } from '../platform/pipe-proof.ts';
import { alreadyRunning, answers } from './claim.ts';
import type { Claim } from './claim.ts';

/** libuv's UV_FS_O_EXLOCK (uv/win.h): share mode 0 of CreateFileW. Node has no name for it. */
const exclusive = 0x1000_0000;
/** Ms for which a file that is held may be a virus scanner's or an indexer's. */
const heldFor = 2_000;
const lookAgain = 100;

/** Opens a file for this process alone. Rejects with `EBUSY` (or `EPERM`, `EACCES`) while another has it open. */
export type OpenExclusively = (file: string) => Promise<Pick<FileHandle, 'close'>>;

const openExclusively: OpenExclusively = (file) =>
  open(file, constants.O_RDWR | constants.O_CREAT | exclusive, 0o600);

/**
 * Claims a home for its pipe; then listen on it. Throws `already_running` (naming the host, where it has said so),
 * `bad_request` where the system refuses the file, and `not_permitted` where something else listens on the pipe.
 */
export async function claimPipe(
  pipe: string,
  host: string,
  folder = homePaths().configFolder,
  openFile = openExclusively,
): Promise<Claim> {
  const file = path.join(folder, 'running');
  const holder = `${file}.json`;
  const held = await hold(file, openFile, async () => (await proves(pipe)) === 'proved');
  if (held === null) throw alreadyRunning(pipe, await readHolder(holder));
  try {
    const there = await proves(pipe);
    if (there !== 'free')
      throw there === 'proved' ? alreadyRunning(pipe, null) : new KeyfobError('pipe_unproved', {});
    await writeFile(holder, JSON.stringify({ pid: process.pid, host }), { mode: 0o600 });
  } catch (error) {
    await held.close();
    throw error;
  }
  return { release: () => held.close(), onLost: () => undefined };
}

/** The file, held; null: another Keyfob has it. Throws `home_not_claimed` with what else the system says. */
async function hold(
  file: string,
  openFile: OpenExclusively,
  runs: () => Promise<boolean>,
): Promise<Pick<FileHandle, 'close'> | null> {
  for (let waited = 0; ; waited += lookAgain) {
    try {
      return await openFile(file);
    } catch (error) {
      const code = systemCode(error);
      const mayPass = ['EBUSY', 'EPERM', 'EACCES'].includes(code);
      if (mayPass && (await runs())) return null;
      if (mayPass && waited < heldFor) {
        await wait(lookAgain);
        continue;
      }
      // Only this one says that another has it open.
      if (code === 'EBUSY') return null;
      throw new KeyfobError('home_not_claimed', { file, code }, { cause: error });
    }
  }
}

/** Whether this home's Keyfob answers at a pipe, something else does, or nobody. */
async function proves(pipe: string): Promise<'proved' | 'unproved' | 'free'> {
  if (!(await answers(pipe))) return 'free';
  const key = readPipeKey();
  const proved =
    key !== null &&
    (await new Promise<boolean>((resolve) => {
      connectProved(pipe, key, (error, connection) => {
        connection.destroy();
        resolve(error === null);
      });
    }));
  return proved ? 'proved' : 'unproved';
}

async function readHolder(file: string): Promise<{ pid: number; host: string } | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    const { pid, host } = value as Record<string, unknown>; // an object's fields, checked next; else it throws
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}
