// Having a server listen, with the reason as data where it cannot: written once.
import type { ListenOptions, Server } from 'node:net';

/**
 * Has a server listen; null, or the system's code of why it cannot (`EADDRINUSE`). Later errors of a server that
 * listens are passed over: they end no process.
 */
export function listenOn(server: Server, options: ListenOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.name);
    server.once('error', failed);
    server.once('listening', () => {
      server.off('error', failed);
      server.on('error', () => undefined);
      resolve(null);
    });
    try {
      server.listen(options);
    } catch (error) {
      resolve(error instanceof Error && 'code' in error ? String(error.code) : 'not a port');
    }
  });
}
