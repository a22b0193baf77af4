// Whether a socket is the user's own: looked at before anything is sent to it.
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { followWay, hasOwners } from '../platform/private-path.ts';

/**
 * Checks that nobody else can have put a socket there: the socket and its folder are the user's own, the folder
 * is closed to others, and so is the way to it. What is missing passes: nothing answers there. Throws
 * `not_permitted`.
 */
export function checkOwnSocket(socket: string): void {
  if (!hasOwners()) return;
  const own = process.getuid?.();
  const folder = followWay(path.dirname(socket));
  if (folder.kind === 'missing') return;
  if (folder.kind === 'fault') throw refused(socket, folder.fault);
  const { uid, mode } = folder.stats;
  if (uid !== own) throw refused(socket, `the folder ${folder.path} belongs to another user`);
  if ((mode & 0o022) !== 0) throw refused(socket, `the folder ${folder.path} could be written by others`);
  const way = followWay(socket);
  if (way.kind === 'fault') throw refused(socket, way.fault);
  if (way.kind === 'there' && way.stats.uid !== own) throw refused(socket, `${way.path} is another user's`);
}

function refused(socket: string, fault: string): KeyfobError {
  return new KeyfobError('not_permitted', `What answers at ${socket} may not be your Keyfob: ${fault}.`, {
    hint: 'Nothing was sent. Look at who owns it, then close it with `chmod 700`, or name another folder in KEYFOB_HOME.',
  });
}
