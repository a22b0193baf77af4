// The local endpoint, as a host uses it.
import type { Message } from '../api/problems/index.ts';
import { createHandler } from './handler.ts';
import type { Handler } from './handler.ts';
import { listenOnSocket, listenOnTcp } from './listeners.ts';
import type { OpenListener } from './listeners.ts';
import { listenForOidcAgent } from './oidc-agent.ts';
import type { EndpointOptions } from './types.ts';

export interface LocalEndpoint {
  readonly handler: Handler;
  /**
   * Opens the socket (a stale one is out of the way already). `own folder`: the folder is Keyfob's and is made
   * 0700; `any folder`: one that is there is left as it is. Throws `unexpected` with the reason.
   */
  listenOnSocket(path: string, folder: 'own folder' | 'any folder'): Promise<void>;
  /** Opens a socket where a key is always needed; else as the person's own. */
  listenForGuests(path: string): Promise<void>;
  /** Opens 127.0.0.1 at a port (0: a free one): its address, or why it cannot be. */
  listenOnTcp(port: number): Promise<{ url: string } | { problem: Message }>;
  /** Opens a socket that speaks oidc-agent's protocol; a stale one is out of the way already. */
  listenForOidcAgent(path: string, issuerOf: (account: string) => string | null): Promise<void>;
  /** Closes all listeners; done within about 1 s. */
  close(): Promise<void>;
}

/** Makes the endpoint over a façade; nothing is listened on yet. */
export function createEndpoint(options: EndpointOptions): LocalEndpoint {
  const handler = createHandler(options);
  const listeners: OpenListener[] = [];
  return {
    handler,
    async listenOnSocket(path, folder) {
      listeners.push(await listenOnSocket(handler, path, folder));
    },
    async listenForGuests(path) {
      listeners.push(await listenOnSocket(handler, path, 'any folder', 'guest'));
    },
    async listenOnTcp(port) {
      const opened = await listenOnTcp(handler, port);
      if ('problem' in opened) return opened;
      listeners.push(opened);
      return { url: `http://127.0.0.1:${opened.port}` };
    },
    async listenForOidcAgent(path, issuerOf) {
      listeners.push(await listenForOidcAgent({ ...options, path, issuerOf }));
    },
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()));
      handler.close();
    },
  };
}

export { seal, unseal } from './export-file.ts';
export { shapeError } from './parse.ts';
export type { DesktopServices, TokenFiles, Hooks, EndpointOptions } from './types.ts';
