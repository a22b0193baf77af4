// One Keyfob per socket: who may listen there, decided so that no race, kill -9 or reused process id can
// ever give two the right, or nobody.
//
// How. A socket's file outlives its process, and "look whether it answers, else remove it" lets two starters
// remove each other's. So the right is a numbered claim beside the socket, `<socket>.claim-<n>`:
// 1. A starter first listens on a guard socket of its own, under a random name.
// 2. It looks at the highest claim. Its guard answers (the kernel says so, whatever process ids were reused
//    and however busy the holder is): already running. No answer: the holder is dead.
// 3. It makes claim n+1 by link(2) of a finished file: one of many starters succeeds, and the claim's text is whole
//    from the first moment on. A disk that is full takes it as a symbolic link whose target is the text, which needs
//    no block of its own.
// 4. It looks again: only who holds the highest claim is the holder. Lower ones are dead, and are removed.
// The highest claim is never removed, not even at a clean end: numbers only grow, so that a starter that
// slept between two steps never finds its number free again. Only the holder touches the socket itself.
//
// A home that was removed or moved while its holder runs takes the claim with it: the holder notices and is told
// (`onLost`), and on Linux a starter finds its guard among the kernel's sockets. Windows: pipe-claim.ts.
import { randomBytes } from 'node:crypto';
import { watch } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  readFile,
  readdir,
  readlink,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { systemCode } from '../platform/atomic-file.ts';
import { listenOn } from '../platform/listen.ts';
import { findLostListener } from '../platform/unix-listeners.ts';
import { alreadyRunning, answers } from './claim.ts';
import type { Claim } from './claim.ts';
import { claimPipe } from './pipe-claim.ts';

interface Holder {
  /** The file name of the guard socket, in the claim's folder. */
  readonly guard: string;
  readonly pid: number;
  readonly host: string;
}

/** Ms between two looks at the claim, where the system does not tell of a change. */
const lookEvery = 10_000;
/** Ms from a change to the look at it: whoever removes a folder is not written into it meanwhile. */
const lookAfter = 500;

/**
 * Claims a socket's path and clears a stale socket there; then listen on it. `host` is what the next starter
 * is told is running (`agent`). The folder must exist. Throws `already_running` (naming the holder's host),
 * `bad_request` when the path is no socket, cannot be written or is too long. The claim lasts until
 * `release` or the process's end, and keeps nothing alive.
 */
export async function claimSocket(socket: string, host = 'agent'): Promise<Claim> {
  if (process.platform === 'win32') return claimPipe(socket, host);
  await refuseOtherFile(socket);
  const folder = path.dirname(socket);
  const guard = `.k${randomBytes(3).toString('hex')}`;
  const server = await listenAsGuard(path.join(folder, guard), socket);
  const close = (): Promise<unknown> => new Promise((done) => server.close(done));
  try {
    await chmod(path.join(folder, guard), 0o600);
    const holder: Holder = { guard, pid: process.pid, host };
    const mine = await takeClaim(socket, holder);
    if (await answers(socket)) throw alreadyRunning(socket, null);
    await refuseOtherFile(socket);
    await unlink(socket).catch(ignoreMissing);
    const watching = watchClaim(socket, mine, holder);
    return {
      async release() {
        watching.end();
        await close();
      },
      onLost: watching.onLost,
    };
  } catch (error) {
    await close();
    throw error instanceof KeyfobError ? error : cannotListen(socket, error);
  }
}

/** Takes the right; the number of the claim. */
async function takeClaim(socket: string, holder: Holder): Promise<bigint> {
  const folder = path.dirname(socket);
  for (;;) {
    const claims = await claimsOf(socket);
    const highest = claims.at(-1);
    if (highest !== undefined) {
      const other = await holderOf(`${socket}.claim-${highest}`);
      if (other !== null && (await answers(path.join(folder, other.guard)))) {
        throw alreadyRunning(socket, other);
      }
    }
    const lost = await findLostListener(path.join(folder, '.k'), /^[0-9a-f]{6}$/);
    // Which host it is, the kernel does not say.
    if (lost !== null) throw alreadyRunning(socket, null);
    const next = (highest ?? 0n) + 1n;
    const mine = `${socket}.claim-${next}`;
    try {
      await makeClaim(mine, holder);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue;
      throw error;
    }
    const now = await claimsOf(socket);
    if (now.at(-1) !== next) {
      await unlink(mine).catch(ignoreMissing);
      continue;
    }
    // What cannot be removed is no claim that anybody could hold.
    for (const lower of now.slice(0, -1))
      await removeClaim(`${socket}.claim-${lower}`).catch(() => undefined);
    return next;
  }
}

/** Makes a claim, whole or not at all; rejects with `EEXIST` where there is one of its number. */
async function makeClaim(claim: string, holder: Holder): Promise<void> {
  const draft = draftOf(claim, holder);
  try {
    await writeFile(draft, textOf(holder), { mode: 0o600 });
    await link(draft, claim);
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(systemCode(error))) throw error;
    await symlink(textOf(holder), claim);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Tells when a claim is lost: its guard is no longer where it was, or another claim is higher. */
function watchClaim(socket: string, mine: bigint, holder: Holder): { end(): void; onLost: Claim['onLost'] } {
  const folder = path.dirname(socket);
  let hear: () => void = () => undefined;
  const isLost = async (): Promise<boolean> => {
    const guard = await lstat(path.join(folder, holder.guard)).catch(systemCode);
    if (guard === 'ENOENT' || guard === 'ENOTDIR') return true;
    const highest = (await claimsOf(socket)).at(-1) ?? 0n;
    // Taken away by whoever tidies up: made again.
    if (highest < mine) await makeClaim(`${socket}.claim-${mine}`, holder);
    return highest > mine;
  };
  const look = async (): Promise<void> => {
    if (!(await isLost().catch(() => false))) return;
    const told = hear;
    end();
    told();
  };
  const timer = setInterval(() => void look(), lookEvery).unref();
  let soon: NodeJS.Timeout | undefined;
  const watcher = watchFolder(folder, () => {
    soon ??= setTimeout(() => {
      soon = undefined;
      void look();
    }, lookAfter).unref();
  });
  const end = (): void => {
    clearInterval(timer);
    clearTimeout(soon);
    watcher?.close();
    hear = () => undefined;
  };
  return {
    end,
    onLost(listener) {
      hear = listener;
    },
  };
}

/** Null where the system gives no watch; then the timer has to do. */
function watchFolder(folder: string, hear: () => void): { close(): void } | null {
  try {
    return watch(folder, { persistent: false }, hear).on('error', hear);
  } catch {
    return null;
  }
}

async function removeClaim(claim: string): Promise<void> {
  const holder = await holderOf(claim);
  await unlink(claim).catch(ignoreMissing);
  if (holder === null) return;
  await unlink(path.join(path.dirname(claim), holder.guard)).catch(ignoreMissing);
  await unlink(draftOf(claim, holder)).catch(ignoreMissing);
}

/** The numbers of the claims, in order. Of any size, so that none is there which cannot be counted on from. */
async function claimsOf(socket: string): Promise<bigint[]> {
  const prefix = `${path.basename(socket)}.claim-`;
  return (await readdir(path.dirname(socket)))
    .filter((name) => name.startsWith(prefix) && /^[1-9][0-9]*$/.test(name.slice(prefix.length)))
    .map((name) => BigInt(name.slice(prefix.length)))
    .sort((a, b) => (a < b ? -1 : Number(a > b)));
}

const textOf = (holder: Holder): string => JSON.stringify(holder);
const draftOf = (claim: string, { guard }: Holder): string =>
  path.join(path.dirname(claim), `${guard}.claim`);

/** What a claim says; null: it cannot be read as one (gone meanwhile, somebody else's), and has no living holder. */
async function holderOf(claim: string): Promise<Holder | null> {
  try {
    const text = await readFile(claim, 'utf8').catch(() => readlink(claim));
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { guard, pid, host } = value as Record<string, unknown>; // an object's fields, checked next
    if (typeof guard !== 'string' || !/^\.k[0-9a-f]{6}$/.test(guard)) return null;
    return { guard, pid: typeof pid === 'number' ? pid : 0, host: typeof host === 'string' ? host : 'agent' };
  } catch {
    return null;
  }
}

async function listenAsGuard(guard: string, socket: string): Promise<net.Server> {
  const server = net.createServer((connection) => connection.destroy());
  const code = await listenOn(server, { path: guard });
  if (code !== null) throw new KeyfobError('cannot_listen_beside', { socket, code });
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

function cannotListen(socket: string, cause: unknown): KeyfobError {
  return new KeyfobError('cannot_listen_beside', { socket, code: systemCode(cause) }, { cause });
}
