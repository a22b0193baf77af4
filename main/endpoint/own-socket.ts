// The error for a socket that is not the user's own: nothing is sent to one.
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { findForeign } from '../platform/own-socket.ts';

/** Checks that nobody else can have put a socket there (see `findForeign`). Throws `not_permitted`. */
export function checkOwnSocket(socket: string): void {
  const foreign = findForeign(socket);
  if (foreign === null) return;
  throw new KeyfobError('socket_foreign', { socket, fault: message(foreign.fault, { path: foreign.at }) });
}
