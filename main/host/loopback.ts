// Serving the addresses that a loopback redirect URI leads to: one port on each address of its host name.
import { limitConnections, serverTimeouts } from '../platform/connections.ts';
import { listenOn } from '../platform/listen.ts';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

import { KeyfobError } from '../api/errors.ts';
import type { OpenListener } from '../endpoint/listeners.ts';

/** Connections to one address: a browser opens six at most. */
const limits = { idle: 30, all: 60 };

/** Why an address cannot be listened on: nobody can be there, another program is, or the system does not let us. */
type Refused = 'no such address' | 'taken' | { readonly code: string };

/**
 * Serves every address that a host name of loopback stands for, on one port (0: a free one). An address that this
 * machine has not is left out. Throws `bad_request` when another program listens on one; where the system refuses
 * an address, too, unless it is `held` only: then what counts is that nobody else answers there. `account`: whose
 * answer is waited for.
 */
export async function serveLoopback(
  { host, port: wanted }: { readonly host: string; readonly port: number },
  serve: RequestListener,
  purpose: 'held' | { readonly account: string },
  tries = 5,
): Promise<OpenListener> {
  const servers: Server[] = [];
  const onlyHold = purpose === 'held';
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeAtOnce));
  };
  let port = wanted;
  for (const address of host === 'localhost' ? ['127.0.0.1', '::1'] : [host]) {
    const server = createServer(
      { ...serverTimeouts, maxHeaderSize: 64 * 1024, requireHostHeader: false },
      (incoming, outgoing) => {
        incoming.on('error', () => undefined);
        outgoing.on('error', () => undefined);
        serve(incoming, outgoing);
      },
    );
    limitConnections(server, limits);
    // A browser that speaks TLS to a port that is held shows an error, with the address to copy above it.
    if (onlyHold) server.on('clientError', (_error, socket) => socket.destroy());
    const got = await listenAt(server, address, port);
    if ('port' in got) {
      servers.push(server);
      port = got.port;
      continue;
    }
    const { refused } = got;
    if (refused === 'no such address' && (onlyHold || servers.length > 0)) continue;
    // A port that is the system's to give (below 1024): whoever answers there is told apart from nobody.
    if (refused !== 'taken' && onlyHold && !(await isAnswered(address, port))) continue;
    await close();
    // Free on one address of the name, and not on the other: another port may be free on both.
    if (wanted === 0 && refused === 'taken' && tries > 1) {
      return serveLoopback({ host, port: wanted }, serve, purpose, tries - 1);
    }
    throw purpose === 'held' ? takenError(port) : refusedError(port, refused, purpose.account);
  }
  return { port, close };
}

/** Listens on one address alone; a port, or why not. Port 0 picks a free one. */
async function listenAt(
  server: Server,
  address: string,
  port: number,
): Promise<{ port: number } | { refused: Refused }> {
  const code = await listenOn(server, { host: address, port, exclusive: true, ipv6Only: true });
  if (code === null) {
    // A server that listens on TCP has an address with a port.
    return { port: (server.address() as AddressInfo).port };
  }
  if (code === 'EADDRINUSE') return { refused: 'taken' };
  // A machine without IPv6 has no ::1 that anybody could be sent to.
  if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { refused: 'no such address' };
  return { refused: { code } };
}

/** Whether anybody answers at an address. */
async function isAnswered(address: string, port: number): Promise<boolean> {
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

function closeAtOnce(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function refusedError(port: number, refused: Refused, account: string): KeyfobError {
  if (refused === 'taken') return takenError(port);
  const paste = { action: { type: 'sign_in_by_paste', params: { account } } } as const;
  return refused === 'no such address'
    ? new KeyfobError('redirect_no_address', { port }, paste)
    : new KeyfobError('redirect_port_unusable', { port, code: refused.code }, paste);
}

/** Another program listens there: it would get the code, pasted or not. */
function takenError(port: number): KeyfobError {
  return new KeyfobError('redirect_port_in_use', { port });
}
