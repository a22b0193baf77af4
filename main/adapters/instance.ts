// One Keyfob per socket: who may listen there, decided so that no race, kill -9 or reused process id can
// ever give two the right, or nobody.
//
// How. A socket's file outlives its process, and "look whether it answers, else remove it" lets two starters
// remove each other's. So the right is a numbered claim beside the socket, `<socket>.claim-<n>`:
// 1. A starter first listens on a guard socket of its own, under a random name.
// 2. It looks at the highest claim. Its guard answers (the kernel says so, whatever process ids were reused
//    and however busy the holder is): already running. No answer: the holder is dead.
// 3. It makes claim n+1 by link(2) of a finished file: one of many starters succeeds, and the claim's
//    text is whole from the first moment on. Who loses begins again at 2.
// 4. It looks again: only who holds the highest claim is the holder. Lower ones are dead, and are removed.
// The highest claim is never removed, not even at a clean end: numbers only grow, so that a starter that
// slept between two steps never finds its number free again. Only the holder touches the socket itself. On Windows a pipe's name is exclusive and ends with its process: only the
// answer is asked for there.
import { randomBytes } from 'node:crypto';
import { chmod, link, lstat, readFile, readdir, unlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { systemCode } from '../platform/atomic-file.ts';

export interface Claim {
  /** Gives the right back, after the socket was closed; done too at the process's end, however it ends. */
  release(): Promise<void>;
}

interface Holder {
  /** The file name of the guard socket, in the claim's folder. */
  readonly guard: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Claims a socket's path and clears a stale socket there; then listen on it. `host` is what the next starter
 * is told is running (`agent`). The folder must exist. Throws `already_running` (naming the holder's host),
 * `bad_request` when the path is no socket, cannot be written or is too long. The claim lasts until
 * `release` or the process's end, and keeps nothing alive.
 */
export async function claimSocket(socket: string, host = 'agent'): Promise<Claim> {
  if (process.platform === 'win32') {
    if (await answers(socket)) throw alreadyRunning(socket, null);
    return { release: () => Promise.resolve() };
  }
  await refuseOtherFile(socket);
  const folder = path.dirname(socket);
  const guard = `.k${randomBytes(3).toString('hex')}`;
  const server = await listenOn(path.join(folder, guard), socket);
  await chmod(path.join(folder, guard), 0o600);
  const draft = path.join(folder, `${guard}.claim`);
  const release = async (): Promise<void> => {
    await new Promise((done) => server.close(done));
    await unlink(draft).catch(() => undefined);
  };
  try {
    const holder: Holder = { guard, pid: process.pid, host };
    await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
    await takeClaim(socket, draft);
    if (await answers(socket)) throw alreadyRunning(socket, null);
    await refuseOtherFile(socket);
    await unlink(socket).catch(ignoreMissing);
    await unlink(draft);
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

async function takeClaim(socket: string, draft: string): Promise<void> {
  for (;;) {
    const claims = await claimsOf(socket);
    const highest = claims.at(-1);
    if (highest !== undefined) {
      const holder = await holderOf(`${socket}.claim-${highest}`);
      if (holder !== null && (await answers(path.join(path.dirname(socket), holder.guard)))) {
        throw alreadyRunning(socket, holder);
      }
    }
    const next = (highest ?? 0) + 1;
    const mine = `${socket}.claim-${next}`;
    try {
      await link(draft, mine);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue;
      throw error;
    }
    const now = await claimsOf(socket);
    if (now.at(-1) !== next) {
      await unlink(mine).catch(ignoreMissing);
      continue;
    }
    for (const lower of now.slice(0, -1)) await removeClaim(`${socket}.claim-${lower}`);
    return;
  }
}

async function removeClaim(claim: string): Promise<void> {
  const holder = await holderOf(claim);
  await unlink(claim).catch(ignoreMissing);
  if (holder !== null) await unlink(path.join(path.dirname(claim), holder.guard)).catch(ignoreMissing);
}

async function claimsOf(socket: string): Promise<number[]> {
  const prefix = `${path.basename(socket)}.claim-`;
  return (await readdir(path.dirname(socket)))
    .filter((name) => name.startsWith(prefix) && /^[1-9][0-9]{0,14}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

// What cannot be read as a claim (gone meanwhile, emptied by a power cut) has no living holder.
async function holderOf(claim: string): Promise<Holder | null> {
  try {
    const value: unknown = JSON.parse(await readFile(claim, 'utf8'));
    if (typeof value !== 'object' || value === null) return null;
    const { guard, pid, host } = value as Record<string, unknown>; // an object's fields, checked next
    if (typeof guard !== 'string' || !/^\.k[0-9a-f]{6}$/.test(guard)) return null;
    return { guard, pid: typeof pid === 'number' ? pid : 0, host: typeof host === 'string' ? host : 'agent' };
  } catch {
    return null;
  }
}

/** Whether someone listens on a socket or pipe. A listener too busy to accept, or not ours, counts. */
export async function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = net.connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', (error) => {
      connection.destroy();
      resolve(!['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'].includes(systemCode(error)));
    });
  });
}

async function listenOn(guard: string, socket: string): Promise<net.Server> {
  const server = net.createServer((connection) => connection.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new KeyfobError('cannot_listen_beside', { socket, code: systemCode(error) }, { cause: error }));
    });
    server.listen(guard, resolve);
  });
  server.unref();
  return server;
}

async function refuseOtherFile(socket: string): Promise<void> {
  const found = await lstat(socket).catch(() => null);
  if (found === null || found.isSocket()) return;
  throw new KeyfobError('no_socket_there', { socket });
}

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}

function alreadyRunning(socket: string, holder: Holder | null): KeyfobError {
  const options = { action: { type: 'look_at_status', params: {} } } as const;
  return holder === null
    ? new KeyfobError('runs_already', { socket }, options)
    : new KeyfobError('runs_already_as', { socket, host: holder.host, pid: holder.pid }, options);
}
