// Whether a socket is the user's own: looked at before anything is sent to it.
import path from 'node:path';
import process from 'node:process';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { followWay, hasOwners, type WayFault } from '../platform/private-path.ts';

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
  if (folder.kind === 'fault') throw refused(socket, folder.fault, folder.at);
  const { uid, mode } = folder.stats;
  if (uid !== own) throw refused(socket, 'belongs_to_another', folder.path);
  if ((mode & 0o022) !== 0) throw refused(socket, 'others_may_write', folder.path);
  const way = followWay(socket);
  if (way.kind === 'fault') throw refused(socket, way.fault, way.at);
  if (way.kind === 'there' && way.stats.uid !== own) throw refused(socket, 'belongs_to_another', way.path);
}

function refused(socket: string, fault: WayFault, at: string): KeyfobError {
  return new KeyfobError('socket_foreign', { socket, fault: message(fault, { path: at }) });
}
