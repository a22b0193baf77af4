// Whether a socket is the user's own: looked at before anything is sent to it.
import { dirname } from 'node:path';
import { followWay, hasOwners, type WayFault } from './private-path.ts';

/** What is wrong with a socket, and with which path on the way to it. */
export interface ForeignSocket {
  readonly fault: WayFault;
  readonly at: string;
}

/**
 * Looks whether somebody else can have put a socket there: the socket and its folder have to be the user's own, the
 * folder closed to others, and so the way to it. Null: nobody can. What is missing passes: nothing answers there.
 */
export function findForeign(socket: string): ForeignSocket | null {
  if (!hasOwners()) return null;
  const own = process.getuid?.();
  const folder = followWay(dirname(socket));
  if (folder.kind === 'missing') return null;
  if (folder.kind === 'fault') return folder;
  const { uid, mode } = folder.stats;
  if (uid !== own) return { fault: 'belongs_to_another', at: folder.path };
  if ((mode & 0o022) !== 0) return { fault: 'others_may_write', at: folder.path };
  const way = followWay(socket);
  if (way.kind === 'fault') return way;
  if (way.kind === 'there' && way.stats.uid !== own) return { fault: 'belongs_to_another', at: way.path };
  return null;
}
