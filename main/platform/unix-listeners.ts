// Which process of this user still listens on a Unix socket whose file is gone: Linux lists sockets by the path that
// they were bound to, whatever became of the file.
//
// Invariants: another user's process, and one with other mounts (a container's), never counts: neither could be the
// one that is meant, and a path is all that they would have to name. Elsewhere than on Linux nothing is known.
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import process from 'node:process';

/** Ms after which a listener whose file is gone is looked at again: one that is closing removes its file first. */
const again = 150;
/** Of a line of /proc/net/unix: `__SO_ACCEPTCON`, a socket that is listened on. */
const listens = '00010000';

/**
 * The process (id) of this user that listens on a path of `prefix` and a rest that fits `rest`, with no file there any
 * more; null: none, or it cannot be known.
 */
export async function findLostListener(prefix: string, rest: RegExp): Promise<number | null> {
  if ((await lostInodes(prefix, rest)).length === 0) return null;
  await new Promise((resolve) => {
    setTimeout(resolve, again);
  });
  const inodes = await lostInodes(prefix, rest);
  return inodes.length === 0 ? null : findHolder(new Set(inodes.map((inode) => `socket:[${inode}]`)));
}

async function lostInodes(prefix: string, rest: RegExp): Promise<string[]> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const found: string[] = [];
  for (const line of table.split('\n')) {
    const [, , , flags, , , inode = '', ...path] = line.trim().split(/ +/);
    const at = path.join(' ');
    if (flags !== listens || !at.startsWith(prefix) || !rest.test(at.slice(prefix.length))) continue;
    const isThere = await lstat(at).then(
      () => true,
      () => false,
    );
    if (!isThere) found.push(inode);
  }
  return found;
}

/** The process of this user, with the same mounts, that holds one of these. */
async function findHolder(sockets: ReadonlySet<string>): Promise<number | null> {
  const mounts = await readlink('/proc/self/ns/mnt').catch(() => null);
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  for (const id of ids) {
    const owner = await stat(`/proc/${id}`).catch(() => null);
    if (owner?.uid !== process.getuid?.()) continue;
    if ((await readlink(`/proc/${id}/ns/mnt`).catch(() => null)) !== mounts) continue;
    for (const fd of await readdir(`/proc/${id}/fd`).catch(() => [])) {
      if (sockets.has(await readlink(`/proc/${id}/fd/${fd}`).catch(() => ''))) return Number(id);
    }
  }
  return null;
}
