// A sign-in whose redirect address a person copies and pastes. A loopback redirect URI leads the browser to a
// port of this machine, where whoever listens gets the code: so Keyfob holds that port for the time of the flow,
// and begins none where somebody else has it.
//
// Invariant: nothing that comes to the port is taken as an answer, or kept.
import { createServer } from 'node:http';
import type { Server } from 'node:http';

import type { SignInFlow } from '../accounts/ports.ts';
import * as pages from './callback-pages.ts';
import { hostFits, plain, show } from './http.ts';
import { addressesOf, isAnswered, listenAt, takenError } from './loopback.ts';
import { loopbackOf, place } from './redirect-uri.ts';

export interface PasteFlow extends SignInFlow {
  /** The port that is held; null where the redirect URI leads away from this machine. */
  readonly port: number | null;
  readonly ended: boolean;
  close(): Promise<void>;
}

/**
 * Begins a flow for a registered redirect URI, or, without one, for a free port of this machine. Throws
 * `bad_request` when another program listens where it leads.
 */
export async function beginPaste(
  registered: string | null,
  onClosed: (flow: PasteFlow) => void,
): Promise<PasteFlow> {
  const servers: Server[] = [];
  const leads = registered === null ? place('127.0.0.1', 0, '/callback') : loopbackOf(registered);
  const port = leads === null ? null : await hold(servers, leads);
  let ended = false;
  const close = async (): Promise<void> => {
    ended = true;
    onClosed(flow);
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  const flow: PasteFlow = {
    redirectUri: registered ?? `http://127.0.0.1:${String(port)}/callback`,
    port,
    get ended() {
      return ended;
    },
    show: async (authorizeUrl) => ({ url: authorizeUrl }),
    end: close,
    close,
  };
  return flow;
}

/** Holds every address that a place stands for; its port. */
async function hold(
  servers: Server[],
  { host, port: wanted }: { host: string; port: number },
): Promise<number> {
  let port = wanted;
  for (const address of addressesOf(host)) {
    const server = makeServer(host, () => port);
    const got = await listenAt(server, address, port);
    if ('port' in got) {
      servers.push(server);
      port = got.port;
      continue;
    }
    const { refused } = got;
    if (refused === 'no such address') continue;
    // A port that is the system's to give (below 1024): whoever answers there is told apart from nobody.
    if (refused !== 'taken' && !(await isAnswered(address, port))) continue;
    for (const held of servers) held.close();
    throw takenError({ port });
  }
  return port;
}

function makeServer(host: string, port: () => number): Server {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 64 * 1024, requireHostHeader: false },
    (incoming, outgoing) => {
      incoming.on('error', () => undefined);
      const written = host.includes(':') ? `[${host}]` : host;
      if (hostFits(incoming, place(written, port(), '/').hosts)) show(outgoing, 200, pages.pastePage());
      else plain(outgoing, 421, 'This is not the address Keyfob waits at.');
    },
  );
  // A browser that speaks TLS to it shows an error, with the address to copy above it.
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}
