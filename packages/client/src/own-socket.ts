// Whether a socket can be another user's: looked at before anything is sent to it.
//
// What is trusted: the user who runs this, and the system (who owns `/`). A folder on the way is theirs, and
// either nobody else may write to it, or it is sticky, as /tmp is, and what stands in it is theirs. A link on the
// way is theirs too, and is followed. A folder that a group may write to passes where the group is the user's own.
import { lstatSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { KeyfobClientError } from './error.ts';

const MAX_LINKS = 40;

/** Throws `not_permitted` when the socket of the user's home, or its folder, is not the user's alone. */
export function checkOwnSocket(socket: string): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  const folder = follow(path.dirname(socket));
  if (folder === null) return;
  if (folder.uid !== own || (folder.mode & 0o022) !== 0)
    throw refused(socket, `its folder could be written by others`);
  const found = follow(socket);
  if (found !== null && found.uid !== own) throw refused(socket, 'it is another user’s');
}

/** Throws `not_permitted` when somebody else could have put a socket there, or anything on the way to it. */
export function checkWay(socket: string): void {
  if (process.getuid !== undefined) follow(socket);
}

/** Follows a path from the root; null where nothing is there. */
function follow(target: string): Stats | null {
  const names = path.resolve(target).split(path.sep);
  const root = lstatSync('/');
  let [at, stats, links] = ['/', root, 0];
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '' || name === '.') continue;
    const entry = path.join(at, name);
    if (name === '..') {
      [at, stats] = [entry, lstatSync(entry)];
      continue;
    }
    const open = othersMayWrite(stats, root);
    if (open && (stats.mode & 0o1000) === 0) throw refused(target, `others may write to ${at}`);
    const found = lstatSync(entry, { throwIfNoEntry: false });
    if (found === undefined) return null;
    const passed = found.isDirectory() || found.isSymbolicLink();
    if ((open || passed) && found.uid !== process.getuid?.() && found.uid !== root.uid)
      throw refused(target, `${entry} is another user's`);
    if (!found.isSymbolicLink()) {
      [at, stats] = [entry, found];
      continue;
    }
    if (++links > MAX_LINKS) throw refused(target, `${entry} points to nothing`);
    const leads = readlinkSync(entry);
    names.unshift(...leads.split(path.sep));
    if (path.isAbsolute(leads)) [at, stats] = ['/', root];
  }
  return stats;
}

function othersMayWrite({ mode, gid }: Stats, root: Stats): boolean {
  const foreignGroup = gid !== process.getgid?.() && gid !== root.gid;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && foreignGroup);
}

function refused(socket: string, fault: string): KeyfobClientError {
  return new KeyfobClientError(
    'not_permitted',
    `The program on ${socket} may not be your Keyfob: ${fault}.`,
    {
      hint: 'Nothing was sent. Check who owns it, then restrict it with `chmod 700`, or set KEYFOB_HOME to another folder.',
    },
  );
}
