// What both kinds of claim on a home share: instance-claim.ts (sockets), pipe-claim.ts (Windows).
import net from 'node:net';
import { KeyfobError } from '../api/errors.ts';
import { systemCode } from '../platform/atomic-file.ts';

export interface Claim {
  /** Gives the right back, after the socket was closed; done too at the process's end, however it ends. */
  release(): Promise<void>;
  /** Calls back, once, when the claim's folder was removed or moved, or another has the right. */
  onLost(listener: () => void): void;
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

/** The error for whoever starts beside another. */
export function alreadyRunning(
  socket: string,
  holder: { readonly host: string; readonly pid: number } | null,
): KeyfobError {
  const options = { action: { type: 'look_at_status', params: {} } } as const;
  return holder === null
    ? new KeyfobError('runs_already', { socket }, options)
    : new KeyfobError('runs_already_as', { socket, host: holder.host, pid: holder.pid }, options);
}
