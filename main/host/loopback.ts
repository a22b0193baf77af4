// Listening on the addresses that a loopback redirect URI leads to.
import type { Server } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

import { KeyfobError } from '../api/errors.ts';
import type { ListenPlace } from './redirect-uri.ts';

/** Why an address cannot be listened on: nobody can be there, another program is, or the system does not let us. */
type Refused = 'no such address' | 'taken' | { readonly code: string };

/** The addresses that a host name of loopback stands for. */
export function addressesOf(host: string): string[] {
  return host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
}

/** Listens on one address alone; a port, or why not. Port 0 picks a free one. */
export async function listenAt(
  server: Server,
  address: string,
  port: number,
): Promise<{ port: number } | { refused: Refused }> {
  const code = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    server.listen({ host: address, port, exclusive: true, ipv6Only: true }, () => resolve(null));
  });
  if (code === null) {
    server.on('error', () => undefined);
    // A server that listens on TCP has an address with a port.
    return { port: (server.address() as AddressInfo).port };
  }
  if (code === 'EADDRINUSE') return { refused: 'taken' };
  // A machine without IPv6 has no ::1 that anybody could be sent to.
  if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { refused: 'no such address' };
  return { refused: { code } };
}

/** Whether anybody answers at an address. */
export async function isAnswered(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = net.connect({ host: address, port });
    const tell = (answered: boolean) => () => {
      connection.destroy();
      resolve(answered);
    };
    connection.once('connect', tell(true));
    connection.once('error', tell(false));
  });
}

/** The error for a place where another program listens: it would get the code, pasted or not. */
export function takenError({ port }: Pick<ListenPlace, 'port'>): KeyfobError {
  return new KeyfobError('redirect_port_in_use', { port });
}
